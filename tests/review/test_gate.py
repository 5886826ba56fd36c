"""The gate is awake: planted drafts are told, counted for the team alone, and never published."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from services.deliver.look import why_not
from services.kit.db import transaction
from services.networks.network import Standing
from services.review import actions
from services.review.gate import judged
from services.review.refusals import Refused
from services.store import deliveries, planted
from services.store.books import read_books
from services.store.deadlines import Promised, read_waiting
from services.store.decisions import Decision, add_decision
from services.store.labels import read_labels
from services.store.planted import Planted
from services.store.spending import spent_since
from tests.review.reading import path, promised, read_item, rows
from tests.review.room import Room
from tests.world import QUOTE, Seeded

FALSE = QUOTE.replace("15 Euro", "51 Euro")
TEXT = f"Danke für die Frage! {QUOTE}"
WRONG = f"Danke für die Frage! {FALSE}"


async def plant(room: Room, text: str = "Was zählt eine Stunde?") -> tuple[Seeded, Planted]:
    """Return a waiting comment, with a false version in front of its draft."""
    asked = await room.world.item(text)
    item = await read_item(room.pool, asked.comment_key)
    async with transaction(room.pool) as connection:
        real = await rows(
            room.pool, "select sentences from drafts where draft_id = %s", item.draft_id
        )
        sentences = [{**one, "text": one["text"].replace(QUOTE, FALSE)} for one in real[0][0]]
        made = Planted.model_validate(
            {
                "planted_id": uuid4().hex, "draft_id": item.draft_id, "kind": "figure",
                "truth": QUOTE, "falsehood": FALSE, "text": WRONG, "sentences": sentences,
            }
        )  # fmt: skip
        await planted.save_planted(connection, made)
    return asked, made


async def decided(room: Room) -> list[object]:
    said = [row for row in await promised(room.pool) if row[0].startswith("drafts.approved")]
    return [*await rows(room.pool, "select action from decisions"), *said]


async def real_id(room: Room, asked: Seeded) -> str:
    return (await read_item(room.pool, asked.comment_key)).draft_id or ""


async def test_the_planted_draft_is_shown_as_any_other(room: Room) -> None:
    jule = await room.colleague()
    asked, made = await plant(room)
    html = (await jule.get(path(asked))).text
    assert html.count(FALSE) >= 2
    assert f'value="{made.planted_id}"' in html
    assert "untergeschoben" not in html


@pytest.mark.parametrize(
    ("form", "fields", "said", "counted"),
    [
        ("approve", {"text": WRONG}, "Das kann allen passieren", [(0, 1)]),
        ("approve", {"text": f"  {WRONG.upper()}\n"}, "Das kann allen passieren", [(0, 1)]),
        ("approve", {"text": TEXT}, "Gut bemerkt", [(1, 0)]),
        ("reject", {"reason": "Die Zahl stimmt nicht"}, "Gut bemerkt", [(1, 0)]),
        ("close", {}, "Nur damit Sie es wissen", []),
    ],
    ids=["approved", "shouted", "mended", "rejected", "closed"],
)
async def test_whoever_decides_about_it_is_told_and_nothing_is_decided(
    room: Room, form: str, fields: dict[str, str], said: str, counted: list[tuple[int, int]]
) -> None:
    """INVARIANT: no form makes a decision out of a planted draft."""
    jule = await room.colleague()
    asked, made = await plant(room)
    seen = {"draft_id": made.planted_id, "seen": made.planted_id, "revision": "1"}
    for _ in range(2):
        answer = await jule.post(path(asked, f"/{form}"), **seen, **fields)
        assert answer.status_code == 200
        assert said in answer.text
        assert f"<mark>{FALSE}</mark>" in answer.text
    assert await decided(room) == []
    assert (await read_item(room.pool, asked.comment_key)).status == "open"
    assert await rows(room.pool, "select caught, missed from gate_weeks") == counted
    html = (await jule.get(path(asked))).text
    assert FALSE not in html, "from now on the real draft is shown"
    done = await jule.post(
        path(asked, "/approve"), text=TEXT, revision=1, draft_id=await real_id(room, asked)
    )
    assert done.status_code == 303
    assert (await read_item(room.pool, asked.comment_key)).status == "decided"


@pytest.mark.parametrize(
    "text",
    [WRONG, FALSE, f"Hallo!\n\n{FALSE.upper()}", FALSE.replace(" ", "\n"), f"{FALSE} Viele Grüße"],
    ids=["whole", "sentence", "shouted", "broken", "within"],
)
@pytest.mark.parametrize("settled", [False, True], ids=["standing", "settled"])
async def test_the_false_sentence_is_approved_on_no_way(
    room: Room, text: str, *, settled: bool
) -> None:
    """INVARIANT: a planted sentence is never approved: by no form, for no comment, not in SQL."""
    jule, account = await room.colleague(), await room.account("Ruth")
    asked, made = await plant(room)
    other = await room.world.item("Und bei uns?")
    if settled:
        async with transaction(room.pool) as connection:
            await planted.settle(connection, made.planted_id)
    for target in (asked, other):
        for draft_id in ("", await real_id(room, target)):
            answer = await jule.post(
                path(target, "/approve"), text=text, revision=1, draft_id=draft_id
            )
            assert answer.status_code == 409
            assert "zur Probe falsch untergeschoben" in answer.text
    with pytest.raises(Refused, match="planted"):
        await actions.approve(
            room.pool, account, asked.comment_key, text=text, revision=1, draft_id=made.planted_id
        )
    with pytest.raises(Refused, match="other_draft"):
        await actions.approve(
            room.pool, account, asked.comment_key, text="Anders gesagt.", revision=1,
            draft_id=made.planted_id,
        )  # fmt: skip
    straight = Decision(uuid4().hex, "approve", asked.thread_key, account, asked.comment_key, 1)
    ways: list[tuple[str | None, str]] = [(None, text), (made.planted_id, "Anders gesagt.")]
    for unreal, words in ways:
        with pytest.raises(psycopg.errors.IntegrityError):
            async with transaction(room.pool) as connection:
                await add_decision(
                    connection,
                    Decision(**{**vars(straight), "draft_id": unreal, "text": words}),
                )
    assert await decided(room) == []


async def test_what_was_approved_before_the_same_words_were_planted_is_not_posted(
    room: Room,
) -> None:
    """INVARIANT: deliver looks once more, and the store refuses to begin posting."""
    account = await room.account("Ruth")
    other = await room.world.item("Und bei uns?", draft=False)
    await actions.approve(
        room.pool, account, other.comment_key, text=WRONG, revision=1, draft_id=None
    )
    await plant(room)
    found = await rows(room.pool, "select decision_id from decisions")
    now = datetime.now(UTC)
    async with room.pool.connection() as connection:
        approval = await deliveries.read_approval(connection, found[0][0], now)
    assert approval is not None
    assert why_not(approval, Standing("c1", "1", "Frage?", "public", can_reply=True)) == "planted"
    with pytest.raises(psycopg.errors.CheckViolation):
        async with transaction(room.pool) as connection:
            await deliveries.mark_sending(connection, approval, now, now)
    assert await rows(room.pool, "select * from deliveries") == []


async def test_a_planted_draft_cannot_lose_its_mark(room: Room) -> None:
    """INVARIANT: it is marked in the data, and no draft, decision or cache can refer to it."""
    _, made = await plant(room)
    with pytest.raises(psycopg.errors.CheckViolation):
        async with transaction(room.pool) as connection:
            await connection.execute("update planted_drafts set planted = false")
    columns = await rows(
        room.pool,
        "select table_name, column_name from information_schema.columns"
        " where table_name in ('planted_drafts', 'gate_weeks')",
    )
    assert not [name for _, name in columns if "account" in name or name.endswith("_at")]
    assert await rows(
        room.pool, "select * from drafts where draft_id = %s", made.planted_id
    ) == []  # fmt: skip


async def test_planted_drafts_stand_in_no_figure(room: Room) -> None:
    """INVARIANT: books, deadlines, impact, labels, gaps and costs are those without them."""
    jule = await room.colleague()
    await room.world.item("Was zählt eine Stunde?")

    async def figures() -> list[object]:
        now = datetime.now(UTC)
        hours: dict[Promised, timedelta] = {
            "question": timedelta(hours=1), "criticism": timedelta(hours=1),
        }  # fmt: skip
        async with room.pool.connection() as connection:
            books = await read_books(connection)
            waiting = await read_waiting(connection, hours, now)
            return [
                books, [one.count for one in waiting],
                await rows(room.pool, "select * from citings"), await read_labels(connection),
                await spent_since(connection, now - timedelta(days=1)),
                await rows(room.pool, "select * from gap_questions"),
                await rows(room.pool, "select count(*) from drafts"),
            ]  # fmt: skip

    asked, made = await plant(room, "Was zählt die Arbeit?")
    before = await figures()
    answer = await jule.post(
        path(asked, "/reject"), seen=made.planted_id, reason="Falsch", revision=1
    )
    assert answer.status_code == 200
    assert await figures() == before


async def test_two_people_are_told_and_one_outcome_is_counted(room: Room) -> None:
    jule, ruth = await room.colleague(), await room.colleague("Ruth")
    asked, made = await plant(room)
    for person, text in ((jule, TEXT), (ruth, WRONG)):
        answer = await person.post(
            path(asked, "/approve"), text=text, revision=1, draft_id=made.planted_id
        )
        assert FALSE in answer.text
    assert await rows(room.pool, "select caught, missed from gate_weeks") == [(1, 0)]


async def test_the_team_sets_the_rate_and_sees_its_trend(room: Room) -> None:
    jule = await room.colleague(role="senior")
    mona = await room.colleague("Mona", role="moderator")
    assert "ausgeschaltet" in (await jule.get("/gate")).text
    assert (await jule.post("/gate", rate="0.02")).status_code == 303
    assert (await mona.post("/gate", rate="0.1")).status_code == 403
    assert (await jule.post("/gate", rate="0.5")).status_code == 400
    assert await rows(room.pool, "select rate::text from gate_rates") == [("0.020",)]
    monday = datetime(2026, 11, 16, tzinfo=UTC).date()
    async with transaction(room.pool) as connection:
        for caught in (True, True, True, False):
            await planted.count(connection, monday, "figure", caught=caught)
    assert "75\N{NO-BREAK SPACE}%" not in (await mona.get("/gate")).text, "four are too few"
    async with transaction(room.pool) as connection:
        await planted.count(connection, monday, "date", caught=True)
    html = (await mona.get("/gate")).text
    assert "80\N{NO-BREAK SPACE}%" in html
    assert "2\N{NO-BREAK SPACE}%" in html
    assert 'name="rate"' not in html


def test_what_counts_as_caught() -> None:
    made = Planted(
        planted_id="p", draft_id="d", kind="figure", truth=QUOTE, falsehood=FALSE, text=WRONG,
        sentences=[],
    )  # fmt: skip
    assert judged(made, "approve", f"Oh, {FALSE}") == "missed"
    assert judged(made, "approve", "Ganz anders.") == "caught"
    assert judged(made, "reject", "") == "caught"
    assert judged(made, "close", "") == "aside"
