"""Then and now of one comment beside each other. Pure."""

import re
from decimal import Decimal
from difflib import SequenceMatcher

from schemas.drafts import Sentence
from schemas.replays import Change, Drafted, Mute, Result, Sorted, Verdict
from services.store.past import Past

_WORD = re.compile(r"\w+")
LONGEST = 2000
"""Words of each text that are compared."""
UNTRIED = ("none", "lane", "muted", "joined")
"""Outcomes of comments for which no draft was tried."""


def sorted_then(past: Past) -> Sorted:
    """Return where the comment went when it came."""
    mute: Mute = "strict" if past.strict else "suggested" if past.suggested else "none"
    return Sorted(
        lane=past.lane, kind=past.kind, reasons=past.reasons, muted=past.muted,
        surfaced=past.surfaced, mute=mute,
    )  # fmt: skip


def verdict(past: Past) -> Verdict:
    """Return what a person did in the end."""
    match past.action:
        case "approve" if past.draft_id is None or past.decided_draft != past.draft_id:
            return "own_words"
        case "approve":
            edited = past.edited
            if edited is None:
                edited = past.decided_text.strip() != past.draft_text.strip()
            return "edited" if edited else "unedited"
        case "reject" | "withdraw":
            return "rejected"
        case "close":
            return "closed"
    return "open"


def compare(
    past: Past, now: Sorted, draft: Drafted, *, tokens: int = 0, cost: Decimal = Decimal(0)
) -> Result:
    """Return a comment's result; `tokens` and `cost` are those of sorting and drafting now."""
    then, decided = sorted_then(past), verdict(past)
    outcome = "joined" if past.is_joined else past.outcome or "none"
    cited = {one.passage_id for said in past.sentences for one in said.citations}
    near_then = near_now = None
    drafted = outcome == "proposed" and draft.is_draft
    if drafted and past.action == "approve" and past.decided_text and past.draft_text:
        near_then = nearness(past.draft_text, past.decided_text)
        near_now = nearness(draft.text, past.decided_text)
    return Result(
        then=then, then_outcome=outcome, then_rule=past.reason.rule if past.reason else "",
        then_draft=past.draft_id, then_cited=len(cited), then_gone=len(cited - set(past.live)),
        then_tokens=past.tokens, then_cost=past.cost, then_seconds=past.seconds,
        verdict=decided, relaned=past.relaned, near_then=near_then, near_now=near_now,
        now=now, draft=draft, tokens=tokens, cost=cost,
        changes=_changes(past, then, now, outcome, draft),
    )  # fmt: skip


def _changes(past: Past, then: Sorted, now: Sorted, outcome: str, draft: Drafted) -> list[Change]:
    found: list[Change] = []
    if then.lane != now.lane:
        found.append("lane")
    elif then.kind != now.kind:
        found.append("kind")
    if then.muted != now.muted:
        found.append("surfaced")
    if then.mute != now.mute:
        found.append("mute")
    if (of_draft := _change_of_draft(past, outcome, draft)) is not None:
        found.append(of_draft)
    return found


def _change_of_draft(past: Past, outcome: str, draft: Drafted) -> Change | None:
    drafted_then, drafts_now = outcome == "proposed", draft.is_draft or draft.outcome == "offered"
    if drafted_then != drafts_now:
        return "drafted" if drafts_now else "silent"
    if drafted_then:
        return _change_of_words(past.sentences, draft) if draft.is_draft else None
    why = (outcome, past.reason.rule if past.reason else "")
    tried = outcome not in UNTRIED and draft.outcome not in UNTRIED
    if tried and why != (draft.outcome, draft.reason.rule if draft.reason else ""):
        return "reason"
    return None


def _change_of_words(then: list[Sentence], draft: Drafted) -> Change | None:
    """Return what differs; nothing when the words of then are erased."""
    if not then:
        return None
    if _texts(then) != _texts(draft.sentences):
        return "text"
    return "sources" if _quotes(then) != _quotes(draft.sentences) else None


def _texts(sentences: list[Sentence]) -> list[str]:
    return [" ".join(one.text.split()) for one in sentences]


def _quotes(sentences: list[Sentence]) -> list[list[str]]:
    return [[" ".join(cited.quote.split()) for cited in one.citations] for one in sentences]


def nearness(draft: str, approved: str) -> float:
    """Return how much two texts share, 0 to 1: words that stand in the same order in both."""
    ours: list[str] = _WORD.findall(draft.casefold())[:LONGEST]
    theirs: list[str] = _WORD.findall(approved.casefold())[:LONGEST]
    return round(SequenceMatcher(None, ours, theirs, autojunk=False).ratio(), 4)
