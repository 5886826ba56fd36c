"""A service that was taken over can do no more than its own work."""

from collections.abc import AsyncIterator
from pathlib import Path

import nats
import nats.errors
import psycopg
import pytest
from nats.aio.client import Client
from psycopg import errors

from schemas.streams import CONSUMERS, STREAMS
from services import house
from services.commands.generate import bus_users
from services.kit.bus_users import as_user, inbox_of
from services.kit.provision import provision_bus
from services.kit.servers.nats import embedded_nats
from services.store.roles import Privileges, as_role, load_privileges, provision_roles

PASSWORDS = {name: f"password-of-{name}" for name in house.SERVICES}


@pytest.fixture
async def bus_url(tmp_path: Path) -> AsyncIterator[str]:
    async with embedded_nats(
        tmp_path, sync_interval="100ms", users=bus_users(), passwords=PASSWORDS
    ) as server:
        await provision_bus(server.url, STREAMS, CONSUMERS)
        yield server.url


async def signed_in(bus_url: str, service: str) -> Client:
    async def ignore(_: Exception) -> None:
        """A violation is told twice; the unanswered publish is what counts here."""

    return await nats.connect(
        as_user(bus_url, service, PASSWORDS[service]),
        allow_reconnect=False, error_cb=ignore, inbox_prefix=inbox_of(service).encode(),
    )  # fmt: skip


@pytest.mark.parametrize("service", sorted(set(PASSWORDS) - {"review"}))
async def test_only_the_desk_says_that_a_person_approved(bus_url: str, service: str) -> None:
    """INVARIANT: no other service can put an approval on the bus."""
    desk = await signed_in(bus_url, "review")
    other = await signed_in(bus_url, service)
    approval = ("drafts.approved.sandbox", b"{}")
    with pytest.raises((nats.errors.Error, TimeoutError)):
        await other.jetstream().publish(*approval, timeout=0.5)
    assert (await desk.jetstream().publish(*approval, timeout=5)).stream == "drafts"
    await other.close()
    await desk.close()


async def test_answers_on_the_bus_are_heard_by_whom_they_are_for(bus_url: str) -> None:
    """INVARIANT: a service cannot listen to what another one fetches."""
    other = await signed_in(bus_url, "outreach")
    heard = await other.subscribe(f"{inbox_of('answer')}.>")
    everything = await other.subscribe("comments.>")
    await other.flush()
    owner = await nats.connect(bus_url)
    await owner.publish(f"{inbox_of('answer')}.x", b"an answer")
    await owner.jetstream().publish("comments.received.sandbox", b"{}")
    await owner.flush()
    for subscription in (heard, everything):
        with pytest.raises((nats.errors.Error, TimeoutError)):
            await subscription.next_msg(timeout=0.3)
    await owner.close()
    await other.close()


@pytest.fixture
async def database(database_url: str) -> str:
    await provision_roles(database_url, load_privileges(), PASSWORDS, tighten=True)
    return database_url


FORBIDDEN = {
    "only the desk decides": (
        {"ingest", "index", "route", "answer", "deliver", "outreach"},
        "insert into decisions (decision_id) values ('x')",
    ),
    "only deliver marks a reply as sent": (
        {"review", "ingest", "index", "route", "answer", "outreach"},
        "insert into deliveries (decision_id) values ('x')",
    ),
    "only the desk knows who signs in": (
        {"ingest", "index", "route", "answer", "deliver", "outreach"},
        "select password_hash from accounts",
    ),
    "nobody changes what was decided": (
        {"review", "ingest", "index", "route", "answer", "deliver", "outreach"},
        "delete from decisions",
    ),
    "nobody builds tables": (
        {"review", "ingest", "index", "route", "answer", "deliver", "outreach"},
        "create table stolen ()",
    ),
    "the networks' secrets are for those who speak to networks": (
        {"index", "route", "answer"},
        "select secrets from current_connections",
    ),
}


@pytest.mark.parametrize("rule", FORBIDDEN)
async def test_the_database_refuses_what_is_not_a_services_work(database: str, rule: str) -> None:
    """INVARIANT: the one rule above all is held by the database, whatever a service's code does."""
    services, statement = FORBIDDEN[rule]
    for service in sorted(services):
        url = as_role(database, service, PASSWORDS[service])
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            with pytest.raises(errors.InsufficientPrivilege):
                await connection.execute(statement.encode())


async def test_what_a_release_no_longer_needs_is_taken_away_when_told(database: str) -> None:
    """During an upgrade the earlier release's services go on working."""
    less: Privileges = {**load_privileges(), "deliver": {"comments": ["select"]}}
    assert await provision_roles(database, less, PASSWORDS, tighten=False) == []
    url = as_role(database, "deliver", PASSWORDS["deliver"])
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("select from deliveries")
        told = await provision_roles(database, less, PASSWORDS, tighten=True)
        assert any("may no longer" in line and "deliveries" in line for line in told)
        with pytest.raises(errors.InsufficientPrivilege):
            await connection.execute("select from deliveries")
        await connection.execute("select from comments")
    new = {**PASSWORDS, "deliver": "another"}
    await provision_roles(database, load_privileges(), new, tighten=False)
    with pytest.raises(psycopg.OperationalError, match="password"):
        await psycopg.AsyncConnection.connect(url)
