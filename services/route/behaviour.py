"""How an account behaves in one thread: what happened there, counted, never what might happen.

Pure. An account is judged in one thread only and nothing is kept about it beyond. Whoever says
something new - a question, a criticism, a fact of their own life - is not muted, however rude: the
hard conditions stand before any score. Figures were chosen on `tests/evals/behaviour/tune.jsonl`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import Literal

from schemas.comments import Reason
from services.route.news import adds_words, is_new, is_same, says_something
from services.route.turns import Conversation, Turn

BEHAVIOUR = "2"
"""Version of these rules, stored with every suggestion."""

Verdict = Literal["none", "suggest", "mute"]

HASTE = timedelta(minutes=10)
HASTY = 5
"""Comments within HASTE."""


@dataclass(frozen=True)
class Limits:
    """From where on a mute is suggested, or right without a person."""

    fewest_comments: int = 4
    fewest_answers: int = 3
    """Our answers to the account; or so many comments of it after our first one:"""
    fewest_after_answer: int = 4
    last_to_suggest: int = 2
    last_to_mute: int = 3
    """So many of the latest comments may say nothing new."""
    suggest: float = 3.0
    mute: float = 4.5
    """Points."""
    share_to_suggest: float = 0.5
    share_to_mute: float = 0.6
    """Share of the comments after our first answer that only repeat or insult."""
    new_to_mute: float = 0.25
    """Share of them that may have said something new."""
    fewest_to_mute: int = 4
    """Repetitions and insults."""
    usual_demands: int = 2
    """Anybody may ask so often for a proof."""
    demand: float = 0.75
    """Points for each further one."""


LIMITS = Limits()
"""Those that ship."""


@dataclass(frozen=True)
class Behaviour:
    """What is to be done about an account's part of a thread, or about the whole of it, and why."""

    verdict: Verdict
    score: float = 0.0
    scope: str | None = None
    """The account whose part is meant, None for the whole thread."""
    evidence: tuple[Reason, ...] = ()
    idle: tuple[str, ...] = ()
    """Keys of the comments that only repeat or insult."""


NOTHING = Behaviour("none")


def judge(conversation: Conversation, limits: Limits = LIMITS) -> Behaviour:
    """Judge the account that spoke last; the whole thread only if nobody else speaks honestly."""
    spoken = [turn for turn in conversation.turns if turn.author is not None]
    if not spoken or all(turn.author is not None for turn in conversation.turns):
        return NOTHING
    account = spoken[-1].author or ""
    found = judge_account(conversation, account, limits)
    if found.verdict != "mute":
        return found
    others = sorted({turn.author for turn in spoken if turn.author} - {account})
    judged = {other: judge_account(conversation, other, limits) for other in others}
    alike = {other: one for other, one in judged.items() if one.verdict == "mute"}
    rest = [turn for turn in spoken if turn.author not in (account, *alike)]
    if alike and all(turn.hostile and not turn.urgent for turn in rest):
        why = Reason(rule="nobody_else_takes_part", detail=str(1 + len(alike)))
        idle = (*found.idle, *(key for one in alike.values() for key in one.idle))
        return Behaviour("mute", found.score, None, (*found.evidence, why), idle)
    return found


def judge_account(conversation: Conversation, account: str, limits: Limits = LIMITS) -> Behaviour:
    """Judge one account by its comments since we first answered it."""
    seen = look(conversation, account, limits)
    if not seen.may_be_judged:
        return NOTHING
    score, evidence = seen.score, seen.evidence
    if score >= limits.mute and seen.is_clear:
        return Behaviour("mute", score, account, evidence, seen.idle_keys)
    if score >= limits.suggest and seen.idle and seen.idle_share >= limits.share_to_suggest:
        return Behaviour("suggest", score, account, evidence, seen.idle_keys)
    return NOTHING


