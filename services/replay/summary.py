"""A replay in figures. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from schemas.comments import LANE_OF
from schemas.replays import Result, Summary


def summarise(
    results: Sequence[Result], failed: Mapping[str, int], left_out: Mapping[str, int]
) -> Summary:
    """Count what was, what would be, and what people made of it."""
    relaned = [one for one in results if one.relaned is not None]
    near = [one for one in results if one.near_then is not None and one.near_now is not None]
    tried = [one for one in results if one.draft.seconds is not None]
    return Summary(
        compared=len(results),
        changed=sum(bool(one.changes) for one in results),
        left_out=dict(left_out),
        failed=dict(failed),
        lanes=_cross((one.then.lane, one.now.lane) for one in results),
        drafts=_cross((_drafted(one.then_drafted), _drafted(_drafts(one))) for one in results),
        changes=dict(Counter(change for one in results for change in one.changes)),
        verdicts=_cross((one.verdict, fate(one)) for one in results),
        mutes=_cross((one.then.mute, one.now.mute) for one in results),
        then_cited=sum(one.then_cited for one in results),
        then_gone=sum(one.then_gone for one in results),
        relaned=len(relaned),
        relaned_right_then=sum(_right(one, then=True) for one in relaned),
        relaned_right_now=sum(_right(one, then=False) for one in relaned),
        near_then=_mean([one.near_then for one in near if one.near_then is not None]),
        near_now=_mean([one.near_now for one in near if one.near_now is not None]),
        then_tokens=sum(one.then_tokens for one in results),
        tokens=sum(one.tokens for one in results),
        then_cost=sum((one.then_cost for one in results), Decimal(0)),
        cost=sum((one.cost for one in results), Decimal(0)),
        then_seconds=quantiles([one.then_seconds for one in tried if one.then_seconds is not None]),
        seconds=quantiles([one.draft.seconds for one in tried if one.draft.seconds is not None]),
    )


def fate(one: Result) -> str:
    """Return what would become of a comment's draft: `same`, `other`, `silent`, `new`, `none`."""
    if one.then_drafted:
        if not _drafts(one):
            return "silent"
        return "other" if {"text", "sources"} & set(one.changes) else "same"
    return "new" if _drafts(one) else "none"


def _drafts(one: Result) -> bool:
    return one.draft.is_draft or one.draft.outcome == "offered"


def _drafted(drafted: bool) -> str:
    return "draft" if drafted else "silent"


def _right(one: Result, *, then: bool) -> bool:
    """Tell whether a comment went into the lane that a person moved it to."""
    if one.relaned is None:
        return False
    return (one.then if then else one.now).lane == LANE_OF[one.relaned]


def _cross(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for then, now in pairs:
        row = table.setdefault(then, {})
        row[now] = row.get(now, 0) + 1
    return table


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def quantiles(values: Sequence[float]) -> list[float]:
    """Return p50 and p95, the nearest ranks; nothing of nothing."""
    ranked = sorted(values)
    if not ranked:
        return []
    return [round(ranked[min(len(ranked) - 1, int(len(ranked) * q))], 4) for q in (0.5, 0.95)]
