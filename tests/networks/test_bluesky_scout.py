"""Pages are found on a real PDS; private persons, opt-outs and blocks are honoured."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import pytest
import pytest_asyncio

from services.networks.bluesky.records import PROFILE
from services.outreach.survey import Method, Survey
from tests.networks.bluesky_appview import running_view
from tests.networks.bluesky_finding import FOLLOW, FindingView
from tests.networks.bluesky_pds import Pds, Person, fresh_key, join, stamp, the_pds
from tests.networks.bluesky_stage import House, open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

T = TypeVar("T")


@dataclass
class Scene:
    """A verified initiative with a lively post, a person, an opt-out, and one who blocks us."""

    house: House
    view: FindingView
    initiative: Person
    person: Person
    shy: Person
    blocking: Person
    asked: list[tuple[Method, str]]

    def survey(self) -> Survey:
        async def ask(host: str, method: Method, about: str, work: Callable[[], Awaitable[T]]) -> T:
            assert host == "bluesky"
            self.asked.append((method, about))
            return await work()

        scout = self.house.network().scout
        return Survey(
            scout, ask, ["Stadtgrün"], lambda _: False, lambda _: False, datetime.now(UTC)
        )


@pytest.fixture(scope="module")
def pds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pds:
    return the_pds(request, tmp_path_factory)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(pds: Pds) -> AsyncIterator[Scene]:
    async with running_view(pds, FindingView) as view, open_house(pds, firehose=False) as house:
        assert isinstance(view, FindingView)
        names = ("kiez", "anna", "scheu", "streit", "gast1", "gast2", "gast3", "gast4")
        people = await asyncio.gather(*(join(pds, house.client, name) for name in names))
        initiative, person, shy, blocking, *guests = people
        await introduce(initiative, "Initiative Grüner Kiez", "Wir pflanzen.")
        await introduce(person, "Anna Weber", "Ich mag Bäume und unsere Initiative.")
        await introduce(shy, "Verein der Stillen", "Wir reden leise.", "!no-unauthenticated")
        await introduce(blocking, "Bündnis Beton", "Wir bauen.")
        view.checked |= {one.did for one in (initiative, person, shy, blocking)}
        for one in (person, shy, blocking):
            await one.post("Mehr #Stadtgrün!")
        await blocking.block(house.org)
        root = await initiative.post("Stadtgrün kühlt. Mehr: https://lindenhof.example/gruen")
        await asyncio.gather(*(one.post("Ja!", under=root) for one in (*guests, person)))
        follow = {"$type": FOLLOW, "subject": initiative.did, "createdAt": stamp()}
        await house.guest.put(FOLLOW, fresh_key(), follow)
        await introduce(house.guest, "Ortsverband Warlebek", "Wir helfen.")
        view.checked.add(house.guest.did)
        yield Scene(house, view, initiative, person, shy, blocking, [])


async def introduce(who: Person, name: str, about: str, label: str = "") -> None:
    record = {"$type": PROFILE, "displayName": name, "description": about}
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": label}]}
    await who.put(PROFILE, "self", {**record, **({"labels": labels} if label else {})})


async def test_only_organisations_that_want_it_are_found(scene: Scene) -> None:
    """INVARIANT: no private person, no opt-out and nobody who blocks us comes out of a search."""
    result = await scene.survey().topic("Stadtgrün")
    (found,) = result.found
    assert found.profile.page_id == scene.initiative.did
    assert (found.actor.relation, found.actor.proof) == ("partner", "vouched")
    assert found.profile.address == scene.initiative.handle
    (topic,) = found.topics
    assert (topic.posts, topic.answers) == (None, 5)
    assert topic.samples[0].url.startswith("https://bsky.app/profile/did:")
    assert {scene.person.did, scene.shy.did} <= result.unlisted
    for method, about in scene.asked:
        assert scene.person.did not in about, method
        assert scene.person.handle not in about, method


async def test_links_to_us_and_follows_of_partners_are_counted(scene: Scene) -> None:
    linked = await scene.survey().links(["lindenhof.example"])
    assert [one.profile.page_id for one in linked.found] == [scene.initiative.did]
    assert linked.ties[scene.initiative.did].number is None
    followed = await scene.survey().partners([scene.house.guest.handle])
    assert [one.profile.page_id for one in followed.found] == [scene.initiative.did]
    assert followed.ties[scene.initiative.did].number is None
    before = len(scene.view.asked)
    assert (await scene.survey().partners([scene.person.handle])).found == []
    assert "app.bsky.graph.getFollows" not in scene.view.asked[before:]
