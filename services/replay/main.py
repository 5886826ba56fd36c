"""Build what a replay works with: the services' own parts, on connections that cannot write."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from schemas.drafts import MadeStance
from schemas.replays import Asked, Basis
from services.answer.draft import Voice
from services.answer.make import Drafting, load_prompts
from services.answer.write import require_fillable as require_answerable
from services.kit.db import Pool, open_pool, require_migrated
from services.kit.embed.embedder import Embeds
from services.kit.embed.remembering import Remembering
from services.kit.llm import LanguageModel, language_model
from services.kit.prompt import BadPrompt, Prompt, load_prompt, parse_prompt
from services.kit.settings import Settings
from services.kit.spending import prices_of, purse_of
from services.replay.again import Again
from services.replay.values import Rules, rules_in_force, with_values
from services.route.ask_model import PATIENCE, require_fillable
from services.route.decide import RULES
from services.route.live import Live
from services.route.reading import shipped_knowledge
from services.route.weigh import Scales
from services.store.migrations import MIGRATIONS
from services.store.roles import role_to_take_on

QUOTED = "quoted"
"""The name that asks for no language model."""
LANGUAGES = ("de", "en")
REPLAY = "replay"

Prompts = Mapping[tuple[str, str], Prompt]
"""By task, `sort` or `answer`, and language."""


@dataclass(frozen=True)
class Tools:
    """What a replay works with, and what that is called."""

    again: Again
    basis: Basis
    reading: Pool
    keeping: Pool
    role: str | None
    """The database role that it has taken on; None: there is none, or the user may not."""


@asynccontextmanager
async def opened(settings: Settings, asked: Asked, embedder: Embeds) -> AsyncIterator[Tools]:
    """Open everything for as long as the block lasts; raises BadRules and BadPrompt.

    There is no bus. What sorts and drafts reads through connections on which the server refuses
    every write; where the role of replays may be taken on, nothing else is to be written either.
    """
    rules = with_values(rules_in_force(settings), asked.rules)
    prompts = {key: with_text(prompt, asked.prompts) for key, prompt in todays_prompts().items()}
    for prompt in prompts.values():
        (require_fillable if prompt.task == "sort" else require_answerable)(prompt)
    async with AsyncExitStack() as stack:
        role = await _role(settings)
        reading = open_pool(settings.database_url, size=2, name=REPLAY, role=role, read_only=True)
        keeping = open_pool(settings.database_url, size=2, name=REPLAY, role=role)
        await stack.enter_async_context(keeping)
        await require_migrated(keeping, MIGRATIONS)
        await stack.enter_async_context(reading)
        name = settings.llm_model if not asked.model else asked.model
        on = settings.model_copy(update={"llm_model": "" if name == QUOTED else name})
        sorter, writer = await _models(on, stack)
        live = Live(shipped_knowledge())
        await live.refresh(reading)
        knowledge = replace(live.knowledge, bars=rules.sort, limits=rules.mute)
        scales = Scales(
            reading, embedder, knowledge, None,
            {language: prompts["sort", language] for language in LANGUAGES},
        )  # fmt: skip
        drafting = _drafting(on, reading, embedder, writer=writer, rules=rules, prompts=prompts)
        again = Again(scales, drafting, sorter)
        basis = Basis(
            model=writer.model if writer else "", endpoint=on.llm_base_url if writer else "",
            prompts={f"{task}.{language}": _fingerprint(prompt)
                     for (task, language), prompt in prompts.items()},
            sorting_model=knowledge.version, rules=RULES, values=rules.values(),
        )  # fmt: skip
        yield Tools(again, basis, reading, keeping, role)


async def _role(settings: Settings) -> str | None:
    async with (
        open_pool(settings.database_url, size=1, name=REPLAY) as pool,
        pool.connection() as connection,
    ):
        return await role_to_take_on(connection, REPLAY)


async def _models(
    settings: Settings, stack: AsyncExitStack
) -> tuple[LanguageModel | None, LanguageModel | None]:
    """Return what is asked about doubtful comments and what writes drafts, if anything is."""
    found = language_model(settings, timeout=PATIENCE), language_model(settings)
    for model in found:
        if model is not None:
            stack.push_async_callback(model.close)
    return found


def _drafting(
    settings: Settings,
    reading: Pool,
    embedder: Embeds,
    *,
    writer: LanguageModel | None,
    rules: Rules,
    prompts: Prompts,
) -> Drafting:
    stance: MadeStance = "answer"
    written = {(stance, language): prompts["answer", language] for language in LANGUAGES}
    return Drafting(
        pool=reading,
        embedder=Remembering(embedder),
        model=writer,
        prompts={**load_prompts(), **written},
        voice=Voice(settings.organisation, rules.answer.address, rules.answer.reading_level),
        own_domains=settings.own_domains,
        threshold=rules.answer.threshold,
        quotable=rules.answer.quotable,
        purse=purse_of(settings),
        prices=prices_of(settings),
    )


def todays_prompts() -> dict[tuple[str, str], Prompt]:
    """Return the prompts that sort and answer."""
    return {
        (task, language): load_prompt(task, language)
        for task in ("sort", "answer")
        for language in LANGUAGES
    }


def prompt_key(name: str) -> tuple[str, str]:
    """Return task and language of a prompt's file, `answer.de.md` or `answer.de.shorter.md`."""
    task, language, *_ = (*name.split("."), "")
    if (task, language) not in todays_prompts():
        raise BadPrompt(
            f"{name}: name the file after the prompt it stands for, such as answer.de.md or"
            " answer.de.shorter.md; a replay uses answer and sort, in de and en"
        )
    return task, language


def with_text(prompt: Prompt, texts: Mapping[str, str]) -> Prompt:
    """Return the prompt of another file for the same task and language, if there is one."""
    for name, text in texts.items():
        if prompt_key(name) == (prompt.task, prompt.language):
            return parse_prompt(name, prompt.task, prompt.language, text)
    return prompt


def _fingerprint(prompt: Prompt) -> str:
    text = f"{prompt.system}\n{prompt.user}"
    return f"{prompt.name} {hashlib.sha256(text.encode()).hexdigest()[:12]}"
