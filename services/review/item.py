"""Everything the page of one item shows."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

from fastapi import HTTPException

from schemas.comments import Kind, Lane, Withholding
from schemas.drafts import MadeStance
from services.kit.db import Connection
from services.networks.places import place
from services.review.claims import is_elsewhere
from services.review.context import Desk
from services.review.conversation import arrange
from services.review.evidence import gather
from services.review.planning import Wait
from services.review.refusals import MAX_DAYS
from services.review.rights import RIGHTS
from services.review.stances import Offer, Wording, offers, spoken
from services.store import (
    account_history,
    approvals,
    conversations,
    decisions,
    desk_item,
    item_claims,
    item_plans,
    mutes,
    planted,
    same,
    stances,
)
from services.store import desk as reads
from services.store.desk import QueueFilter
from services.store.item_claims import Visit

LANES: tuple[Lane, ...] = ("urgent", "answer", "acknowledge", "discuss", "rest")
ASKED: dict[MadeStance, str] = {"answer": "d", "correct": "c"}
"""Drafts that a person may ask for, and their keys."""
REMEMBERED = timedelta(days=365)
"""How far back it is shown what an account said to us."""
APART = ("mute", "unmute", *decisions.ASIDE)
"""Decisions that say nothing of what becomes of an item."""
NOTHING_TYPED: dict[str, str | None] = {
    "form": "", "text": None, "reason": "", "days": "", "stance": "", "wording": "", "part": "",
    "note": "",
}  # fmt: skip


def chosen(lane: str, draft: str, default: Lane | None = None) -> QueueFilter:
    """Return the filter that an address names; what it does not know is not restricted."""
    known = next((name for name in LANES if name == lane), None if lane == "all" else default)
    drafts = next((name for name in get_args(reads.DraftFilter) if name == draft), None)
    return QueueFilter(known, drafts)


async def item_context(
    desk: Desk, connection: Connection, visit: Visit, comment_key: str, *, lane: str, draft: str
) -> dict[str, Any]:
    """Return everything the page of an item shows to one browser; raises 404 without an item."""
    head = await desk_item.read_head(connection, comment_key)
    if head is None:
        raise HTTPException(404)
    which = chosen(lane, draft, head.lane)
    claim = await item_claims.read_claim(connection, comment_key) if head.status == "open" else None
    elsewhere = is_elsewhere(claim, visit)
    made = await shown_draft(connection, head)
    overtaken = head.draft_state == "stale" and made is not None and made.revision == head.revision
    again = (head.note or "").startswith("returned:") or await decisions.was_undone(
        connection, comment_key
    )
    approved = await decisions.last_approved_text(connection, comment_key) if again else None
    first = await approvals.standing_endorsement(connection, comment_key)
    if first is not None:
        approved = first.text
    history = await decisions.read_history(connection, comment_key, head.thread_key)
    comments = await desk_item.read_thread(connection, comment_key)
    lanes = {count.lane: count for count in await reads.read_lanes(connection)}
    offered = await _offers(desk, connection, head)
    text = approved or (made.text if made and head.draft_state == "proposed" else "")
    suggestion = await conversations.open_suggestion(connection, comment_key)
    mute = await mutes.mute_over(connection, comment_key)
    goodbye = _goodbye(offered) if any(comment.is_self for comment in comments) else None
    since = datetime.now(UTC) - REMEMBERED
    return {
        "head": head,
        "remarks": await account_history.read_remarks(connection, comment_key, since=since),
        "most": account_history.MOST,
        "claim": claim if elsewhere else None,
        "visit": visit.visit,
        "decision_id": uuid4().hex,
        "plan": await item_plans.read_plan(connection, comment_key),
        "waits": get_args(Wait),
        "colleagues": await item_plans.read_colleagues(
            connection, visit.account_id, RIGHTS["items.decide"]
        ),
        "two": await approvals.needs_two(connection, comment_key),
        "first": first,
        "stamp": f"{head.stamp}.{claim.account_id if claim and elsewhere else ''}",
        "draft": None if overtaken else made,
        "overtaken": overtaken,
        "evidence": gather(made.sentences, made.sources) if made and not overtaken else None,
        "text": text,
        "rule": place(head.network),
        "offers": offered,
        "goodbye": goodbye,
        "suggestion": suggestion,
        "muting_stamp": _muting_stamp(head, mute, suggestion, goodbye, elsewhere=elsewhere),
        "asks": _asks(head),
        "kinds": get_args(Kind),
        "sorting": await desk_item.read_sorting(connection, comment_key),
        "silences": await desk_item.read_silences(connection, head),
        "awaited": [stance for stance in head.asked if stance not in head.made],
        "history": history,
        "answered": next((past for past in history if past.action == "approve"), None),
        "last": next((past for past in history if past.action not in APART), None),
        "alike": await same.also_asking(connection, comment_key),
        "placed": arrange(comments),
        "together": {stamp.partition(":")[0] for stamp in head.joined},
        "hidden": max(0, await desk_item.count_thread(connection, head.thread_key) - len(comments)),
        "mute": mute,
        "days": desk.settings.mute_days,
        "max_days": MAX_DAYS,
        "which": which,
        "lane_count": sum(
            count.count for count in lanes.values() if which.lane in (None, count.lane)
        ),
        "next_key": await reads.neighbour(
            connection, which, head.position, visit.account_id, forward=True
        ),
        "previous_key": await reads.neighbour(
            connection, which, head.position, visit.account_id, forward=False
        ),
        "fault": None,
        "typed": NOTHING_TYPED,
        "planted": None,
        "live": False,
    }


async def shown_draft(connection: Connection, head: desk_item.ItemHead) -> desk_item.Draft | None:
    """Return the item's draft, or what is planted in its place until somebody decides."""
    if not head.draft_id:
        return None
    made = await desk_item.read_draft(connection, head.draft_id)
    if made is None or head.status != "open" or head.draft_state != "proposed":
        return made
    false = await planted.standing(connection, head.draft_id)
    if false is None:
        return made
    return made.model_copy(
        update={"draft_id": false.planted_id, "text": false.text, "sentences": false.sentences}
    )


