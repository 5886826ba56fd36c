"""Prompts are files: front matter with a version, then what the model is told."""

import re
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, TemplateSyntaxError

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_PARTS = re.compile(r"^# (system|user)\n", re.MULTILINE)


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

    @property
    def name(self) -> str:
        """What is stored with each draft."""
        return f"{self.task}.{self.language}@{self.version}"

    def messages(self, **values: object) -> list[dict[str, str]]:
        """Fill the prompt in; a missing value is an error, never an empty place."""
        environment = Environment(
            undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True  # noqa: S701 - plain text for a model, not HTML
        )  # fmt: skip
        return [
            {"role": role, "content": environment.from_string(text).render(**values).strip()}
            for role, text in (("system", self.system), ("user", self.user))
        ]


def load_prompt(task: str, language: str) -> Prompt:
    """Read `prompts/<task>.<language>.md`."""
    name = f"{task}.{language}.md"
    source = files("prompts").joinpath(name)
    if not source.is_file():
        raise BadPrompt(f"prompts/{name} does not exist")
    return parse_prompt(name, task, language, source.read_text(encoding="utf-8"))


def parse_prompt(name: str, task: str, language: str, text: str) -> Prompt:
    """Split a prompt file into its parts."""
    found = _FRONT_MATTER.match(text)
    if not found:
        raise BadPrompt(f"prompts/{name} does not begin with front matter between --- lines")
    head = dict(line.split(": ", 1) for line in found[1].splitlines() if ": " in line)
    parts = _PARTS.split(found[2])
    bodies = dict(zip(parts[1::2], parts[2::2], strict=True))
    missing = [key for key in ("version", "schema") if key not in head]
    missing += [f"# {part}" for part in ("system", "user") if part not in bodies]
    if missing:
        raise BadPrompt(f"prompts/{name} lacks {', '.join(missing)}")
    try:
        for body in bodies.values():
            Environment(autoescape=False).parse(body)  # noqa: S701 - only parsed
    except TemplateSyntaxError as error:
        raise BadPrompt(f"prompts/{name}: {error}") from error
    return Prompt(task, language, head["version"], head["schema"], bodies["system"], bodies["user"])
