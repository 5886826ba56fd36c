"""`dialogwerk eval`: how well the head learns any labels, how often the shipped one alarms."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from services.commands.eval_tables import alarm_lines, sorting_lines
from services.commands.shell import DataDir, fail, load, run, say
from services.kit.embed.shared import SharedEmbedder
from services.kit.settings import Settings
from services.route.alarms import alarms
from services.route.decide import Reading
from services.route.head import Floats
from services.route.reading import shipped_knowledge
from services.route.table import Row, UnreadableTable, read_table

PORTION = 1024
"""Texts between two lines of progress."""
NEEDS_TRAINING = (
    "fitting needs scikit-learn: install dialogwerk with the extra `train`"
    " (pip install 'dialogwerk[train]')"
)

eval_app = typer.Typer(help="Measure the sorting on labelled comments.", no_args_is_help=True)

TextColumn = Annotated[str | None, typer.Option("--text", help="Column of the comments.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")]


@eval_app.command("sorting")
def eval_sorting(  # noqa: PLR0917 - typer gives every option by name
    train: Annotated[Path, typer.Option("--train", help="Labelled CSV, TSV or JSONL to fit on.")],
    test: Annotated[Path, typer.Option("--test", help="Labelled file to measure on.")],
    label: Annotated[str | None, typer.Option("--label", help="Column of the labels.")] = None,
    text: TextColumn = None,
    positive: Annotated[
        str | None, typer.Option("--positive", help="Of two labels the one that is looked for.")
    ] = None,
    json_file: JsonFile = None,
    data: DataDir = None,
) -> None:
    """Fit the head on one file, measure it on another, beside plain baselines."""
    try:
        learnt = read_table(train, text=text, label=label)
        tested = read_table(test, text=text, label=label)
    except UnreadableTable as error:
        raise fail(str(error)) from error
    try:
        figures = run(_sorting(load(data), learnt, tested, positive))
    except ImportError as error:
        raise fail(NEEDS_TRAINING) from error
    except ValueError as error:
        raise fail(f"nothing can be learnt from {train}: {error}") from error
    figures = {"train": str(train), "test": str(test), "label": label, **figures}
    _write(json_file, figures)
    for line in sorting_lines(figures):
        say(line)


@eval_app.command("alarms")
def eval_alarms(  # noqa: PLR0917 - typer gives every option by name
    test: Annotated[Path, typer.Option("--test", help="File of comments, labels are optional.")],
    label: Annotated[str | None, typer.Option("--label", help="Column of groups.")] = None,
    text: TextColumn = None,
    at_recall_of: Annotated[
        str | None,
        typer.Option(
            "--at-recall-of", help="Also tell what is flagged at 50 % recall of this group."
        ),
    ] = None,
    json_file: JsonFile = None,
    data: DataDir = None,
) -> None:
    """Tell how often the shipped model would alarm or mute, for each group of comments."""
    try:
        rows = read_table(test, text=text, label=label, need_label=label is not None)
    except UnreadableTable as error:
        raise fail(str(error)) from error
    if at_recall_of is not None and all(row.label != at_recall_of for row in rows):
        raise fail(f"no comment of {test} has the label {at_recall_of}")
    found = run(_readings(load(data), [row.text for row in rows]))
    figures = alarms(rows, found, at_recall_of)
    figures = {"test": str(test), **figures}
    _write(json_file, figures)
    for line in alarm_lines(figures):
        say(line)


def _write(path: Path | None, figures: dict[str, Any]) -> None:
    if path is None:
        return
    try:
        told = json.dumps(_without_nan(figures), ensure_ascii=False, indent=1, allow_nan=False)
        path.write_text(told + "\n", encoding="utf-8")
    except OSError as error:
        raise fail(f"{path} cannot be written: {error.strerror}") from error


def _without_nan(value: Any) -> Any:
    """Return the value with None for what could not be measured: JSON knows no NaN."""
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def tell(text: str) -> None:
    """Print progress beside the figures."""
    typer.echo(text, err=True)


async def embed(embedder: SharedEmbedder, texts: Sequence[str]) -> Floats:
    """Embed texts in portions and tell how far it is."""
    parts = []
    for start in range(0, len(texts), PORTION):
        parts.append(await embedder.embed_queries(texts[start : start + PORTION]))
        if len(texts) > PORTION:
            tell(f"embedded {min(start + PORTION, len(texts))} of {len(texts)}")
    return np.concatenate(parts)


async def _sorting(
    settings: Settings, learnt: Sequence[Row], tested: Sequence[Row], positive: str | None
) -> dict[str, Any]:
    from services.route.trial import Labelled, measure_sorting  # noqa: PLC0415 - needs an extra

    embedder = SharedEmbedder(settings)
    async with embedder.in_use():
        vectors = await embed(embedder, [row.text for row in learnt])
        others = await embed(embedder, [row.text for row in tested])
        space = embedder.space
    return measure_sorting(
        Labelled.of(learnt, vectors), Labelled.of(tested, others), space, positive
    )


async def _readings(settings: Settings, texts: Sequence[str]) -> list[Reading]:
    knowledge = shipped_knowledge()
    embedder = SharedEmbedder(settings)
    async with embedder.in_use():
        vectors = await embed(embedder, texts)
        return [
            knowledge.read(text, vector, embedder.space, is_reply=False)
            for text, vector in zip(texts, vectors, strict=True)
        ]
