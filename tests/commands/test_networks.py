"""Connecting an account from a shell, and what the doctor says about it."""

import os

import pytest

from services.kit.db import Pool
from services.kit.vault import Vault
from services.networks.connections import KINDS
from services.review.labels import LABELS
from services.store.connections import ConnectionBook
from tests.commands.conftest import Shell
from tests.ingest.events import everything
from tests.networks.sandbox_town import Town
from tests.store.connecting import new_key

NAME = "sandbox:lindenhof"
TOKEN = "token=lindenhof-token\n"


def keys(monkeypatch: pytest.MonkeyPatch, *more: str) -> None:
    """Put keys before the one that is set."""
    monkeypatch.setenv("SECRET_KEYS", ",".join([*more, os.environ["SECRET_KEYS"]]))


async def connect(shell: Shell, town: Town, *more: str, typed: str = TOKEN) -> str:
    done = await shell.run(
        "add", "sandbox", "lindenhof", f"url={town.url}", "page=lindenhof", *more, typed=typed
    )
    assert done.exit_code == 0, done.output
    return str(done.output)


async def test_an_account_is_connected_listed_checked_and_removed(
    shell: Shell, town: Town, pool: Pool
) -> None:
    said = await connect(shell, town)
    assert f"connected: {NAME}" in said
    assert "signed in as  lindenhof" in said
    listed = await shell.run("list")
    assert NAME in listed.output
    assert "runs" in listed.output
    assert "checked" in listed.output
    checked = await shell.run("check")
    assert (checked.exit_code, "last event    none yet" in checked.output) == (0, True)
    one = await shell.run("check", NAME)
    assert one.output == checked.output
    assert "lindenhof-token" not in await everything(pool)
    for result in (said, listed.output, checked.output):
        assert "lindenhof-token" not in result
    assert (await shell.run("remove", NAME)).exit_code == 0
    assert NAME not in (await shell.run("list")).output
    assert (await shell.run("check", NAME)).exit_code == 1


async def test_what_the_network_does_not_let_in_is_not_stored(shell: Shell, town: Town) -> None:
    fields = ("sandbox", "lindenhof", f"url={town.url}", "page=lindenhof")
    refused = await shell.run("add", *fields, typed="token=wrong\n")
    assert refused.exit_code == 1
    assert "nothing was stored" in refused.output
    assert LABELS["fault.token"] in refused.output
    assert NAME not in (await shell.run("list")).output
    assert (await shell.run("add", *fields, "--unchecked", typed="token=wrong\n")).exit_code == 0
    checked = await shell.run("check")
    assert checked.exit_code == 1
    assert LABELS["fault.token"] in checked.output


async def test_the_doctor_says_whose_token_it_is(shell: Shell, town: Town) -> None:
    fields = ("sandbox", "a-name", f"url={town.url}")
    added = await shell.run("add", *fields, "page=lindenhof", typed=TOKEN)
    assert (added.exit_code, "signed in as  lindenhof" in added.output) == (0, True)
    refused = await shell.run(
        "add", "sandbox", "b", f"url={town.url}", "page=tagblatt", typed=TOKEN
    )
    assert refused.exit_code == 1
    assert "it speaks for lindenhof, not for tagblatt" in refused.output


async def test_a_secret_never_stands_on_the_command_line(shell: Shell, town: Town) -> None:
    """INVARIANT: neither the shell's history nor the list of processes shows a secret."""
    fields = ("sandbox", "lindenhof", f"url={town.url}", "page=lindenhof")
    refused = await shell.run("add", *fields, "token=hush-hush")
    assert refused.exit_code == 1
    assert "token is a secret and never stands on the command line" in refused.output
    assert "hush-hush" not in refused.output
    await connect(shell, town)
    refused = await shell.run("set", NAME, "token=hush-hush")
    assert refused.exit_code == 1
    refused = await shell.run("add", *fields, typed="hush-hush\n")
    assert refused.exit_code == 1
    assert "hush-hush" not in refused.output


