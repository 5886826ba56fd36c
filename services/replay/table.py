"""A replay as lines for a terminal: figures and keys; words of people only when asked for. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import get_args

from schemas.comments import Lane
from schemas.replays import Asked, Change, Result, Summary, Verdict

LANES: tuple[Lane, ...] = get_args(Lane)
VERDICTS: Mapping[Verdict, str] = {
    "unedited": "approved unedited", "edited": "approved after edits",
    "own_words": "answered in own words", "rejected": "rejected", "closed": "closed, no answer",
    "open": "not decided",
}  # fmt: skip
FATES: Mapping[str, str] = {
    "same": "same draft", "other": "other draft", "silent": "no draft any more",
    "new": "new draft", "none": "no draft",
}  # fmt: skip
SAYS: Mapping[Change, str] = {
    "lane": "lane", "kind": "kind", "surfaced": "shown under a mute", "mute": "mute suggestion",
    "drafted": "draft instead of silence", "silent": "silence instead of a draft",
    "text": "other words", "sources": "other passages", "reason": "other reason for silence",
}  # fmt: skip


def asked_line(asked: Asked) -> str:
    """Name what differs from the settings in force."""
    changed = [f"prompt {name}" for name in sorted(asked.prompts)]
    changed += [f"model {asked.model}"] if asked.model else []
    changed += [
        f"{section}.{name}={value}"
        for section, values in sorted(asked.rules.items())
        for name, value in sorted(values.items())
    ]
    return ", ".join(changed) or "nothing: the settings of today"


def summary_lines(summary: Summary, currency: str) -> list[str]:
    """Return the figures, then beside now."""
    left = sum(summary.left_out.values())
    lines = [
        f"{summary.compared} comments compared, {summary.changed} would have gone otherwise",
        *([f"left out {left}: {_listed(summary.left_out)}"] if left else []),
        *([f"FAILED {sum(summary.failed.values())}: {_listed(summary.failed)}"]
          if summary.failed else []),
        "",
        *_side_by_side(summary, currency),
        "",
        *cross_lines("lane then \\ now", summary.lanes, LANES, LANES),
        "",
        *cross_lines("draft then \\ now", summary.drafts, ("draft", "silent"),
                     ("draft", "silent")),
        "",
        *cross_lines(
            "a person", {VERDICTS[v]: summary.verdicts.get(v, {}) for v in VERDICTS},
            tuple(VERDICTS.values()), tuple(FATES), named=FATES,
        ),
    ]  # fmt: skip
    said = list(headlines(summary))
    return [*lines, *([""] if said else []), *said]


def headlines(summary: Summary) -> Iterator[str]:
    """Say what matters: whose work would be spared or lost."""
    of = summary.verdicts
    rejected = of.get("rejected", {}).get("silent", 0)
    if rejected:
        yield f"{rejected} drafts that were rejected would not be made."
    for verdict in ("unedited", "edited"):
        if lost := of.get(verdict, {}).get("silent", 0):
            yield f"{lost} drafts that were {VERDICTS[verdict]} would not be made."
    if new := sum(row.get("new", 0) for row in of.values()):
        yield f"{new} comments that had no draft would get one."
    if summary.then_gone:
        yield (
            f"{summary.then_gone} of the {summary.then_cited} passages that were cited then stand"
            " no longer: the publications of today are used."
        )


def _side_by_side(summary: Summary, currency: str) -> list[str]:
    lanes = {lane: sum(summary.lanes.get(lane, {}).values()) for lane in LANES}
    now = {lane: sum(row.get(lane, 0) for row in summary.lanes.values()) for lane in LANES}
    drafts, mutes = summary.drafts, summary.mutes
    rows: list[tuple[str, str, str]] = [("", "then", "now")]
    rows += [(f"lane {lane}", str(lanes[lane]), str(now[lane])) for lane in LANES]
    rows.append((
        "drafts", str(sum(drafts.get("draft", {}).values())),
        str(sum(row.get("draft", 0) for row in drafts.values())),
    ))  # fmt: skip
    for mute, name in (("suggested", "mutes suggested"), ("strict", "clear enough to mute")):
        rows.append((
            name, str(sum(mutes.get(mute, {}).values())),
            str(sum(row.get(mute, 0) for row in mutes.values())),
        ))  # fmt: skip
    if summary.relaned:
        rows.append((
            f"right of {summary.relaned} moved by people", str(summary.relaned_right_then),
            str(summary.relaned_right_now),
        ))  # fmt: skip
    if summary.near_then is not None and summary.near_now is not None:
        rows.append((
            "likeness to what was approved", f"{summary.near_then:.0%}", f"{summary.near_now:.0%}"
        ))  # fmt: skip
    rows.append(("tokens", str(summary.then_tokens), str(summary.tokens)))
    rows.append((f"cost {currency}", f"{summary.then_cost:.4f}", f"{summary.cost:.4f}"))
    rows.append(("seconds a draft, p50 / p95", _pair(summary.then_seconds), _pair(summary.seconds)))
    return [f"{name:32s}{then:>16s}{would:>16s}" for name, then, would in rows]


def cross_lines(
    title: str,
    table: Mapping[str, Mapping[str, int]],
    rows: Sequence[str],
    columns: Sequence[str],
    named: Mapping[str, str] | None = None,
) -> list[str]:
    """Return a table of rows by columns; empty rows are left out."""
    heads = [(named or {}).get(column, column) for column in columns]
    widths = [max(12, len(head) + 2) for head in heads]
    lines = [f"{title:24s}" + "".join(f"{h:>{w}s}" for h, w in zip(heads, widths, strict=True))]
    for row in rows:
        cells = table.get(row, {})
        if cells:
            lines.append(
                f"{row:24s}"
                + "".join(
                    f"{cells.get(column, 0) or '·':>{width}}"
                    for column, width in zip(columns, widths, strict=True)
                )
            )
    return lines


def changed_line(key: str, result: Result, address: Callable[[str], str]) -> str:
    """Return one changed comment: its item's address and what differs, no word of anybody."""
    parts = []
    for change in result.changes:
        if change == "lane":
            parts.append(f"{result.then.lane} -> {result.now.lane}")
        elif change == "kind":
            parts.append(f"{result.then.kind} -> {result.now.kind}")
        elif change == "mute":
            parts.append(f"mute {result.then.mute} -> {result.now.mute}")
        else:
            parts.append(SAYS[change])
    rule = result.draft.reason.rule if result.draft.reason else ""
    parts += [f"({rule})"] if rule and "silent" in result.changes else []
    return f"{address(key)}  {VERDICTS[result.verdict]}: {', '.join(parts)}"


def words_lines(text: str, result: Result) -> list[str]:
    """Return a comment's words and what would be drafted, for who asked to see them."""
    lines = [f"    > {line}" for line in text.splitlines()]
    return [*lines, *(f"    = {line}" for line in result.draft.text.splitlines())]


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _pair(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.2f}" for value in values) or "-"
