"""Mutes by the desk itself, of one account's part, with evidence, and the dignified exit."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from schemas.comments import Reason
from schemas.threads import MuteSuggested
from services.kit.db import Pool, transaction
from services.review import actions, muting
from services.review.leaving import leave
from services.review.refusals import Refused
from services.store import conversations, deliveries, mute_figures, mutes
from services.store.items import Status
from tests.review.hearing import Hear
from tests.review.reading import path, promised, read_item, rows
from tests.review.room import Room
from tests.world import Seeded, World

ME = "somebody"
AFTERWARDS = -timedelta(hours=1)
EVIDENCE = [
    Reason(rule="answers_without_new_question", detail="4|2026-11-17"),
    Reason(rule="repeats_answered_claim", detail="3"),
    Reason(rule="insults", detail="2|6"),
]


async def suggest(
    pool: Pool, troll: Seeded, *, strict: bool = True, whole: bool = False
) -> MuteSuggested:
    """Store a suggestion about the account of a comment, which is idle, as route does."""
    now = datetime.now(UTC)
    made = conversations.Suggestion(
        suggestion_id=uuid4().hex, thread_key=troll.thread_key,
        author_key=None if whole else troll.row.author_key, comment_key=troll.comment_key,
        revision=1, strict=strict, score=5.0, evidence=EVIDENCE, idle=[troll.comment_key],
        suggested_at=now,
    )  # fmt: skip
    async with transaction(pool) as connection:
        await conversations.save_suggestion(connection, made, "test")
    return MuteSuggested(
        happened_at=now, network="sandbox", thread_key=troll.thread_key,
        suggestion_id=made.suggestion_id, strict=strict,
    )  # fmt: skip


async def quarrel(world: World) -> tuple[Seeded, Seeded]:
    """Return an open comment by a troll and one by somebody else in the same thread."""
    troll = await world.item("Alles gelogen!", author="Klaus", lane="discuss", kind="attack")
    other = await world.item("Bis wann läuft die Frist?", author="Mira")
    return troll, other


async def statuses(pool: Pool, *seeded: Seeded) -> list[Status]:
    return [(await read_item(pool, one.comment_key)).status for one in seeded]


async def standing(pool: Pool) -> list[mutes.MuteRow]:
    async with pool.connection() as connection:
        return await mutes.read_mutes(connection)


async def test_the_system_mutes_one_account_and_nobody_else(
    pool: Pool, hear: Hear, world: World
) -> None:
    """INVARIANT: a mute of one account's part of a thread holds nobody else's comment back."""
    troll, other = await quarrel(world)
    event = await suggest(pool, troll)
    for _ in range(2):
        await hear(event)
    assert await statuses(pool, troll, other) == ["muted", "open"]
    (mute,) = await standing(pool)
    assert (mute.by_system, mute.muted_account, mute.held_back) == (True, "Klaus", 1)
    assert mute.evidence == EVIDENCE
    subjects = [subject.split(".")[1] for subject, _, _ in await promised(pool)]
    assert subjects == ["muted", "unmuted"]


async def test_what_stood_before_keeps_its_place_unless_it_is_idle(
    pool: Pool, hear: Hear, world: World
) -> None:
    """INVARIANT: a mute by the system takes no criticism off the queue that was there before."""
    early = await world.item("Die Frist ist viel zu kurz!", author="Klaus", lane="acknowledge")
    troll, _ = await quarrel(world)
    await hear(await suggest(pool, troll))
    later = await world.item("Lügner!", author="Klaus", lane="discuss", ago=AFTERWARDS)
    assert await statuses(pool, early, troll, later) == ["open", "muted", "muted"]
    await actions.approve(
        pool, ME, early.comment_key, text="Stimmt, danke.", revision=1, draft_id=None
    )
    assert await statuses(pool, early) == ["decided"]


@pytest.mark.parametrize("reason", ["not strict", "page only suggests"])
async def test_what_is_not_strict_or_not_wanted_is_only_suggested(
    pool: Pool, hear: Hear, world: World, reason: str
) -> None:
    troll, other = await quarrel(world)
    if reason == "page only suggests":
        ((page_key,),) = await rows(pool, "select page_key from pages")
        await muting.switch_muting(pool, ME, page_key, allowed=False)
    await hear(await suggest(pool, troll, strict=reason != "not strict"))
    assert await statuses(pool, troll, other) == ["open", "open"]
    async with pool.connection() as connection:
        seen = await conversations.open_suggestion(connection, troll.comment_key)
        assert seen is not None
        assert seen.evidence == EVIDENCE
        assert await conversations.open_suggestion(connection, other.comment_key) is None


async def test_what_a_person_has_lifted_the_system_never_mutes_again(
    pool: Pool, hear: Hear, world: World
) -> None:
    """INVARIANT: people overrule the system, and the rate of it is counted."""
    troll, _ = await quarrel(world)
    await hear(await suggest(pool, troll))
    (mute,) = await standing(pool)
    await actions.unmute(pool, ME, mute.mute_id, reason="Das war Kritik")
    assert await statuses(pool, troll) == ["open"]
    await hear(await suggest(pool, troll))
    assert await statuses(pool, troll) == ["open"]
    async with pool.connection() as connection:
        figures = await mute_figures.read_figures(connection)
    assert (figures.by_system, figures.undone, figures.seconds) == (1, 1, mute_figures.FALLBACK)


async def test_a_person_mutes_only_one_account_or_follows_a_suggestion(
    pool: Pool, world: World
) -> None:
    troll, other = await quarrel(world)
    await actions.mute(pool, ME, troll.comment_key, reason="Streit", days=3, whole=False)
    assert await statuses(pool, troll, other) == ["muted", "open"]
    event = await suggest(pool, other, strict=False)
    await actions.mute(
        pool, ME, other.comment_key, reason="", days=3, suggestion_id=event.suggestion_id
    )
    assert await statuses(pool, troll, other) == ["muted", "muted"]
    assert [(mute.by_system, mute.evidence) for mute in await standing(pool)] == [
        (False, EVIDENCE),
        (False, []),
    ]


async def test_the_exit_posts_once_and_mutes(pool: Pool, world: World) -> None:
    """INVARIANT: closing words go out once a thread, although the account is muted by then."""
    troll, other = await quarrel(world)
    again = await world.item("Lügner!", author="Klaus", lane="discuss", kind="attack")
    await leave(pool, ME, troll.comment_key, text="Wir belassen es dabei.", revision=1, days=30)
    assert await statuses(pool, troll, again, other) == ["decided", "muted", "open"]
    ((decision_id, stance),) = await rows(
        pool, "select decision_id, stance from decisions where action = 'approve'"
    )
    assert stance == "close"
    async with pool.connection() as connection:
        approval = await deliveries.read_approval(connection, decision_id, datetime.now(UTC))
    assert approval is not None
    assert not approval.muted
    with pytest.raises(Refused, match="closed_already"):
        await leave(pool, ME, other.comment_key, text="Noch einmal.", revision=1, days=30)
    assert await statuses(pool, other) == ["open"]


async def test_an_approval_before_the_exit_is_not_posted_into_the_mute(
    pool: Pool, world: World
) -> None:
    first, _ = await quarrel(world)
    second = await world.item("Lügner!", author="Klaus", lane="discuss", kind="attack")
    await actions.approve(pool, ME, first.comment_key, text="Nein.", revision=1, draft_id=None)
    await leave(pool, ME, second.comment_key, text="Wir belassen es dabei.", revision=1, days=30)
    ((decision_id,),) = await rows(pool, "select decision_id from decisions where text = 'Nein.'")
    async with pool.connection() as connection:
        approval = await deliveries.read_approval(connection, decision_id, datetime.now(UTC))
    assert approval is not None
    assert approval.muted


async def test_what_surfaced_from_a_mute_may_be_answered_until_it_is_muted_anew(
    pool: Pool, world: World
) -> None:
    troll, _ = await quarrel(world)
    await actions.mute(pool, ME, troll.comment_key, reason="Streit", days=3)
    third = await world.comment("Wo finde ich das Formular?", author="Elif")
    await world.route(third, surfaced=True)
    await world.show(third)
    assert await statuses(pool, troll, third) == ["muted", "open"]
    await actions.approve(pool, ME, third.comment_key, text="Hier.", revision=1, draft_id=None)
    fourth = await world.comment("Und bis wann?", author="Elif")
    await world.route(fourth, surfaced=True)
    await world.show(fourth)
    await actions.mute(pool, ME, fourth.comment_key, reason="Jetzt auch das", days=3)
    assert await statuses(pool, fourth) == ["muted"]


async def test_the_desk_shows_a_suggestion_with_its_evidence_and_one_key_follows_it(
    room: Room,
) -> None:
    troll, _ = await quarrel(room.world)
    event = await suggest(room.pool, troll, strict=False)
    visitor = await room.colleague()
    page = (await visitor.get(path(troll))).text
    assert "4 Antworten von uns, keine neue Frage seit 17. November 2026" in page
    assert "Schon beantwortete Behauptung wiederholt: 3-mal" in page
    assert page.index('data-key="m"') > page.index("Vorschlag: dieses Konto")
    done = await visitor.post(
        path(troll, "/mute"), suggestion_id=event.suggestion_id, days=30, revision=1
    )
    assert done.status_code == 303
    muted = (await visitor.get("/muted")).text
    assert "Nur Klaus in diesem Gespräch" in muted
    assert "Beleidigungen: 2 von 6 Kommentaren" in muted
    assert "Gerade gesparte Zeit" in muted
    assert "Stummschaltungen" in (await visitor.get("/books")).text


async def test_a_page_is_switched_to_suggestions_with_one_click(room: Room) -> None:
    await quarrel(room.world)
    visitor = await room.colleague("Ada", "en")
    ((page_key,),) = await rows(room.pool, "select page_key from pages")
    assert "mutes by itself" in (await visitor.get("/muted")).text
    await visitor.post(f"/pages/{page_key}/muting", by_system="no")
    assert "only suggests" in (await visitor.get("/muted")).text
    assert await rows(room.pool, "select mutes_by_system from page_settings") == [(False,)]


async def test_leaving_shows_the_text_first_and_takes_what_was_made_of_it(room: Room) -> None:
    troll, other = await quarrel(room.world)
    visitor = await room.colleague()
    assert 'data-key="q"' not in (await visitor.get(path(troll))).text
    await room.world.comment("Nein, das stimmt nicht.", author="Wir", is_self=True)
    page = (await visitor.get(path(troll))).text
    assert 'data-key="q"' in page
    assert "belassen es dabei" in page
    gone = await visitor.post(path(troll, "/leave"), text="Wir belassen es dabei.", revision=1)
    assert gone.status_code == 303
    assert await statuses(room.pool, troll, other) == ["decided", "open"]
    again = await visitor.post(path(other, "/leave"), text="Noch einmal.", revision=1)
    assert again.status_code == 409
    assert "schon verabschiedet" in again.text
    assert "Nach unserem Schlusswort" in (await visitor.get("/muted")).text


async def test_a_suggestion_appears_on_an_open_page_and_nothing_else_is_touched(
    room: Room,
) -> None:
    """What is typed into the closing words stays while nothing has changed about muting."""
    jule, world = await room.colleague(), room.world
    troll, _ = await quarrel(world)

    async def live(stamp: str) -> str:
        return (await jule.get(f"{path(troll, '/live')}?muting_stamp={stamp}")).text

    def stamp_in(html: str) -> str:
        return html.split('name="muting_stamp" value="')[1].split('"', maxsplit=1)[0]

    before = stamp_in((await jule.get(path(troll))).text)
    assert 'id="muting"' not in await live(before)
    await suggest(room.pool, troll, strict=False)
    html = await live(before)
    assert '<div id="muting" hx-swap-oob="true">' in html
    assert "suggestion-title" in html
    after = stamp_in(html)
    assert 'id="muting"' not in await live(after)
    await actions.mute(room.pool, ME, troll.comment_key, reason="Streit", days=3)
    assert "suggestion-title" not in await live(after)
    assert 'id="muting"' in await live(after)