async def test_a_changed_secret_is_checked_before_it_is_stored(shell: Shell, town: Town) -> None:
    await connect(shell, town)
    refused = await shell.run("set", NAME, "--secret", "token", typed="token=wrong\n")
    assert refused.exit_code == 1
    assert (await shell.run("check")).exit_code == 0
    changed = await shell.run("set", NAME, "page=tagblatt", "--secret", "token",
                              typed="token=tagblatt-token\n")  # fmt: skip
    assert changed.exit_code == 0, changed.output
    assert (await shell.run("check")).exit_code == 0


async def test_pausing_and_resuming(shell: Shell, town: Town) -> None:
    await connect(shell, town)
    assert (await shell.run("pause", NAME)).exit_code == 0
    assert "paused" in (await shell.run("list")).output
    assert f"{NAME} (paused)" in (await shell.run("check")).output
    assert (await shell.run("resume", NAME)).exit_code == 0
    assert "paused" not in (await shell.run("list")).output
    assert (await shell.run("pause", "sandbox:nobody")).exit_code == 1


async def test_keys_are_rotated_by_a_command(
    shell: Shell, town: Town, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(shell, town)
    fresh = new_key()
    keys(monkeypatch, fresh.get_secret_value())
    assert "1 secrets sealed anew" in (await shell.run("rotate-keys")).output
    assert "0 secrets sealed anew" in (await shell.run("rotate-keys")).output
    (one,) = await ConnectionBook(pool, Vault([fresh])).read()
    assert one.trouble is None


async def test_a_wrong_or_missing_key_is_told_in_a_sentence(
    shell: Shell, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(shell, town)
    monkeypatch.setenv("SECRET_KEYS", new_key().get_secret_value())
    checked = await shell.run("check")
    assert checked.exit_code == 1
    assert "put that key back" in checked.output
    assert (await shell.run("rotate-keys")).exit_code == 1
    mended = await shell.run("set", NAME, f"url={town.url}", "page=lindenhof", "--secret", "token",
                             typed=TOKEN)  # fmt: skip
    assert mended.exit_code == 0, mended.output
    assert (await shell.run("check")).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "telex", "x"), "There is no kind telex"),
        (("add", "sandbox", "Groß"), "a connection's name has"),
        (("add", "sandbox", "x", "page"), "Write field=value"),
        (("add", "sandbox", "x", "pge=1"), "there is no pge; there are url, page, token"),
        (("add", "sandbox", "x", "page=1"), "url: is missing"),
        (("add", "mastodon", "x", "server=social.example"), "  server: Web address of the account"),
        (("set", "telex:x", "page=1"), "There is no connection telex:x"),
        (("set", "sandbox:x", "page=1"), "there is no connection sandbox:x"),
        (("set", "sandbox:x", "--secret", "page"), "page is no secret of Sandbox"),
        (("remove", "sandbox:x"), "there is no connection sandbox:x"),
        (("kinds", "telex"), "There is no kind telex"),
    ],
)
async def test_what_cannot_be_done_is_said(
    shell: Shell, arguments: tuple[str, ...], told: str
) -> None:
    done = await shell.run(*arguments, typed=TOKEN)
    assert (done.exit_code, told in done.output) == (1, True), done.output


async def test_a_name_is_given_once(shell: Shell, town: Town) -> None:
    await connect(shell, town)
    done = await shell.run(
        "add", "sandbox", "lindenhof", f"url={town.url}", "page=lindenhof", typed=TOKEN
    )
    assert done.exit_code == 1
    assert f"networks set {NAME}" in done.output


async def test_the_capability_table_is_made_from_the_code(shell: Shell) -> None:
    table = (await shell.run("kinds", "--markdown")).output.splitlines()
    assert [line.split("|")[1].strip() for line in table[2:]] == [
        kind.title for kind in KINDS.values()
    ]
    assert (
        "| `token` | secret, required |"
        in (await shell.run("kinds", "sandbox", "--markdown")).output
    )
    plain = (await shell.run("kinds")).output
    for kind in KINDS.values():
        assert kind.title in plain


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_every_kind_says_what_it_asks_for(shell: Shell, kind: str) -> None:
    """INVARIANT: nobody has to read code to connect an account."""
    told = (await shell.run("kinds", kind)).output
    for name in KINDS[kind].settings.model_fields:
        before, found, after = told.partition(f"\n  {name}")
        assert found, before
        assert after.splitlines()[1].startswith("    "), f"{kind}.{name} is not described"
