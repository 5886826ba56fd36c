"""The stream rings, dies, comes back or is not there; nothing is lost either way."""

import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
import pytest_asyncio

from schemas.inbound import InboundEvent
from services.networks.network import Temporary
from tests.networks.mastodon_server import Server, mastodon_server
from tests.networks.mastodon_square import Heard, Square, hear, square
from tests.networks.mastodon_stage import QUICK
from tests.networks.mastodon_world import GOTOSOCIAL, MASTODON, Flavour

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    async with mastodon_server() as running:
        yield running


SELDOM = replace(QUICK, notifications=600.0, pages=600.0, decay=((172_800.0, 600.0),))
"""Nothing is looked at unless the stream rings."""
DEAF = replace(QUICK, without_stream=0.1)


@pytest_asyncio.fixture(
    loop_scope="module", params=[MASTODON, GOTOSOCIAL], ids=["mastodon", "gotosocial"]
)
async def here(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Square]:
    async with square(server, request.param) as opened:
        yield opened


def says(text: str) -> Callable[[Heard], bool]:
    return lambda heard: text in heard.texts


def tells(kind: str) -> Callable[[Heard], bool]:
    return lambda heard: kind in heard.types


async def test_the_stream_tells_at_once_from_a_host_of_its_own(here: Square) -> None:
    network = here.network(timings=SELDOM)
    heard = await hear(network, says("Wann?"), meanwhile=lambda: here.comment("Wann?"))
    assert heard.texts == ["Wann?"]
    assert not any("streaming" in seen.path for seen in here.wire.seen)


async def test_a_deletion_rings_and_is_told_at_once(here: Square) -> None:
    comment = here.comment("Ups")
    heard = await hear(here.network(), says("Ups"))
    network = here.network(timings=SELDOM)
    later = await hear(
        network,
        tells("comment.deleted.v1"),
        heard.cursor,
        meanwhile=lambda: here.server.world.delete(here.jana, comment.id),
    )
    deleted = next(e for e in later.told if isinstance(e, InboundEvent))
    assert (deleted.id, deleted.data.text) == (f"{comment.id}#del", "")


async def test_a_stream_that_dies_silently_is_noticed_and_nothing_is_lost(here: Square) -> None:
    """INVARIANT: a quiet stream is told from a dead one, and what it missed is read."""
    heard: list[Heard] = []

    def keep(one: Heard) -> bool:
        heard.append(one)
        return False

    def freeze() -> None:
        here.server.streams.freeze()
        here.server.world.post(here.jana, "@lindenhof Ins Leere gesagt", visibility="public")

    network = here.network(timings=replace(SELDOM, ping=0.2))
    with pytest.raises(Temporary):
        await hear(network, keep, meanwhile=freeze)
    assert heard[-1].texts == []
    again = await hear(network, says("Ins Leere gesagt"), heard[-1].cursor)
    assert again.texts == ["Ins Leere gesagt"]


async def test_a_stream_that_ends_is_taken_up_again_by_the_caller(here: Square) -> None:
    network = here.network(timings=SELDOM)
    here.comment("Hallo")
    with pytest.raises(Temporary):
        await hear(network, lambda _: False, meanwhile=here.server.streams.cut)


async def test_a_server_without_a_stream_is_polled(here: Square) -> None:
    here.server.streams.refuses = True
    network = here.network(timings=replace(DEAF, decay=SELDOM.decay))
    heard = await hear(network, says("Wann?"), meanwhile=lambda: here.comment("Wann?"))
    assert heard.texts == ["Wann?"]


async def test_a_stream_that_comes_back_is_used_and_what_it_missed_is_read(here: Square) -> None:
    streams = here.server.streams
    streams.refuses = True

    def repair() -> None:
        streams.refuses = False
        here.server.world.post(here.jana, "@lindenhof Verpasst", visibility="public")

    network = here.network(timings=replace(SELDOM, notifications=0.2, without_stream=600.0))
    heard = await hear(network, says("Verpasst"), meanwhile=repair)
    assert heard.texts == ["Verpasst"]


async def test_a_token_that_the_stream_reads_in_the_address_only(server: Server) -> None:
    async with square(server, replace(GOTOSOCIAL, reads_header=False)) as here:
        network = here.network(timings=SELDOM)
        heard = await hear(network, says("Wann?"), meanwhile=lambda: here.comment("Wann?"))
        assert heard.texts == ["Wann?"]
        assert here.server.streams.by_address == 1


async def test_unknown_and_broken_frames_are_passed_over(here: Square) -> None:
    def chatter() -> None:
        send = here.server.streams.send
        send("no json")
        send(json.dumps({"event": "emoji_reaction", "payload": "{}"}))
        send(json.dumps({"event": "update", "payload": '{"id": 1}'}))
        send(json.dumps({"event": "filters_changed"}))
        send(json.dumps({"event": "delete", "payload": "01M81YA9R2M9E0WG8CGC8ECGCA"}))
        here.comment("Und doch")

    heard = await hear(here.network(timings=SELDOM), says("Und doch"), meanwhile=chatter)
    assert heard.texts == ["Und doch"]


async def test_an_old_server_with_version_one_only_is_understood(server: Server) -> None:
    old = Flavour(
        ulids=True, keys=False, filters=False, instance_v2=False, lookup=False, null_lists=True,
        max_characters=1000, reads=None,
    )  # fmt: skip
    async with square(server, old) as here:
        here.comment("Wann?")
        network = here.network(timings=SELDOM)
        await hear(network, says("Wann?"))
        assert network.capabilities.max_length == 1000 - 32


@pytest.mark.parametrize("reads_header", [True, False])
async def test_the_token_is_in_no_log(
    server: Server, caplog: pytest.LogCaptureFixture, *, reads_header: bool
) -> None:
    """INVARIANT: not even the libraries' most talkative level writes the token down."""
    for talkative in (None, "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=talkative)
    async with square(server, replace(GOTOSOCIAL, reads_header=reads_header)) as here:
        here.org.token = "very-secret-token"
        here.comment("Wann?")
        await hear(here.network(), says("Wann?"))
    ours = [entry for entry in caplog.records if not entry.name.startswith("websockets.server")]
    assert any(entry.name.startswith("httpcore") for entry in ours)
    assert not [entry.name for entry in ours if "very-secret-token" in entry.getMessage()]


async def test_an_edited_post_is_the_context_of_later_comments(server: Server) -> None:
    async with square(server, MASTODON) as here:
        heard: list[str] = []

        def edit_and_ask() -> None:
            here.server.world.edit(here.org, here.root.id, "Am Sonntag ist Hoffest.")
            here.comment("Wann?")

        def knows_the_new_text(so_far: Heard) -> bool:
            if "Erstens" in so_far.texts and not heard:
                heard.append("Erstens")
                edit_and_ask()
            roots = [e.data.root.text for e in so_far.told if isinstance(e, InboundEvent)]
            return "Am Sonntag ist Hoffest." in roots

        here.comment("Erstens")
        await hear(here.network(), knows_the_new_text)
