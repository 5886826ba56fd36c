"""Prompts are files: front matter with a version, then what the model is told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template, TemplateSyntaxError
from jinja2.meta import find_undeclared_variables

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_PARTS = re.compile(r"^# (system|user)\n", re.MULTILINE)
_JINJA = Environment(
    undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True  # noqa: S701 - plain text for a model, not HTML
)  # fmt: skip


class BadPrompt(Exception):
    """A prompt file cannot be used; the message names the file and the fault."""


@dataclass(frozen=True)
class Prompt:
    """One task in one language: a system part, fixed for the cache, and a user part."""

    task: str
    language: str
    version: str
    schema: str
    """Name of the output schema the text describes."""
    system: str
    user: str
    places: frozenset[str]
    """Names of the values that the text leaves room for."""

    @property
    def name(self) -> str:
        """What is stored with each draft."""
        return f"{self.task}.{self.language}@{self.version}"

    def messages(self, **values: str | int) -> list[dict[str, str]]:
        """Fill the prompt in; a value is text, never a template, whatever it contains.

        Raises BadPrompt when a place stays empty.
        """
        if missing := self.places - values.keys():
            raise BadPrompt(
                f"prompts/{self.task}.{self.language}.md asks for {{{{ {min(missing)} }}}},"
                f" which nobody knows; there are {', '.join(sorted(values))}"
            )
        return [
            {"role": "system", "content": _filled(self.system, values)},
            {"role": "user", "content": _filled(self.user, values)},
        ]


def load_prompt(task: str, language: str) -> Prompt:
    """Read `prompts/<task>.<language>.md`."""
    name = f"{task}.{language}.md"
    source = files("prompts").joinpath(name)
    if not source.is_file():
        raise BadPrompt(f"prompts/{name} does not exist")
    return parse_prompt(name, task, language, source.read_text(encoding="utf-8"))


def parse_prompt(name: str, task: str, language: str, text: str) -> Prompt:
    """Split a prompt file into its parts; raises BadPrompt for what would be lost or repeated."""
    found = _FRONT_MATTER.match(text)
    if not found:
        raise BadPrompt(f"prompts/{name} does not begin with front matter between --- lines")
    head = dict(line.split(": ", 1) for line in found[1].splitlines() if ": " in line)
    before, *parts = _PARTS.split(found[2])
    titles, bodies = parts[::2], parts[1::2]
    if before.strip():
        raise BadPrompt(f"prompts/{name} has text before `# system` that nobody would be told")
    if len(set(titles)) < len(titles):
        raise BadPrompt(f"prompts/{name} has more than one `# system` or `# user`")
    missing = [key for key in ("version", "schema") if key not in head]
    missing += [f"# {part}" for part in ("system", "user") if part not in titles]
    if missing:
        raise BadPrompt(f"prompts/{name} lacks {', '.join(missing)}")
    try:
        places = {name for body in bodies for name in find_undeclared_variables(_JINJA.parse(body))}
    except TemplateSyntaxError as error:
        raise BadPrompt(f"prompts/{name}: {error}") from error
    texts = dict(zip(titles, bodies, strict=True))
    return Prompt(
        task, language, head["version"], head["schema"], texts["system"], texts["user"],
        frozenset(places),
    )  # fmt: skip


def _filled(text: str, values: Mapping[str, str | int]) -> str:
    return _template(text).render(values).strip()


@cache
def _template(text: str) -> Template:
    """Compile a part of a prompt once: there are as many as files."""
    return _JINJA.from_string(text)
