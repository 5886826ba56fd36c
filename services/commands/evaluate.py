"""`dialogwerk eval`: every measurement of the product's own code under one name."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from services.commands.eval_answers import run_answers
from services.commands.eval_cases import BadCases
from services.commands.eval_curve import eval_curve
from services.commands.eval_planted import run_planted
from services.commands.eval_retrieval import eval_retrieval
from services.commands.eval_sorting import JsonFile, eval_app
from services.commands.shell import fail, load, run, say

__all__ = ["eval_app"]

eval_app.info.help = "Measure sorting, finding and drafting on labelled data."
eval_app.command("retrieval")(eval_retrieval)
eval_app.command("curve")(eval_curve)


@eval_app.command("answers")
def eval_answers(
    json: JsonFile = None,
    *,
    data: Annotated[
        Path | None, typer.Option(help="Folder with answers.jsonl and publications/.")
    ] = None,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Ask the questions that no rule was made with.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Try so many cases.")] = None,
) -> None:
    """Draft answers to questions with known answers: quoted, and by the configured model."""
    try:
        run(run_answers(load(), say, json_file=json, data=data, held_out=held_out, limit=limit))
    except BadCases as error:
        raise fail(str(error)) from error


@eval_app.command("planted")
def eval_planted(
    json: JsonFile = None,
    *,
    update: Annotated[
        bool, typer.Option("--update", help="Write the rates that the desk shows anew.")
    ] = False,
) -> None:
    """Tell how many planted errors the checks catch, and how many true sentences they stop."""
    run_planted(say, json_file=json, update=datetime.now(UTC).date() if update else None)
