"""`dialogwerk replay`: what would have become of past comments under other settings."""

import asyncio
import getpass
import json as jsons
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.replays import Asked, Summary
from services import house
from services.commands.shell import DataDir, Say, complain, fail, load, run, say
from services.kit.db import open_pool
from services.kit.embed.shared import SharedEmbedder
from services.kit.prompt import BadPrompt
from services.kit.settings import Settings
from services.kit.telemetry import log_to_stderr
from services.replay.estimate import estimate, estimate_line
from services.replay.main import Tools, opened, prompt_key
from services.replay.run import Plan, Replaying, begin, make_plan
from services.replay.table import asked_line, changed_line, summary_lines, words_lines
from services.replay.values import BadRules, read_values
from services.store import past, replays
from services.store.replays import Listed, Replay, Wanted
from services.store.spending import spent_since

DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
PRINTED = 200
"""Changed comments in the terminal; the desk and --json have all of them."""


class NoReplay(Exception):
    """It cannot be run; the message is the sentence that a person needs."""


@dataclass(frozen=True)
class Wish:
    """What somebody at the shell wants."""

    asked: Asked | None
    resume: str
    json: Path | None
    show: bool
    yes: bool


def replay(
    data: DataDir = None,
    *,
    since: Annotated[
        datetime | None, typer.Option(formats=DAYS, help="Comments sorted from then on.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=DAYS, help="Comments sorted before; else now.")
    ] = None,
    page: Annotated[str, typer.Option(help="Name, key or address of one page.")] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, help="So many comments, drawn by lot.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another lot; the same one draws the same.")] = 0,
    prompt: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="Another prompt, answer.de*.md."),
    ] = None,
    model: Annotated[
        str, typer.Option(help="Another model at LLM_BASE_URL; `quoted` asks none.")
    ] = "",
    rules: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="TOML with [sort], [mute], [answer]."),
    ] = None,
    json: Annotated[
        Path | None, typer.Option(help="Write figures and changes to this file.")
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Print what people wrote and what would be drafted.")
    ] = False,
    resume: Annotated[str, typer.Option(help="Go on with a replay that was stopped.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask about the cost.")] = False,
) -> None:
    """Sort and draft for past comments once more, without effect, and print what would differ.

    Exits with 1 when a comment failed or the replay stopped before its end.
    """
    if (since is None) == (not resume):
        raise fail("Name either --since or --resume")
    settings = load(data)
    log_to_stderr("WARNING")
    try:
        asked = None
        if since is not None:
            asked = Asked(
                since=since.astimezone(UTC),
                until=(until or datetime.now(UTC)).astimezone(UTC), page=page, limit=limit,
                seed=seed, prompts=_texts(prompt or []), model=model,
                rules=_values(rules) if rules else {},
            )  # fmt: skip
        done = run(run_replay(settings, Wish(asked, resume, json, show, yes), say))
    except (BadRules, BadPrompt, NoReplay) as error:
        raise fail(str(error)) from error
    raise typer.Exit(0 if done else 1)


async def run_replay(settings: Settings, wish: Wish, say: Say) -> bool:
    """Run or go on with a replay and print it; False when not every comment could be compared.

    Raises NoReplay, BadRules and BadPrompt.
    """
    async with AsyncExitStack() as stack:
        on = await stack.enter_async_context(house.on_servers(settings, say))
        stopped = await _stopped(on, wish.resume) if wish.resume else None
        asked = stopped.asked if stopped else wish.asked
        if asked is None:
            raise NoReplay("there is nothing to replay")
        embedder = SharedEmbedder(on, say)
        await stack.enter_async_context(embedder.in_use())
        tools = await stack.enter_async_context(opened(on, asked, embedder))
        if tools.role is None:
            complain(
                "The database has no role for replays: connections that cannot write are used"
                " all the same. `dialogwerk provision` makes the role."
            )
        plan = await make_plan(tools.reading, asked)
        if asked.page and not await _page_exists(tools, asked.page):
            raise NoReplay(f"no page is called {asked.page}")
        say(f"Changed: {asked_line(asked)}")
        await _agree(tools, on, plan, wish, say)
        replay = stopped or await begin(
            tools, asked, plan, by=f"command:{getpass.getuser()}", now=datetime.now(UTC)
        )
        if replay.basis != tools.basis:
            raise NoReplay(
                "the settings in force are not those that this replay began with: begin a new one"
            )
        return await _go(tools, on, replay, plan, wish=wish, say=say)


