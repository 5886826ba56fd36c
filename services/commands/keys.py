"""`dialogwerk keys`: change the keys that pseudonyms and sealed secrets are made with."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from services import house
from services.commands.shell import DataDir, fail, load, run, say
from services.ingest.rekeying import rekey
from services.kit.db import open_pool
from services.kit.pseudonym import pseudonym_keys
from services.kit.vault import Vault
from services.store.connections import reseal

keys_app = typer.Typer(help="The keys of pseudonyms and sealed secrets.", no_args_is_help=True)


@keys_app.callback()
def keys() -> None:
    """The keys of pseudonyms and sealed secrets."""


@keys_app.command("rotate")
def rotate(
    data: DataDir = None,
    *,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Make a new pseudonym key in the data folder first.")
    ] = False,
) -> None:
    """Make anew what former keys made; interrupted, it goes on when it is called again.

    The new keys stand first in PSEUDONYM_KEY and SECRET_KEYS, the former ones in
    FORMER_PSEUDONYM_KEYS and behind the first of SECRET_KEYS.
    """
    settings = load(data)
    if fresh:
        if settings.pseudonym_key.get_secret_value() or settings.nats_url:
            raise fail("the keys are yours: set a new PSEUDONYM_KEY, and FORMER_PSEUDONYM_KEYS")
        if (settings.data_dir / "running.json").is_file():
            raise fail("stop Dialogwerk first: what runs goes on with the old key")
        make_fresh(settings.data_dir)

    async def work() -> tuple[int, int, int]:
        async with (
            house.on_servers(settings, say) as on,
            open_pool(on.database_url) as pool,
        ):
            accounts, graves = await rekey(pool, pseudonym_keys(on))
            return accounts, graves, await reseal(pool, Vault(on.secret_keys))

    accounts, graves, sealed = run(work())
    house.former_key_file(settings.data_dir).unlink(missing_ok=True)
    say(f"{accounts} accounts have new pseudonyms, {graves} tombstones are made anew")
    say(f"{sealed} secrets are sealed anew; the former keys are needed for earlier backups only")


def make_fresh(folder: Path) -> None:
    """Set the key in the data folder aside and make a new one; once, however often it is called."""
    former, key = house.former_key_file(folder), folder / "pseudonym.key"
    present = house.kept_secret(key)
    if former.is_file() and former.read_text(encoding="utf-8").strip() != present:
        return
    house.write_private(former, present)
    house.write_private(key, secrets.token_urlsafe(32))
