"""A reply that two people approved: who wrote it, who agreed, counted once everywhere."""

import json
from datetime import UTC, datetime, timedelta

from services.kit.db import transaction
from services.kit.pseudonym import pseudonym_keys, team_pseudonym
from services.review import actions
from services.store.care import read_pace
from services.store.dialogue import read_month
from services.store.impact import read_impact
from tests.review.reading import path, rows
from tests.review.room import Room
from tests.review.test_four_eyes import asks_for_two
from tests.review.test_shelf import shelved

EDITED = "Höchstens zehn Prozent, versprochen."


async def test_who_wrote_and_who_agreed_stand_in_every_record(room: Room) -> None:
    """INVARIANT: an approval by two is one answer of the first's draft, with both people's names.

    The second need send nothing but the text they saw.
    """
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")
    auditor = await room.colleague("Ada", role="auditor")
    await asks_for_two(room.pool, "lane", "answer")
    asked = await room.world.item("Wie hoch ist der Eigenanteil?")
    ((draft_id,),) = await rows(room.pool, "select draft_id from drafts")
    publication_id = await shelved(room, jule)
    async with transaction(room.pool) as connection:
        await connection.execute(
            "insert into draft_citations values (%s, %s)", [draft_id, publication_id]
        )
    for visitor, fields in ((jule, {"draft_id": draft_id}), (emre, {})):
        await visitor.get(path(asked))
        answer = await visitor.post(path(asked, "/approve"), revision=1, text=EDITED, **fields)
        assert answer.status_code == 303, answer.text
    first, second = await rows(
        room.pool, "select decision_id, action, draft_id, stance from decisions order by number"
    )
    assert [first[1:], second[1:]] == [
        ("endorse", draft_id, "answer"), ("approve", draft_id, "answer"),
    ]  # fmt: skip
    await room.world.posted(asked, second[0])

    page = (await jule.get(f"/evidence/{second[0]}")).text
    for part in ("Verfasst und zuerst freigegeben von", "Jule", "Als Zweites freigegeben von"):
        assert part in page, part
    assert "<del>" in page, "what the first changed in the draft"
    assert f'href="/evidence/{first[0]}"' in page
    assert f'href="/evidence/{second[0]}"' in (await jule.get(f"/evidence/{first[0]}")).text

    exported = (await auditor.get("/evidence/export?format=jsonl")).text
    one, two = [json.loads(line) for line in exported.splitlines()]
    key, *_ = pseudonym_keys(room.desk.settings)
    me = dict(await rows(room.pool, "select name, account_id from accounts"))
    assert (one["person"], two["person"], two["first_person"]) == tuple(
        team_pseudonym(key, me[name]) for name in ("Jule", "Emre", "Jule")
    )
    assert (two["seconds"], one["seconded_by"]) == (first[0], second[0])
    assert (one["first_person"], one["delivery"], two["delivery"]) == (None, None, "sent")
    assert two["edited"] is True
    assert "Jule" not in exported
    assert me["Jule"] not in exported
    assert ",first_person," in (await auditor.get("/evidence/export?format=csv")).text

    now = datetime.now(UTC)
    async with room.pool.connection() as connection:
        month = await read_month(connection, now - timedelta(days=1), now + timedelta(days=1))
        pace = await read_pace(connection, timedelta(days=30))
        impact = await read_impact(connection, [publication_id])
    assert (month.asked, month.answered) == (1, 1)
    assert (month.unedited, month.edited, month.rejected) == (0, 1, 0)
    assert pace.count == 2, "both have read it and decided"
    assert [(one.approved, one.edited) for one in impact.values()] == [(1, 1)]


async def test_an_agreed_ready_text_stays_what_it_is(room: Room) -> None:
    await asks_for_two(room.pool, "lane", "acknowledge")
    item = await room.world.item("Schön!", lane="acknowledge", kind="praise", draft=False)
    for name, fields in (("a", {"stance": "thank", "wording": "de.thank.1"}), ("b", {})):
        await actions.approve(
            room.pool, await room.account(name), item.comment_key, text="Danke!", revision=1,
            draft_id=None, **fields,  # type: ignore[arg-type]  # by name
        )  # fmt: skip
    said = await rows(room.pool, "select action, stance, wording from decisions order by number")
    assert said == [("endorse", "thank", "de.thank.1"), ("approve", "thank", "de.thank.1")]


async def test_a_first_approval_is_a_decision_of_its_sitting(room: Room) -> None:
    """Between two decisions of one person nothing is left out of the monthly pace."""
    me = await room.account("Jule")
    await asks_for_two(room.pool, "lane", "answer")
    for thread in "abc":
        item = await room.world.item(thread=thread, draft=False)
        await actions.approve(
            room.pool, me, item.comment_key, text="Ja.", revision=1, draft_id=None
        )
    async with transaction(room.pool) as connection:
        await connection.execute("alter table decisions disable trigger user")
        await connection.execute(
            "update decisions set decided_at = decided_at + number * interval '60 seconds'"
        )
        now = datetime.now(UTC)
        month = await read_month(connection, now - timedelta(days=1), now + timedelta(days=1))
    assert month.decision is not None
    assert 60 <= month.decision < 62
