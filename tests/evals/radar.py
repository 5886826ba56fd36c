"""`python -m tests.evals.radar [part ...]`: what the radar takes posts for, beside their authors.

`first` and `later` are the shipped examples: rules were made with them, heads are fitted to them,
so their figures are flattering. `held_out` was written before the first rule, `last` after them.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from typing import cast

from services.kit.embed.shared import SharedEmbedder
from services.kit.settings import Settings
from services.outreach.radar.impression import Trained
from services.route.measure import share
from tests.evals.radar_suite import PARTS, VERDICTS, Part, Read, cases, read_cases

EVENTS = ("success", "trouble", "mixed")


def table(part: str, read: Sequence[Read], *, errors: bool) -> list[str]:
    """Return a part's confusion table and the figures that count, with Wilson intervals."""
    met = Counter((one.case.truth, one.found.verdict) for one in read)
    lines = [
        f"{part}: {len(read)} posts", "",
        f"| is \\ taken for | {' | '.join(VERDICTS)} |", "| --- " * 6 + "|",
    ]  # fmt: skip
    lines += [
        f"| {truth} | {' | '.join(str(met[truth, said]) for said in VERDICTS)} |"
        for truth in VERDICTS
    ]
    events = [one for one in read if one.case.truth in EVENTS]
    quiet = [one for one in read if one.case.truth == "neither"]
    lines += [
        "",
        _line("trouble or mixed congratulated", read, "trouble mixed", "success"),
        _line("the same by the rules alone", read, "trouble mixed", "success", by_rules=True),
        _line("success recognised", read, "success", "success"),
        _line("trouble recognised", read, "trouble", "trouble"),
        _share("events shown, whatever as", [one.found.verdict != "neither" for one in events]),
        _share(
            "no event, shown all the same", [one.found.verdict != "neither" for one in quiet]
        ),
        _share(
            "right class", [one.found.verdict == one.case.truth for one in read]
        ),
    ]  # fmt: skip
    if errors:
        lines += [
            f"    {one.case.truth} as {one.found.verdict} [{one.case.shape}] {one.case.text[:110]}"
            f" {[(sign.rule, sign.words) for sign in one.found.signs]}"
            for one in read
            if one.case.truth != one.found.verdict
        ]
    return [*lines, ""]


def _line(
    what: str, read: Sequence[Read], truths: str, said: str, *, by_rules: bool = False
) -> str:
    about = [one for one in read if one.case.truth in truths.split()]
    return _share(
        what, [(one.by_rules if by_rules else one.found).verdict == said for one in about]
    )


def _share(what: str, hits: Sequence[bool]) -> str:
    return f"  {what:32s} {sum(hits):4d} of {len(hits):4d}  {share(sum(hits), len(hits)).shown()}"


async def main() -> None:
    chosen = [one for one in sys.argv[1:] if not one.startswith("--")]
    parts = [cast("Part", one) for one in chosen] or list(PARTS)
    embedder = SharedEmbedder(Settings())
    lines: list[str] = []
    async with embedder.in_use():
        impressions = Trained(embedder)
        for part in parts:
            read = await read_cases(impressions, cases(part))
            lines += table(part, read, errors="--errors" in sys.argv)
            if "--drafts" in sys.argv:
                lines += [f"    {one.case.text[:90]!r}: {one.draft()}" for one in read]
    sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    asyncio.run(main())
