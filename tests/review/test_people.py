"""The team: invited, given roles, shut out; and everybody's own account."""

import asyncio
import re

import httpx
import pytest
from typer.testing import CliRunner

from services.kit.db import transaction
from services.review.entering import device_of
from services.review.people import disable
from services.review.refusals import Refused
from services.review.security import digest
from services.store.sessions import session_stands
from tests.review.reading import rows
from tests.review.room import PASSWORD, Room
from tests.review.test_rights import browser, session_of

NEW = "another quiet tree"


async def test_somebody_is_invited_chooses_a_password_and_signs_in(room: Room) -> None:
    admin = await room.colleague("Ada", "en", "admin")
    page = (await admin.post("/people", name="Emre", role="editor", email="emre@ex.example")).text
    found = re.search(r"/invitation/([\w-]{43})", page)
    assert found is not None
    assert found[0] not in (await admin.get("/people")).text
    assert found[1] not in str(await rows(room.pool, "select * from invitations"))
    emre = room.visitor()
    assert "Emre" in (await emre.get(found[0])).text
    for new, again in (("short", "short"), (NEW, NEW + "x")):
        assert (await emre.post(found[0], new=new, again=again)).status_code == 422
    assert (await emre.post(found[0], new=NEW, again=NEW)).status_code == 303
    assert (await emre.sign_in("Emre", NEW)).status_code == 303
    assert (await emre.get("/gaps")).status_code == 200
    assert (await emre.get("/people")).status_code == 403


async def test_an_invitation_works_once_and_not_for_ever(room: Room) -> None:
    """INVARIANT: a link that was used, replaced or left lying sets no password."""
    admin = await room.colleague("Ada", "en", "admin")
    page = (await admin.post("/people", name="Emre", role="admin")).text
    account_id = (await rows(room.pool, "select account_id from accounts where name = 'Emre'"))[0][
        0
    ]
    first = re.findall(r"/invitation/[\w-]{43}", page)[0]
    page = (await admin.post(f"/people/{account_id}/invite")).text
    second = re.findall(r"/invitation/[\w-]{43}", page)[0]
    anybody = room.visitor()
    assert (await anybody.post(first, new=NEW, again=NEW)).status_code == 404
    async with transaction(room.pool) as connection:
        await connection.execute("update invitations set expires_at = now()")
    assert (await anybody.post(second, new=NEW, again=NEW)).status_code == 404
    page = (await admin.post(f"/people/{account_id}/invite")).text
    third = re.findall(r"/invitation/[\w-]{43}", page)[0]
    used = await asyncio.gather(*(anybody.post(third, new=NEW, again=NEW) for _ in range(2)))
    assert sorted(answer.status_code for answer in used) == [303, 404]


async def test_the_last_admin_stays(room: Room) -> None:
    """INVARIANT: there is always somebody who can manage people."""
    ada = await room.account("Ada", "en", "admin")
    visitor = room.visitor()
    await visitor.sign_in("Ada")
    assert (await visitor.post(f"/people/{ada}/disable")).status_code == 409
    assert (await visitor.post(f"/people/{ada}/role", role="auditor")).status_code == 409
    bo = await room.account("Bo", "en", "admin")

    async def shut(account_id: str) -> bool:
        try:
            async with transaction(room.pool) as connection:
                await disable(connection, account_id, by=None)
        except Refused:
            return False
        return True

    assert sorted(await asyncio.gather(shut(ada), shut(bo))) == [False, True]


async def test_who_is_disabled_or_given_a_role_feels_it_on_open_pages(room: Room) -> None:
    """INVARIANT: sessions and live streams end with the right to them, not with the next visit."""
    admin = await room.colleague("Ada", "en", "admin")
    account_id = await room.account("Emre", "en", "senior")
    live = asyncio.create_task(room.desk.live.run())
    await room.desk.live.listening.wait()
    try:
        async with browser(room.app) as client:
            for form, fields in (("role", {"role": "moderator"}), ("disable", {})):
                cookie, _ = await session_of(room, account_id)
                async with client.stream("GET", "/events", headers=cookie) as stream:
                    assert stream.status_code == 200
                    said = asyncio.create_task(_until_it_ends(stream))
                    done = await admin.post(f"/people/{account_id}/{form}", **fields)
                    assert done.status_code == 303
                    assert "changed" not in await asyncio.wait_for(said, 30)
            assert (await client.get("/", headers=cookie)).status_code == 303
    finally:
        live.cancel()
    deeds = await rows(room.pool, "select deed, detail from account_events order by event_id")
    assert deeds == [("role", "moderator"), ("disabled", "")]


async def _until_it_ends(stream: httpx.Response) -> str:
    return (await stream.aread()).decode()


