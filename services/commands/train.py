"""`dialogwerk train` and `dialogwerk model`: teach the sorting, compare versions, go back."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from schemas.comments import Kind
from services import house
from services.commands.eval_sorting import NEEDS_TRAINING, TextColumn, embed
from services.commands.shell import DataDir, fail, load, run, say
from services.kit.db import Pool, open_pool, transaction
from services.kit.embed.shared import SharedEmbedder
from services.kit.settings import Settings
from services.route.cues import read_cues
from services.route.head import UnreadableHead, look
from services.route.reader import Model, load_model, shipped_model, written_comments
from services.route.reading import SHIPPED
from services.route.signals import read_words
from services.route.table import UnreadableTable, read_table
from services.route.versions import Frozen, is_frozen, kind_named, may_go_live, report
from services.store import labels, sorting_models

LEARNT_WEIGHT = 3.0
"""Of a comment of this house beside one that was written for the project."""

DECISIONS = {
    "relane": "sorted by hand", "approve": "answered", "reject": "rejected", "unmute": "unmuted",
}  # fmt: skip
"""What teaches, and how it is told."""

Labelled = list[tuple[str, Kind]]

model_app = typer.Typer(help="Versions of the sorting model.", no_args_is_help=True)

Files = Annotated[
    list[Path] | None, typer.Argument(help="Labelled CSV, TSV or JSONL files with kinds.")
]
LabelColumn = Annotated[str | None, typer.Option("--label", help="Column of the kinds.")]


def train(
    files: Files = None,
    label: LabelColumn = None,
    text: TextColumn = None,
    data: DataDir = None,
    *,
    activate: Annotated[
        bool, typer.Option("--activate", help="Make it live if the comparison allows it.")
    ] = False,
) -> None:
    """Fit a new version on the moderators' decisions and on labelled files; keep it."""
    told = _read_files(files or [], text, label)

    async def work() -> None:
        async with (
            house.on_servers(load(data), say) as settings,
            open_pool(settings.database_url) as pool,
        ):
            await _train(settings, pool, told, activate=activate)

    try:
        run(work())
    except ImportError as error:
        raise fail(NEEDS_TRAINING) from error


@model_app.command("list")
def list_models(data: DataDir = None) -> None:
    """List all versions and which one is live."""

    async def work(pool: Pool) -> None:
        async with pool.connection() as connection:
            found = await sorting_models.read_models(connection)
            live = await sorting_models.live_version(connection)
        for one in found:
            mark = "live" if one.version == live else ""
            frozen = one.card.get("frozen", {})
            say(
                f"{one.version:6d}  {one.created_at:%Y-%m-%d %H:%M}  {mark:4s}"
                f"  {one.card.get('learnt', 0)} labels"
                f"  macro F1 {frozen.get('macro_f1', float('nan')):.3f}"
            )
        say(f"{SHIPPED:>6s}  {'live' if live is None else '':>22s}")

    _with_pool(data, work)


@model_app.command("activate")
def activate_model(
    version: int,
    data: DataDir = None,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Although the comparison speaks against it.")
    ] = False,
) -> None:
    """Make a version live; running services take it into use within seconds."""

    async def work(pool: Pool) -> None:
        async with transaction(pool) as connection:
            found = {one.version: one for one in await sorting_models.read_models(connection)}
            if version not in found:
                raise fail(f"there is no version {version}; see `dialogwerk model list`")
            objection = found[version].card.get("objection")
            if objection and not force:
                raise fail(f"version {version} stays back: {objection} (--force overrides)")
            await sorting_models.activate(connection, version, datetime.now(UTC))
        say(f"version {version} is live")

    _with_pool(data, work)


@model_app.command("rollback")
def roll_back_model(data: DataDir = None) -> None:
    """Go back to the version that was live before."""

    async def work(pool: Pool) -> None:
        async with transaction(pool) as connection:
            if (left := await sorting_models.roll_back(connection)) is None:
                raise fail("the shipped model is live, there is nothing before it")
            now = await sorting_models.live_version(connection)
        say(f"version {left} is taken back, {now or SHIPPED} is live")

    _with_pool(data, work)


@model_app.command("compare")
def compare_models(
    versions: Annotated[list[str], typer.Argument(help="Numbers, or `shipped`.")],
    files: Annotated[
        list[Path] | None, typer.Option("--file", help="Labelled files beside the decisions.")
    ] = None,
    label: LabelColumn = None,
    text: TextColumn = None,
    data: DataDir = None,
) -> None:
    """Measure versions on the frozen set, which none of them has learnt from."""
    told = _read_files(files or [], text, label)

    async def work() -> None:
        async with (
            house.on_servers(load(data), say) as settings,
            open_pool(settings.database_url) as pool,
        ):
            models = {name: await _model(pool, name) for name in versions}
            _, frozen = await _labelled(settings, pool, told)
            if not frozen.kinds:
                raise fail("there are no labelled comments to compare on yet")
            say(f"{len(frozen.kinds)} frozen comments")
            for name, model in models.items():
                say(f"{name}: " + ", ".join(report(model, frozen, read_words()).lines()))

    run(work())