def with_stance(context: dict[str, Any], stance: str) -> dict[str, Any]:
    """Put the first wording of a stance into the text area, as its button does with scripts."""
    offer = next((offer for offer in context["offers"] if offer.stance == stance), None)
    if offer is None:
        return context
    first = offer.wordings[0]
    typed = {"text": first.text, "stance": stance, "wording": first.name}
    return {**context, "typed": {**NOTHING_TYPED, **typed}}


async def _offers(desk: Desk, connection: Connection, head: desk_item.ItemHead) -> list[Offer]:
    return offers(
        desk.stances[spoken(head.language)],
        organisation=desk.settings.organisation,
        sources=await stances.titles_answered_from(connection, head.thread_key),
        used=await stances.used_wordings(connection, head.thread_key),
    )


def _goodbye(offered: list[Offer]) -> Wording | None:
    """Return the closing words to begin with, those used least in the thread."""
    return next((offer.wordings[0] for offer in offered if offer.stance == "close"), None)


def _muting_stamp(
    head: desk_item.ItemHead, mute: mutes.Mute | None,
    suggestion: conversations.Suggestion | None, goodbye: Wording | None, *, elsewhere: bool,
) -> str:  # fmt: skip
    """Return equal stamps while what a person may do about muting is the same."""
    named = (mute and mute.mute_id, suggestion and suggestion.suggestion_id)
    which = (*named, goodbye is not None, elsewhere)
    return ".".join([str(head.revision), head.status, *map(str, which)])


def _asks(head: desk_item.ItemHead) -> dict[MadeStance, str]:
    """Return the drafts that may be asked for, with their keys."""
    if head.note in get_args(Withholding) or head.draft_state in ("pending", "stale"):
        return {}
    return {
        stance: key
        for stance, key in ASKED.items()
        if stance in head.failed or (stance not in head.made and stance not in head.asked)
    }