@dataclass(frozen=True)
class Seen:
    """What was counted of one account in one thread."""

    comments: int
    answers: int
    """Of ours to the account."""
    answers_to_all: int
    after: Sequence[Turn]
    """Its comments since our first answer to it."""
    new: Sequence[Turn]
    """Those that say something new."""
    repeated: Sequence[Turn]
    """Those that repeat what we had answered."""
    insults: Sequence[Turn]
    demands: int
    """Short demands for proof, the usual ones left out."""
    since: Turn | None
    """The last comment that said something new, else our first answer."""
    answers_since: int
    limits: Limits

    @property
    def idle_keys(self) -> tuple[str, ...]:
        return tuple(sorted({turn.key for turn in (*self.repeated, *self.insults)}))

    @property
    def idle(self) -> int:
        """Comments that only repeat or insult."""
        return len(self.idle_keys)

    @property
    def idle_share(self) -> float:
        return (self.idle + self.demands) / max(len(self.after), 1)

    @property
    def may_be_judged(self) -> bool:
        """The hard conditions; the last of them shields criticism and questions."""
        enough = self.comments >= self.limits.fewest_comments and (
            self.answers >= self.limits.fewest_answers
            or len(self.after) >= self.limits.fewest_after_answer
        )
        return enough and self.answers > 0 and self.silent >= self.limits.last_to_suggest

    @property
    def silent(self) -> int:
        """How many of its latest comments in a row say nothing new."""
        said = {turn.key for turn in self.new}
        return sum(1 for _ in takewhile(lambda turn: turn.key not in said, self.after[::-1]))

    @property
    def is_clear(self) -> bool:
        """Clear enough to act without a person."""
        return (
            self.silent >= self.limits.last_to_mute
            and self.idle >= self.limits.fewest_to_mute
            and self.idle / len(self.after) >= self.limits.share_to_mute
            and len(self.new) <= self.limits.new_to_mute * len(self.after)
        )

    @property
    def haste(self) -> tuple[int, int] | None:
        """Most comments within HASTE with the minutes they took, None when people write so."""
        times = [turn.at for turn in self.after]
        best = max(
            ((sum(start <= at <= start + HASTE for at in times), start) for start in times),
            default=None,
        )
        if best is None or best[0] < HASTY:
            return None
        last = max(at for at in times if at <= best[1] + HASTE)
        return best[0], max(1, round((last - best[1]) / timedelta(minutes=1)))

    @property
    def to_others(self) -> int:
        return sum(turn.to is not None or turn.to_somebody for turn in self.insults)

    @property
    def score(self) -> float:
        """Add up points: one for each repetition or insult, less for what only goes with them."""
        return (
            self.idle
            + self.limits.demand * self.demands
            + min(0.5 * max(self.answers_since - 2, 0), 1.5)
            + min(0.5 * self.to_others, 1.0)
            + (0.5 if self.haste else 0.0)
        )

    @property
    def evidence(self) -> tuple[Reason, ...]:
        """Say what was counted, the weightiest first; details are figures and dates only."""
        told: list[Reason] = []

        def tell(rule: str, *detail: object) -> None:
            told.append(Reason(rule=rule, detail="|".join(map(str, detail))))

        if self.answers_since >= self.limits.fewest_answers and self.since is not None:
            tell("answers_without_new_question", self.answers_since, self.since.at.date())
        if self.repeated:
            tell("repeats_answered_claim", len(self.repeated))
        if self.insults:
            tell("insults", len(self.insults), len(self.after))
        if self.to_others:
            tell("insults_others", self.to_others)
        if self.demands:
            tell("demands_proof_again", self.demands + self.limits.usual_demands)
        if self.haste:
            tell("writes_hastily", *self.haste)
        if self.answers >= self.limits.fewest_answers:
            tell("share_of_our_answers", self.answers, self.answers_to_all)
        return tuple(told)


def look(conversation: Conversation, account: str, limits: Limits = LIMITS) -> Seen:
    """Count what an account did in a thread."""
    turns = conversation.turns
    own = [turn for turn in turns if turn.author == account]
    answers = [turn for turn in turns if turn.author is None and turn.to == account]
    first = answers[0].at if answers else None
    after = [turn for turn in own if first is not None and turn.at > first]
    new: list[Turn] = []
    repeated: list[Turn] = []
    demands = 0
    for turn in after:
        before = [one for one in own if one.at < turn.at]
        alike = [one for one in before if is_same(one, turn, conversation.space)]
        if turn.demands_proof and not turn.urgent:
            demands += 1
        demands_again = turn.demands_proof and demands > limits.usual_demands
        fresh = is_new(turn, before, conversation.space) and says_something(turn, before)
        if turn.urgent or (fresh and not demands_again):
            new.append(turn)
        elif (
            not turn.asks
            and not adds_words(turn, before)
            and any(one.at < answer.at < turn.at for one in alike for answer in answers)
        ):
            repeated.append(turn)
    since = max((*new, *(answers[:1])), key=lambda turn: turn.at, default=None)
    return Seen(
        comments=len(own),
        answers=len(answers),
        answers_to_all=sum(turn.author is None for turn in turns),
        after=after,
        new=new,
        repeated=repeated,
        insults=[turn for turn in after if turn.hostile and turn not in new],
        demands=max(demands - limits.usual_demands, 0),
        since=since,
        answers_since=sum(since is not None and turn.at >= since.at for turn in answers),
        limits=limits,
    )
