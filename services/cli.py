"""`dialogwerk ...`: everything an operator does from a shell."""

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from services import __version__

COMMANDS = {
    "demo": (
        "services.commands.demo:demo",
        "Show the whole job on embedded servers with a sandbox network.",
    ),
    "up": (
        "services.commands.running:up",
        "Run all services in one process, on embedded servers unless others are configured.",
    ),
    "run": (
        "services.commands.running:run_one",
        "Run one service: review, ingest, index, route, answer, deliver or outreach.",
    ),
    "provision": (
        "services.commands.running:provision",
        "Create or upgrade streams, consumers, tables and roles; again changes nothing.",
    ),
    "secrets": (
        "services.commands.fresh_secrets:print_secrets",
        "Print new secrets for a .env file; keep it private, and back it up apart from the data.",
    ),
    "users": ("services.commands.users:users_app", "Who may sign in at the desk."),
    "oidc": ("services.commands.oidc:oidc_app", "The organisation's own sign-in."),
    "networks": (
        "services.commands.networks:networks_app",
        "The networks that people are answered on.",
    ),
    "index": (
        "services.commands.index:index_app",
        "The publications that answers are made of.",
    ),
    "llm": ("services.commands.llm:llm_app", "The language model that drafts."),
    "watches": (
        "services.commands.watches:watches_app",
        "Pages of partners, news media and decision makers that are read.",
    ),
    "discover": (
        "services.commands.discover:discover_app",
        "Find pages that talk about our topics and that nobody watches yet.",
    ),
    "ingest": (
        "services.commands.intake:ingest",
        "Take comments in from a JSONL file, one event a line; `-` reads standard input.",
    ),
    "books": (
        "services.commands.books:books",
        "Print where every comment stands; exit with 1 when the books do not balance.",
    ),
    "dead": (
        "services.commands.letters:dead_app",
        "Dead letters: list them, send them again, give them up.",
    ),
    "forget": (
        "services.commands.forget:forget",
        "Erase all that an account has said, on all pages of its network; first shows how much.",
    ),
    "retention": ("services.commands.retention:retention_app", "How long words are kept."),
    "keys": (
        "services.commands.keys:keys_app",
        "The keys of pseudonyms and sealed secrets.",
    ),
    "backup": (
        "services.commands.backup:backup",
        "Write everything that is stored into one file, while the house works on.",
    ),
    "restore": (
        "services.commands.backup:restore",
        (
            "Put a backup into an empty house; nothing is posted a second time, nothing erased"
            " returns."
        ),
    ),
    "export": ("services.commands.export:export_app", "Take records out of the house."),
    "train": (
        "services.commands.train:train",
        "Fit a new version on the moderators' decisions and on labelled files; keep it.",
    ),
    "model": ("services.commands.train:model_app", "Versions of the sorting model."),
    "eval": (
        "services.commands.evaluate:eval_app",
        "Measure sorting, finding and drafting on labelled data.",
    ),
    "stress": (
        "services.commands.stress:stress",
        "Put running services under load; exit with 1 when a limit is broken.",
    ),
    "replay": (
        "services.commands.replay:replay",
        "Sort and draft for past comments once more, without effect, and print what would differ.",
    ),
    "schemas": (
        "services.commands.generate:schemas",
        "Write JSON Schema, AsyncAPI and OpenAPI into schemas/generated.",
    ),
}
"""Where each command stands, and its line in the list of all; none is imported for the list."""


class Commands(TyperGroup):
    """The commands by name; the one that is called is imported then, and no other."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, (_, line) in COMMANDS.items():
            self.add_command(TyperCommand(name, help=line))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, imported(name) if name in COMMANDS else command, rest


def imported(name: str) -> Any:
    """Import a command or a group of them; return it as the shell calls it."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    found = getattr(import_module(module), attribute)
    alone = typer.Typer(callback=lambda: None)
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    group: Any = get_command(alone)
    return group.commands[name]


app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def dialogwerk(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Dialogwerk: answers in place, from your own publications, approved by a person."""


@app.command("version")
def print_version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Entry point of the `dialogwerk` command."""
    app()


if __name__ == "__main__":
    main()
