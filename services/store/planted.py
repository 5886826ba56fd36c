"""Planted drafts: a real one with one sentence made false, to see whether the gate is awake.

Answer plants them, review settles them. How it went is counted by week; nobody's name, no draft
and no time of a verdict is kept with it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict

from schemas.drafts import Sentence
from services.kit.db import Connection

PlantKind = Literal["figure", "date", "bound", "negation"]
KINDS: tuple[PlantKind, ...] = get_args(PlantKind)
HIGHEST_RATE = 0.1


class Planted(BaseModel):
    """What is shown in the place of a draft, and what is wrong with it."""

    model_config = ConfigDict(frozen=True)

    planted_id: str
    draft_id: str
    """The real draft, which is shown once this one is settled."""
    kind: PlantKind
    truth: str
    """The sentence as the real draft has it."""
    falsehood: str
    text: str
    sentences: list[Sentence]


_READ = (
    "select planted_id, draft_id, p.kind, truth, falsehood, p.text, p.sentences"
    " from planted_drafts p"
)


async def read_rate(connection: Connection) -> float:
    """Return the share of drafts that get a planted one, 0 to 0.1; 0 until somebody sets it."""
    row = await (
        await connection.execute("select rate from gate_rates order by number desc limit 1")
    ).fetchone()
    return round(float(row[0]), 4) if row else 0.0


async def set_rate(connection: Connection, rate: float, account_id: str) -> None:
    """Append the rate that counts from now on."""
    await connection.execute(
        "insert into gate_rates (rate, account_id, set_at) values (%s, %s, clock_timestamp())",
        [rate, account_id],
    )


async def is_said_elsewhere(connection: Connection, draft_id: str, words: str) -> bool:
    """Tell whether another draft or a passage of the publications it cites says the same words."""
    row = await (
        await connection.execute(
            "select exists (select from draft_citations mine join draft_citations other"
            " using (publication_id) join drafts d on d.draft_id = other.draft_id"
            " where mine.draft_id = %(draft)s"
            " and strpos(squashed(d.text), squashed(%(words)s)) > 0)"
            " or exists (select from draft_citations mine join passages g using (publication_id)"
            " where mine.draft_id = %(draft)s and g.retired_at is null"
            " and strpos(squashed(g.text), squashed(%(words)s)) > 0)",
            {"draft": draft_id, "words": words},
        )
    ).fetchone()
    return bool(row and row[0])


async def save_planted(connection: Connection, planted: Planted) -> None:
    """Store a planted draft; a second one for the same draft changes nothing."""
    await connection.execute(
        "insert into planted_drafts (planted_id, draft_id, kind, truth, falsehood, text, sentences)"
        " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        [
            planted.planted_id, planted.draft_id, planted.kind, planted.truth, planted.falsehood,
            planted.text, Jsonb([one.model_dump(mode="json") for one in planted.sentences]),
        ],
    )  # fmt: skip


async def standing(connection: Connection, draft_id: str) -> Planted | None:
    """Return what is shown in the place of a draft, None when nothing is or it is settled."""
    async with connection.cursor(row_factory=class_row(Planted)) as cursor:
        await cursor.execute(_READ + " where draft_id = %s and not settled", [draft_id])
        return await cursor.fetchone()


async def find(connection: Connection, planted_id: str, comment_key: str) -> Planted | None:
    """Return a planted draft of a comment, settled or not."""
    async with connection.cursor(row_factory=class_row(Planted)) as cursor:
        await cursor.execute(
            _READ + " join drafts d using (draft_id) where planted_id = %s and d.comment_key = %s",
            [planted_id, comment_key],
        )
        return await cursor.fetchone()


async def settle(connection: Connection, planted_id: str) -> bool:
    """Put the real draft in its place; False when that is done already."""
    done = await connection.execute(
        "update planted_drafts set settled = true where planted_id = %s and not settled",
        [planted_id],
    )
    return done.rowcount > 0


async def count(connection: Connection, week: date, kind: PlantKind, *, caught: bool) -> None:
    """Count how it went in the week that begins on a Monday."""
    await connection.execute(
        "insert into gate_weeks as w (week, kind, caught, missed) values (%s, %s, %s, %s)"
        " on conflict (week, kind) do update set caught = w.caught + excluded.caught,"
        " missed = w.missed + excluded.missed",
        [week, kind, int(caught), int(not caught)],
    )


async def holds_planted(connection: Connection, text: str) -> bool:
    """Tell whether a text contains a planted sentence, whatever its spaces and capitals."""
    row = await (await connection.execute("select holds_planted(%s)", [text])).fetchone()
    return bool(row and row[0])


@dataclass(frozen=True)
class Outcome:
    """Planted drafts of one week, or of one kind."""

    caught: int
    missed: int

    @property
    def shown(self) -> int:
        """How many of them somebody decided about."""
        return self.caught + self.missed


async def read_weeks(connection: Connection, *, limit: int = 26) -> list[tuple[date, Outcome]]:
    """Return the weeks in which planted drafts were decided about, the newest first."""
    rows = await connection.execute(
        "select week, sum(caught)::integer, sum(missed)::integer from gate_weeks group by week"
        " order by week desc limit %s",
        [limit],
    )
    return [(week, Outcome(*counted)) async for week, *counted in rows]


async def read_kinds(connection: Connection) -> dict[str, Outcome]:
    """Return how all planted drafts went, by what was made false."""
    rows = await connection.execute(
        "select kind, sum(caught)::integer, sum(missed)::integer from gate_weeks group by kind"
        " order by kind"
    )
    return {kind: Outcome(*counted) async for kind, *counted in rows}