async def test_a_password_is_changed_by_who_knows_it_and_other_devices_are_out(room: Room) -> None:
    """INVARIANT: a stolen session cannot change the password, and does not outlive its change."""
    jule = await room.colleague("Jule", "en", "moderator")
    other = room.visitor()
    await other.sign_in("Jule")
    token = jule.http.cookies["dialogwerk"]
    for current, new, again in (("wrong", NEW, NEW), (PASSWORD, "x", "x"), (PASSWORD, NEW, "y")):
        answer = await jule.post("/account/password", current=current, new=new, again=again)
        assert answer.status_code == 422
    answer = await jule.post("/account/password", current=PASSWORD, new=NEW, again=NEW)
    assert answer.status_code == 303
    assert jule.http.cookies["dialogwerk"] != token
    assert (await jule.get("/")).status_code == 200
    assert (await other.get("/")).status_code == 303
    assert (await room.visitor().sign_in("Jule")).status_code == 401
    assert (await room.visitor().sign_in("Jule", NEW)).status_code == 303


async def test_one_ends_ones_own_sessions_and_nobody_elses(room: Room) -> None:
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")
    phone = room.visitor()
    phone.http.headers["user-agent"] = "Mozilla/5.0 (Android 15; Mobile) Firefox/140.0"
    await phone.sign_in("Jule")
    page = (await jule.get("/account")).text
    assert "Firefox, Android" in page
    (phones,) = re.findall(r"/account/sessions/([0-9a-f]{32})/end", page)
    await emre.post(f"/account/sessions/{phones}/end")
    assert (await phone.get("/")).status_code == 200
    await jule.post(f"/account/sessions/{phones}/end")
    assert (await phone.get("/")).status_code == 303
    await phone.sign_in("Jule")
    await jule.post("/account/sessions/end")
    assert (await phone.get("/")).status_code == 303
    assert (await jule.get("/")).status_code == (await emre.get("/")).status_code == 200


async def test_an_idle_session_ends_and_what_pages_ask_by_themselves_is_no_work(
    room: Room,
) -> None:
    """INVARIANT: a desk that somebody left open in the evening is shut in the morning."""
    jule = await room.colleague("Jule")

    async def seen_ago(minutes: int) -> None:
        async with transaction(room.pool) as connection:
            await connection.execute(
                "update sessions set seen_at = now() - make_interval(mins => %s)", [minutes]
            )

    async def seen_lately() -> bool:
        return bool(
            (await rows(room.pool, "select seen_at > now() - interval '1 minute' from sessions"))[
                0
            ][0]
        )

    await seen_ago(100)
    assert (await jule.get("/nav", **{"hx-request": "true"})).status_code == 200
    assert not await seen_lately()
    assert (await jule.get("/")).status_code == 200
    assert await seen_lately()
    await seen_ago(121)
    assert (await jule.get("/")).status_code == 303
    (session_id,) = (await rows(room.pool, "select session_id from sessions"))[0]
    async with room.pool.connection() as connection:
        assert not await session_stands(connection, session_id, "admin", room.desk.idle)


async def test_signing_in_again_ends_the_browsers_earlier_session(room: Room) -> None:
    """INVARIANT: a token is new with each sign-in, and the old one opens nothing."""
    jule = await room.colleague("Jule")
    old = jule.http.cookies["dialogwerk"]
    await jule.sign_in("Jule")
    assert jule.http.cookies["dialogwerk"] != old
    gone = await rows(room.pool, "select 1 from sessions where token_hash = %s", digest(old))
    assert gone == []


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("<script>", ""),
    ],
)
def test_a_device_is_named_in_brief(agent: str, device: str) -> None:
    assert device_of(agent) == device


def test_the_shell_manages_people(
    database_url: str, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.cli import app  # noqa: PLC0415 - the command line reads the environment

    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NATS_URL", nats_url)
    shell = CliRunner()

    def said(*words: str, typed: str = "") -> tuple[int, str]:
        done = shell.invoke(app, ["users", *words], input=typed)
        return done.exit_code, done.output

    assert said("list")[1] == "there is no account yet\n"
    assert said("add", "Ada", typed=f"{PASSWORD}\n") == (0, "account Ada can sign in as admin\n")
    assert said("add", "Bo", typed=f"{PASSWORD}\n") == (0, "account Bo can sign in as moderator\n")
    assert said("add", "Ada", typed=f"{PASSWORD}\n")[0] == 1
    assert said("add", "Cem", typed="short\n")[0] == 1
    assert said("add", "Dana", "--without-password")[0] == 1
    assert "there has to be an admin" in said("disable", "Ada")[1]
    assert said("role", "Bo", "admin") == (0, "account Bo is admin\n")
    assert said("disable", "ada") == (0, "account ada is disabled\n")
    assert said("enable", "Ada")[0] == said("reset-totp", "Ada")[0] == 0
    assert said("reset-password", "Bo", typed=f"{NEW}\n")[0] == 0
    assert "/sign-in/once/" in said("door", "Bo")[1]
    assert said("unlink", "Bo")[0] == 0
    assert "Answer, reject, mute" in said("rights")[1]
    assert said("role", "Nobody", "admin") == (1, "there is no account Nobody\n")
    lines = said("list")[1].splitlines()
    assert [line.split()[:2] for line in lines] == [["Ada", "admin"], ["Bo", "admin"]]
