"""Alarms reach a real web server and a real mail server, or wait visibly."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.ingest.webhook import Forbidden, verify
from services.kit.db import Pool, transaction
from services.kit.service import CannotStart
from services.kit.settings import Settings
from services.kit.tell import mail_server
from services.kit.web import listening_socket, serving
from services.review.notices import Notifier, retry_after, ways_of
from services.review.texts import LANGUAGES, Texts
from services.store import alarms
from services.store.alarms import Condition
from tests.review.reading import rows
from tests.review.room import Room

KEY = "a key for alarms only"
TEXTS = {language: Texts(language) for language in LANGUAGES}
AGE = Condition("age", "route_received", "754")


@dataclass
class Listener:
    """A web address that takes alarms, or refuses them."""

    status: int = 204
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    async def take(self, request: Request) -> Response:
        self.bodies.append(await request.body())
        self.headers.append(dict(request.headers))
        return Response(status_code=self.status)


@pytest.fixture
async def hook() -> AsyncIterator[Listener]:
    listener = Listener()
    app = Starlette(routes=[Route("/alarms", listener.take, methods=["POST"])])
    async with serving(app, listening_socket(), before_stop=lambda: None) as address:
        listener.url = f"{address}/alarms"
        yield listener


@dataclass
class Mailbox:
    """A real SMTP server that keeps what it takes."""

    mails: list[Envelope] = field(default_factory=list)
    answer: str = "250 OK"
    port: int = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802 - the hook's name
        if self.answer.startswith("250"):
            self.mails.append(envelope)
        return self.answer


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    loop = asyncio.get_running_loop()
    listener = listening_socket()
    box.port = listener.getsockname()[1]
    server = await loop.create_server(lambda: SMTP(box, hostname="mail.test"), sock=listener)
    async with server:
        yield box


def settings(**given: object) -> Settings:
    return Settings.model_validate(given)


def hooked(listener: Listener) -> Settings:
    return settings(alarm_webhook_url=listener.url, alarm_webhook_secret=KEY)


def mailed(port: int) -> Settings:
    return settings(
        alarm_email_to="ops@example.org, nacht@example.org", smtp_url=f"smtp://127.0.0.1:{port}",
        alarm_email_from="Dialogwerk <dialogwerk@example.org>",
    )  # fmt: skip


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now


def notifier_of(pool: Pool, chosen: Settings, clock: Clock) -> Notifier:
    return Notifier(pool, ways_of(chosen), TEXTS, "https://desk.example.org/queues", clock)


async def settle(pool: Pool, notifier: Notifier, clock: Clock, *conditions: Condition) -> None:
    async with transaction(pool) as connection:
        await alarms.settle_alarms(
            connection, conditions, now=clock.now, calm=timedelta(), ways=notifier.ways.names
        )


async def deliver_all(notifier: Notifier) -> None:
    while await notifier.deliver_one():
        pass


async def test_the_webhook_gets_each_alarm_once_and_its_end_once(
    pool: Pool, hook: Listener
) -> None:
    """INVARIANT: an alarm is told once when it is raised and once when it is over."""
    clock = Clock()
    notifier = notifier_of(pool, hooked(hook), clock)
    for _ in range(3):
        await settle(pool, notifier, clock, AGE)
        await deliver_all(notifier)
        clock.now += timedelta(seconds=15)
    for _ in range(3):
        await settle(pool, notifier, clock)
        await deliver_all(notifier)
        clock.now += timedelta(seconds=15)
    told = [json.loads(body) for body in hook.bodies]
    assert [one["type"] for one in told] == ["alarm.raised", "alarm.cleared"]
    assert told[0]["subject"] == "route_received"
    assert told[0]["text"]["de"] == (
        "Alarm: Etwas wartet zu lange: Neue Kommentare, die sortiert werden (13 Min.)"
    )
    assert told[0]["advice"]["de"].startswith("Sehen Sie nach dem Dienst")
    assert told[1]["advice"]["de"] == ""
    assert told[0]["cleared_at"] is None
    assert told[1]["url"] == "https://desk.example.org/queues"


async def test_the_webhook_is_signed_like_the_one_we_take(pool: Pool, hook: Listener) -> None:
    """INVARIANT: who knows our signature can check our alarms, and nobody can forge one."""
    clock = Clock()
    notifier = notifier_of(pool, hooked(hook), clock)
    await settle(pool, notifier, clock, AGE)
    await deliver_all(notifier)
    signature = hook.headers[0]["dialogwerk-signature"]
    verify(signature, hook.bodies[0], [KEY.encode()], clock.now)
    with pytest.raises(Forbidden):
        verify(signature, hook.bodies[0] + b" ", [KEY.encode()], clock.now)


async def test_what_is_refused_is_tried_again_and_shown(room: Room, hook: Listener) -> None:
    """INVARIANT: a notice that cannot be delivered is neither lost nor in anybody's way."""
    clock = Clock()
    hook.status = 500
    notifier = notifier_of(room.pool, hooked(hook), clock)
    await settle(room.pool, notifier, clock, AGE)
    await deliver_all(notifier)
    await deliver_all(notifier)
    assert len(hook.bodies) == 1
    jule = await room.colleague()
    html = (await jule.get("/queues")).text
    assert "1 Meldung per Webhook konnte nicht zugestellt werden" in html
    assert "die Adresse lehnt ab: 500" in html
    clock.now += timedelta(seconds=1)
    await settle(room.pool, notifier, clock)
    await deliver_all(notifier)
    assert len(hook.bodies) == 1
    hook.status = 200
    clock.now += timedelta(seconds=31)
    await deliver_all(notifier)
    assert [json.loads(body)["type"] for body in hook.bodies] == [
        "alarm.raised", "alarm.raised", "alarm.cleared",
    ]  # fmt: skip
    assert hook.headers[0]["dialogwerk-id"] == hook.headers[1]["dialogwerk-id"]
    assert "konnte nicht zugestellt" not in (await jule.get("/queues")).text