async def _go(
    tools: Tools, on: Settings, replay: Replay, plan: Plan, *, wish: Wish, say: Say
) -> bool:
    work = Replaying(replay, plan, tools, say)
    async with replays.held(tools.keeping, replay.replay_id) as mine:
        if not mine:
            raise NoReplay("somebody else is running this replay now")
        try:
            summary = await work.run()
        except asyncio.CancelledError:
            say(f"Stopped. Go on with: dialogwerk replay --resume {replay.replay_id}")
            raise
    await _tell(tools, on, replay, summary, wish=wish, say=say)
    if work.stopped is not None:
        why = {
            "budget": "what models may cost is spent (LLM_DAILY_TOKENS, LLM_MONTHLY_BUDGET)",
            "model_silent": "the language model does not answer",
        }.get(work.stopped, work.stopped)
        complain(f"Stopped: {why}")
    if work.stopped is not None or work.failed:
        complain(f"Go on with: dialogwerk replay --resume {replay.replay_id}")
        return False
    return True


async def _tell(
    tools: Tools, on: Settings, replay: Replay, summary: Summary, *, wish: Wish, say: Say
) -> None:
    async with tools.keeping.connection() as connection:
        listed = await replays.list_results(
            connection, replay.replay_id, Wanted(change="changed"), limit=1_000_000
        )
    desk = on.public_url.rstrip("/") or f"http://{on.host}:{on.port}"
    say("")
    for line in summary_lines(summary, on.llm_currency):
        say(line)
    if listed:
        say("")
    for one in listed[:PRINTED]:
        if one.result is not None:
            say(changed_line(one.comment_key, one.result, lambda key: f"{desk}/items/{key}"))
            for line in words_lines(one.text, one.result) if wish.show else ():
                say(line)
    if len(listed) > PRINTED:
        say(f"and {len(listed) - PRINTED} more")
    say(f"\nAt the desk: {desk}/replays/{replay.replay_id}")
    if wish.json is not None:
        report = as_json(replay, summary, listed, show=wish.show)
        wish.json.write_text(
            jsons.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def as_json(
    replay: Replay, summary: Summary, listed: list[Listed], *, show: bool
) -> dict[str, Any]:
    """Return a replay for a file; words of people only with `show`."""
    hidden: dict[str, Any] = {
        "then": {"reasons"}, "now": {"reasons"},
        "draft": {"text", "sentences", "sources", "reason"},
    } if not show else {}  # fmt: skip
    changes = []
    for one in listed:
        if one.result is None:
            continue
        entry: dict[str, Any] = {"comment_key": one.comment_key, "network": one.network}
        entry |= {"text": one.text} if show else {}
        entry |= one.result.model_dump(mode="json", exclude=hidden)
        changes.append(entry)
    return {
        "replay_id": replay.replay_id, "asked": replay.asked.model_dump(mode="json"),
        "basis": replay.basis.model_dump(mode="json"),
        "summary": summary.model_dump(mode="json"), "changed": changes,
    }  # fmt: skip


async def _stopped(on: Settings, replay_id: str) -> Replay:
    """Return a replay that has not come to its end; raises NoReplay."""
    async with open_pool(on.database_url, size=1) as pool, pool.connection() as connection:
        found = await replays.read_replay(connection, replay_id)
    if found is None:
        raise NoReplay(f"there is no replay {replay_id}")
    if found.finished_at is not None and not found.summary.failed:
        raise NoReplay("this replay is done")
    return found


async def _page_exists(tools: Tools, page: str) -> bool:
    async with tools.reading.connection() as connection:
        return await past.page_exists(connection, page)


async def _agree(tools: Tools, on: Settings, plan: Plan, wish: Wish, say: Say) -> None:
    """Say what it may cost, and ask; without a language model there is nothing to ask."""
    say(f"{len(plan.keys)} comments, {sum(plan.left_out.values())} left out")
    drafting = tools.again.drafting
    if drafting.model is None:
        return
    now = datetime.now(UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    async with tools.reading.connection() as connection:
        usual = await past.usual_draft(connection)
        day = await spent_since(connection, today)
        month = await spent_since(connection, today.replace(day=1))
    found = estimate(len(plan.keys), usual, drafting.prices, drafting.purse, today=day, month=month)
    say(estimate_line(found, on.llm_currency))
    if found.is_too_much:
        say("That is more than is left: the replay may stop on the way, and can be resumed.")
    if not wish.yes:
        typer.confirm("Go on?", abort=True)


def _texts(files: list[Path]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for file in files:
        key = prompt_key(file.name)
        if any(prompt_key(name) == key for name in texts):
            raise BadPrompt(f"{file.name}: there is another prompt for {'.'.join(key)} already")
        texts[file.name] = file.read_text(encoding="utf-8")
    return texts


def _values(file: Path) -> dict[str, dict[str, float | int | str]]:
    values = read_values(file.read_text(encoding="utf-8"), file.name)
    return {section: dict(wanted) for section, wanted in values.items()}
