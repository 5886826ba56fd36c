"""A house that burnt down goes on in a new one: nothing is said twice, nothing erased returns."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.replies import ReplyPosted, ReplyReturned
from services.commands.backup import put_back, take_backup
from services.commands.forget import erase, eraser
from services.ingest.ledger import NAME, read_graves
from services.kit.db import Pool, open_pool
from services.kit.servers.nats import embedded_nats
from services.kit.service import CannotStart
from services.kit.settings import Settings
from services.store.erasures import Erasure
from tests.conftest import fresh_database
from tests.deliver.scene import finished
from tests.ingest.events import KEY
from tests.journeys.traveller import Traveller
from tests.journeys.venues import BLUESKY, ON_MASTODON, SANDBOX, NewStage
from tests.review.reading import rows

ANSWER = "Um 15 Uhr, im Hof."

pytestmark = pytest.mark.parametrize(
    "venue", [SANDBOX, BLUESKY, ON_MASTODON], indirect=True, ids=lambda one: one.name
)


@pytest.fixture
def old(database_url: str, tmp_path: Path) -> Settings:
    """The house that will burn down; its bus is not asked."""
    return house(database_url, "nats://gone.invalid", erasures_file=str(tmp_path / NAME))


@pytest.fixture
async def new_bus(tmp_path: Path) -> AsyncIterator[str]:
    async with embedded_nats(tmp_path / "new", sync_interval="100ms") as server:
        yield server.url


def house(database_url: str, nats_url: str, **more: str) -> Settings:
    return Settings.model_validate(
        {"database_url": database_url, "nats_url": nats_url, "pseudonym_key": KEY.decode(), **more}
    )


async def test_a_restored_house_looks_before_it_posts(
    new_stage: NewStage, pool: Pool, old: Settings, new_bus: str, template: str
) -> None:
    """INVARIANT: what was posted after the backup is not posted again; what was erased stays so.

    Where looking by words alone is all that is possible, a person has to look.
    """
    stage = await new_stage()
    before = Traveller(pool, stage)
    keyed = stage.network.capabilities.keyed_posting
    names = ("posted", "posted later", "never posted", "erased", "not drafted", "not sorted")
    asked = {name: await stage.someone_comments(f"Wann beginnt es ({name})?") for name in names}
    await before.hear_of(*asked.values())
    for name in names[:5]:
        await before.sort(asked[name])
    decided = {name: await before.approve(asked[name], ANSWER) for name in names[:3]}
    assert isinstance(await finished(before.posting(), decided["posted"]), ReplyPosted)
    beside = Path(old.erasures_file)
    file = await take_backup(old, beside.parent, datetime.now(UTC))
    assert isinstance(await finished(before.posting(), decided["posted later"]), ReplyPosted)
    gone = before.key(asked["erased"])
    order = Erasure("e" * 32, "comment", gone, "test", datetime.now(UTC))
    assert await erase(pool, eraser(pool, old), order) == 1
    async with fresh_database(template) as fresh, open_pool(fresh) as empty:
        graves = read_graves(beside)
        said = await put_back(house(fresh, new_bus), file, graves, datetime.now(UTC))
        assert said[1:3] == [
            "1 comments are erased again",
            "2 approvals may have been posted since: each is looked up before it is sent",
        ]
        assert await told(empty) == {
            "CommentReceived": 1, "CommentRouted": 1,
            "DraftApproved": 2, "CommentDeleted": 1,
        }  # fmt: skip
        after = Traveller(empty, stage)
        posting = after.posting()
        for name in names[:2]:
            assert isinstance(await finished(posting, decided[name]), ReplyPosted), name
        last = await finished(posting, decided["never posted"])
        if keyed:
            assert isinstance(last, ReplyPosted)
        else:
            assert isinstance(last, ReplyReturned)
            assert last.code == "outcome_unknown"
        for name in names[:2]:
            assert len(await stage.texts_under(asked[name])) == 1, name
        assert len(await stage.texts_under(asked["never posted"])) == keyed
        assert await rows(
            empty, "select 1 from comment_revisions where comment_key = %s", gone
        ) == []  # fmt: skip
        with pytest.raises(CannotStart, match="not empty"):
            await put_back(house(fresh, new_bus), file, [], datetime.now(UTC))


async def told(pool: Pool) -> dict[str, int]:
    """Count what a bus that remembers nothing is told, apart from what the backup still held."""
    found = await rows(
        pool, "select coalesce(substring(msg_id from ':([A-Z][A-Za-z]+):'), split_part(msg_id, ':',"
        " 1)), count(*) from outbox where msg_id like 'restored:%%' or msg_id like 'CommentDel%%'"
        " group by 1",
    )  # fmt: skip
    return dict(found)
