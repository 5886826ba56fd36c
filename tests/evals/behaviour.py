"""`python -m tests.evals.behaviour`: who would be muted, on threads written for it.

`tune` was looked at while the figures were chosen, `held_out` only at the end. Every thread is
judged after each of its comments, as it would be in use; what counts is the worst verdict.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from services.kit.embed.embedder import Embeds
from services.kit.embed.shared import SharedEmbedder
from services.kit.settings import Settings
from services.route.behaviour import Behaviour, judge
from services.route.decide import Reading
from services.route.head import Floats
from services.route.measure import share
from services.route.reading import Knowledge, shipped_knowledge
from services.route.surface import surfaces
from services.route.turns import Conversation, Turn, our_turn, read_turn
from services.store.conversations import Said
from tests.evals.behaviour_shapes import HONEST, TROLLS, US, Line, Thread
from tests.evals.behaviour_threads import Part, write_criticism, write_threads

BEGAN = datetime(2026, 11, 2, 9, tzinfo=UTC)


@dataclass
class Bench:
    """Turns texts into turns; each text is embedded and read once."""

    knowledge: Knowledge
    space: str
    vectors: Mapping[str, Floats]
    readings: dict[str, Reading] = field(default_factory=dict)

    def conversation(self, lines: Sequence[Line]) -> Conversation:
        return Conversation([self._turn(n, line) for n, line in enumerate(lines)], self.space)

    def _turn(self, number: int, line: Line) -> Turn:
        at = BEGAN + timedelta(minutes=line.minute)
        if line.author == US:
            return our_turn(str(number), line.to, at)
        vector = self.vectors[line.text]
        if line.text not in self.readings:
            self.readings[line.text] = self.knowledge.read(
                line.text, vector, self.space, is_reply=True
            )
        reading = self.readings[line.text]
        return read_turn(Said(str(number), line.author, line.to, at, line.text, vector), reading)

    def course(self, thread: Thread) -> list[tuple[Line, Behaviour]]:
        """Return the verdict after each comment."""
        turns = self.conversation(thread.lines).turns
        return [
            (line, judge(Conversation(turns[: number + 1], self.space)))
            for number, line in enumerate(thread.lines)
            if line.author != US
        ]

    def last(self, thread: Thread) -> Behaviour:
        return judge(self.conversation(thread.lines))


def worst(course: Sequence[tuple[Line, Behaviour]], thread: Thread, *, honest: bool) -> str:
    """Return the worst that happens to the honest, or to the trolls, of a thread."""
    met = {
        found.verdict
        for _, found in course
        if found.verdict != "none"
        and ((found.scope not in thread.blamed) if honest else (found.scope in thread.blamed))
    }
    return "mute" if "mute" in met else "suggest" if met else "none"


async def open_bench(embedder: Embeds, parts: Sequence[Part], further: Sequence[str] = ()) -> Bench:
    """Embed all texts of the parts, and further ones."""
    threads = [one for part in parts for one in all_threads(part)]
    said = {line.text for one in threads for line in one.lines if line.author != US}
    texts = sorted(said | set(further))
    vectors = await embedder.embed_queries(texts)
    return Bench(shipped_knowledge(), embedder.space, dict(zip(texts, vectors, strict=True)))


def all_threads(part: Part) -> list[Thread]:
    return [
        *write_threads(part, TROLLS),
        *write_threads(part, HONEST),
        *(thread for _, threads in write_criticism(part) for thread in threads),
    ]


def criticism_muted(bench: Bench, part: Part) -> list[str]:
    """Return the criticisms that end a thread and would be muted there, or held back by a mute."""
    found: list[str] = []
    for text, threads in write_criticism(part):
        for thread in threads:
            turns = bench.conversation(thread.lines)
            author = thread.lines[-1].author
            made = [one for _, one in bench.course(thread) if one.verdict == "mute"]
            over = [one.scope for one in made if one.scope in (None, author)]
            if judge(turns).verdict == "mute" or (
                over and surfaces(turns, personally=author in over, decided_at=None) is None
            ):
                found.append(f"{thread.name} {author}: {text}")
    return found


def table(bench: Bench, part: Part) -> list[str]:
    """Return the figures of one part, with Wilson intervals."""
    trolls, honest = write_threads(part, TROLLS), write_threads(part, HONEST)
    met = [(one, worst(bench.course(one), one, honest=False)) for one in trolls]
    hurt = [(one, worst(bench.course(one), one, honest=True)) for one in (*honest, *trolls)]
    criticisms = write_criticism(part)
    muted = criticism_muted(bench, part)
    lines = [
        f"{part}: {len(trolls)} troll and {len(honest)} heated threads",
        _line(
            "criticism wrongly muted",
            len({one.partition(": ")[2] for one in muted}),
            len(criticisms),
        ),
        _line("honest people wrongly muted", sum(v == "mute" for _, v in hurt), len(hurt)),
        _line("honest people wrongly suggested", sum(v == "suggest" for _, v in hurt), len(hurt)),
        _line("trolls muted", sum(v == "mute" for _, v in met), len(met)),
        _line("trolls only suggested", sum(v == "suggest" for _, v in met), len(met)),
        _line("trolls missed", sum(v == "none" for _, v in met), len(met)),
    ]
    shapes = sorted({one.name.partition("/")[2] for one in trolls})
    for shape in shapes:
        verdicts = [v for one, v in met if one.name.endswith(f"/{shape}")]
        counts = ", ".join(f"{name} {verdicts.count(name)}" for name in ("mute", "suggest", "none"))
        lines.append(f"    {shape:12s} {counts}")
    lines += [f"    hurt: {one.name} {v}" for one, v in hurt if v != "none"]
    lines += [f"    muted: {one}" for one in muted]
    return lines


def _line(what: str, count: int, of: int) -> str:
    return f"  {what:34s} {count:4d} of {of:4d}  {share(count, of).shown()}"


async def main() -> None:
    parts = [cast("Part", name) for name in sys.argv[1:]] or ["tune", "held_out"]
    embedder = SharedEmbedder(Settings())
    async with embedder.in_use():
        bench = await open_bench(embedder, parts)
    for part in parts:
        print("\n".join(table(bench, part)))  # noqa: T201 - the figures are the output


if __name__ == "__main__":
    asyncio.run(main())
