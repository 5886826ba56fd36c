"""`dialogwerk dead`: list what nobody could work with, send it again or give it up."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from services import house
from services.commands.shell import DataDir, fail, load, run, say
from services.kit.db import open_pool
from services.review.letters import settle_many
from services.review.refusals import Refused
from services.store.dead_letters import (
    Choice,
    DeadLetter,
    Settlement,
    Which,
    read_waiting_letters,
)

dead_app = typer.Typer(help="Dead letters: list them, send them again, give them up.")

SHOWN = 50
FORMATS = ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
WHY = {
    "settled": "Nothing of that waits; `dialogwerk dead list` shows what does",
    "no_reason": "Say with --note why it may go",
    "too_long": "The note is too long",
}

Ids = Annotated[list[str] | None, typer.Argument(help="Their ids, as `dead list` shows them.")]
OfConsumer = Annotated[
    str | None, typer.Option("--consumer", help="All that this consumer could not work with.")
]
Because = Annotated[
    str | None, typer.Option("--reason", help="All whose reason has these words in it.")
]
Since = Annotated[
    datetime | None,
    typer.Option("--since", formats=FORMATS, help="All that failed at this time (UTC) or later."),
]
Everything = Annotated[bool, typer.Option("--all", help="All of every consumer.")]
Note = Annotated[str, typer.Option("--note", help="Kept with the letters.")]


@dead_app.command("list")
def list_letters(
    consumer: OfConsumer = None, reason: Because = None, since: Since = None,
    data: DataDir = None,
) -> None:  # fmt: skip
    """Print the waiting letters, the newest first: id, attempts, first and last failure, reason."""
    which = _which(consumer, reason, since)

    async def work() -> list[DeadLetter]:
        async with (
            house.on_servers(load(data), say) as on,
            open_pool(on.database_url) as pool,
            pool.connection() as connection,
        ):
            return await read_waiting_letters(connection, limit=SHOWN, which=which)

    letters = run(work())
    for letter in letters:
        say(shown(letter))
    if not letters:
        say("No dead letters wait.")
    elif len(letters) == SHOWN:
        say(f"The newest {SHOWN} are shown; the desk shows all.")


def shown(letter: DeadLetter) -> str:
    """Return a letter as two lines of text, without its content."""
    first = letter.first_failed_at or letter.failed_at
    return (
        f"{letter.dead_id}  {letter.attempts} attempts,"
        f" {first:%Y-%m-%d %H:%M:%S} to {letter.failed_at:%Y-%m-%d %H:%M:%S} UTC\n"
        f"    {letter.reason}"
    )


@dead_app.command("requeue")
def requeue(
    ids: Ids = None, consumer: OfConsumer = None, reason: Because = None, since: Since = None,
    *, everything: Everything = False, note: Note = "", data: DataDir = None,
) -> None:  # fmt: skip
    """Send letters to where they were read from; the running review service does the sending."""
    count = _settle(
        _choice(ids, _which(consumer, reason, since), everything=everything), "requeued", note, data
    )
    say(f"{count} sent again")


@dead_app.command("drop")
def drop(
    ids: Ids = None, consumer: OfConsumer = None, reason: Because = None, since: Since = None,
    *, everything: Everything = False, note: Note = "", data: DataDir = None,
) -> None:  # fmt: skip
    """Give letters up, with a note that says why."""
    count = _settle(
        _choice(ids, _which(consumer, reason, since), everything=everything), "dropped", note, data
    )
    say(f"{count} given up")


def _which(consumer: str | None, reason: str | None, since: datetime | None) -> Which:
    return Which(consumer, reason, since.replace(tzinfo=UTC) if since else None)


def _choice(ids: Sequence[str] | None, which: Which, *, everything: bool) -> Choice:
    """Return what is meant; exactly one way of naming it."""
    if bool(ids) + (not which.all) + everything != 1:
        raise fail(
            "Name ids, or what they have in common (--consumer, --reason, --since), or --all"
        )
    return Choice(ids) if ids else Choice((), which, datetime.now(UTC))


def _settle(choice: Choice, settlement: Settlement, note: str, data: DataDir) -> int:
    async def work() -> int:
        async with (
            house.on_servers(load(data), say) as on,
            open_pool(on.database_url) as pool,
        ):
            return await settle_many(pool, None, choice, settlement, note=note)

    try:
        return run(work())
    except Refused as error:
        raise fail(WHY.get(error.refusal, error.refusal)) from error