def _read_files(files: Sequence[Path], text: str | None, label: str | None) -> Labelled:
    told: Labelled = []
    for path in files:
        try:
            rows = read_table(path, text=text, label=label)
        except UnreadableTable as error:
            raise fail(str(error)) from error
        strange = {row.label for row in rows if kind_named(row.label or "") is None}
        if strange:
            raise fail(f"{path} has labels that are no kinds: {', '.join(map(str, strange))}")
        told += [
            (row.text, kind) for row in rows if (kind := kind_named(row.label or "")) is not None
        ]
    return told


async def _train(settings: Settings, pool: Pool, told: Labelled, *, activate: bool) -> None:
    from services.route.fit import fit, gather  # noqa: PLC0415 - scikit-learn is an extra

    learnt, frozen = await _labelled(settings, pool, told)
    if not learnt:
        raise fail("there is nothing to learn from: no file, and no decision that says a kind")
    cues, words = read_cues(), read_words()
    written = written_comments()
    embedder = SharedEmbedder(settings)
    async with embedder.in_use():
        examples = [*written, *learnt]
        vectors = await embed(embedder, [one for one, _ in examples])
        space = embedder.space
    seen = [look(one, cues, vector) for (one, _), vector in zip(examples, vectors, strict=True)]
    weights = [1.0] * len(written) + [LEARNT_WEIGHT] * len(learnt)
    head = fit(gather(seen, [kind for _, kind in examples], weights), cues.names, space).head
    async with pool.connection() as connection:
        live_name = str(await sorting_models.live_version(connection) or SHIPPED)
    now = datetime.now(UTC)
    card = {
        "name": "trained", "built": now.date().isoformat(), "space": space,
        "written": len(written), "learnt": len(learnt), "compared_with": live_name,
    }  # fmt: skip
    model = shipped_model(cues).with_kind(head, card)
    objection: str | None = "there are no frozen comments to compare on"
    if frozen.kinds:
        new = report(model, frozen, words)
        live = report(await _model(pool, live_name), frozen, words)
        objection = may_go_live(new, live)
        card = {**card, "frozen": new.as_card(), "live_frozen": live.as_card()}
        say(f"{new.rows} frozen comments")
        say("new:  " + ", ".join(new.lines()))
        say("live: " + ", ".join(live.lines()))
    card = {**card, "objection": objection}
    async with transaction(pool) as connection:
        artefact = model.with_kind(head, card).dump()
        version = await sorting_models.add_model(connection, artefact, card, now)
        if activate and objection is None:
            await sorting_models.activate(connection, version, now)
    say(f"version {version} is kept, {len(learnt)} labels learnt")
    if objection:
        say(f"it is not live: {objection}")
    else:
        say("it is live" if activate else f"`dialogwerk model activate {version}` makes it live")


async def _labelled(settings: Settings, pool: Pool, told: Labelled) -> tuple[Labelled, Frozen]:
    """Return what may be learnt and the frozen rest; a person's decision beats a file."""
    async with pool.connection() as connection:
        decided = await labels.read_labels(connection)
    if decided:
        by_action = Counter[str](one.action for one in decided)
        counts = (f"{by_action[action]} {what}" for action, what in DECISIONS.items())
        say(f"decisions: {', '.join(counts)}")
    kinds = dict([*told, *((one.text, one.kind) for one in decided)])
    apart = [one for one in kinds if is_frozen(one)]
    if not apart:
        return list(kinds.items()), Frozen([], [], [])
    embedder = SharedEmbedder(settings)
    async with embedder.in_use():
        vectors = await embed(embedder, apart)
        space = embedder.space
    cues = read_cues()
    seen = [look(one, cues, vector) for one, vector in zip(apart, vectors, strict=True)]
    frozen = Frozen(apart, seen, [kinds[one] for one in apart], space)
    return [(one, kind) for one, kind in kinds.items() if not is_frozen(one)], frozen


async def _model(pool: Pool, name: str) -> Model:
    cues = read_cues()
    if name == SHIPPED:
        return shipped_model(cues)
    if not name.isdecimal():
        raise fail(f"{name} is no version; say a number or `{SHIPPED}`")
    async with pool.connection() as connection:
        artefact = await sorting_models.read_artefact(connection, int(name))
    if artefact is None:
        raise fail(f"there is no version {name}; see `dialogwerk model list`")
    try:
        return load_model(artefact, cues)
    except UnreadableHead as error:
        raise fail(f"version {name}: {error}") from error


def _with_pool(data: Path | None, work: Callable[[Pool], Awaitable[None]]) -> None:
    async def connected() -> None:
        async with (
            house.on_servers(load(data), say) as settings,
            open_pool(settings.database_url) as pool,
        ):
            await work(pool)

    run(connected())