async def test_one_way_that_fails_does_not_hold_the_other(pool: Pool, hook: Listener) -> None:
    clock = Clock()
    hook.status = 500
    async with mailbox() as box:
        both = settings(
            **{
                **mailed(box.port).model_dump(include={"smtp_url", "alarm_email_from"}),
                "alarm_email_to": ("ops@example.org",),
                "alarm_webhook_url": hook.url,
                "alarm_webhook_secret": KEY,
            }
        )
        notifier = notifier_of(pool, both, clock)
        await settle(pool, notifier, clock, AGE)
        await deliver_all(notifier)
        assert len(box.mails) == 1


async def test_the_mail_says_it_in_both_languages(pool: Pool) -> None:
    clock = Clock()
    async with mailbox() as box:
        notifier = notifier_of(pool, mailed(box.port), clock)
        await settle(pool, notifier, clock, AGE)
        await deliver_all(notifier)
        clock.now += timedelta(seconds=1)
        await settle(pool, notifier, clock)
        await deliver_all(notifier)
    first, last = box.mails
    assert first.rcpt_tos == ["ops@example.org", "nacht@example.org"]
    assert isinstance(first.content, bytes)
    mail = message_from_bytes(first.content, policy=policy.default)
    assert mail["Subject"] == (
        "[Dialogwerk] Alarm: Etwas wartet zu lange: Neue Kommentare, die sortiert werden (13 Min.)"
    )
    text = mail.get_content()
    assert "Something waits too long: New comments to be sorted (13 min)" in text
    assert "Look at the service that reads here" in " ".join(text.split())
    assert "https://desk.example.org/queues" in text
    assert mail["Auto-Submitted"] == "auto-generated"
    assert isinstance(last.content, bytes)
    over = message_from_bytes(last.content, policy=policy.default)
    assert over["Subject"].startswith("[Dialogwerk] Vorbei: ")
    assert over["Message-ID"] != mail["Message-ID"]


@pytest.mark.parametrize("answer", ["550 no", "451 later", None])
async def test_a_mail_server_that_refuses_or_is_away_is_noted(
    pool: Pool, answer: str | None
) -> None:
    clock = Clock()
    async with mailbox() as box:
        box.answer = answer or ""
        port = box.port if answer else closed_port()
        notifier = notifier_of(pool, mailed(port), clock)
        await settle(pool, notifier, clock, AGE)
        await deliver_all(notifier)
    trouble = await rows(pool, "select trouble, attempts from alarm_notices")
    expected = f"mail_refused:{answer[:3]}" if answer else "mail_silent:ConnectionRefusedError"
    assert trouble == [(expected, 1)]


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def test_a_password_never_travels_in_the_clear(pool: Pool) -> None:
    """INVARIANT: a mail server elsewhere that offers no encryption gets no password."""
    clock = Clock()
    async with mailbox() as box:
        # this machine under an address that does not say so
        chosen = mailed(box.port).model_copy(
            update={"smtp_url": SecretStr(f"smtp://me:hush@127.1:{box.port}")}
        )
        notifier = notifier_of(pool, chosen, clock)
        await settle(pool, notifier, clock, AGE)
        await deliver_all(notifier)
        assert box.mails == []
    assert await rows(pool, "select trouble from alarm_notices") == [("mail_unprotected",)]


def test_the_address_of_a_mail_server_is_read() -> None:
    server = mail_server(settings(smtp_url="smtp://me:hush%21@mail.example.org:25").smtp_url)
    assert not server.is_here
    assert (server.user, server.password.get_secret_value()) == ("me", "hush!")
    assert "hush" not in repr(server)
    assert mail_server(settings(smtp_url="smtps://mail.example.org").smtp_url).port == 465


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"alarm_webhook_url": "https://a.example"}, "ALARM_WEBHOOK_SECRET"),
        ({"alarm_email_to": "a@b.example"}, "SMTP_URL"),
        ({"alarm_email_to": "a@b.example", "smtp_url": "https://x"}, "SMTP_URL"),
        ({"alarm_email_to": "a@b.example", "smtp_url": "smtp://h"}, "ALARM_EMAIL_FROM"),
    ],
)
def test_half_a_way_is_refused_at_the_start(given: dict[str, str], named: str) -> None:
    with pytest.raises(CannotStart, match=named):
        ways_of(settings(**given))


def test_patience_grows_to_an_hour() -> None:
    assert retry_after(1) == timedelta(seconds=30)
    assert retry_after(3) == timedelta(minutes=2)
    assert retry_after(99) == timedelta(hours=1)
