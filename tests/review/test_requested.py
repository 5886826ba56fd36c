"""Drafts that a person asks for, and ready texts for what needs no facts."""

import re

import pytest

from services.kit.db import Pool
from services.review import actions
from services.review.refusals import Refused
from services.review.stances import load_stances, offers
from tests.review.reading import path, promised, read_item, rows
from tests.review.room import Room
from tests.world import World

ME = "somebody"


async def asked(pool: Pool, key: str, stance: str = "answer", revision: int = 1) -> None:
    await actions.request_draft(pool, ME, key, stance=stance, revision=revision)  # type: ignore[arg-type]  # the test names them


async def test_a_draft_can_be_asked_for_in_any_lane(room: Room) -> None:
    """INVARIANT: asking twice asks once, and what is asked for shows as pending."""
    jule, pool = await room.colleague(), room.pool
    comment = await room.world.item(lane="discuss", kind="discussion")
    assert "Antwort entwerfen" in (await jule.get(path(comment))).text
    for _ in range(2):
        done = await jule.post(path(comment, "/request"), revision=1, wanted="answer", lane="all")
        assert done.headers["location"] == path(comment) + "?lane=all&done=request"
    ((subject, body, _),) = await promised(pool)
    assert subject.startswith("drafts.requested.sandbox.")
    assert body["stance"] == "answer"
    assert (await read_item(pool, comment.comment_key)).draft_state == "pending"
    html = (await jule.get(path(comment))).text
    assert "Antwort entwerfen" not in html
    assert "Angefordert" in (await jule.get(done.headers["location"])).text
    await room.world.draft(comment, "Gern.")
    await room.world.show(comment)
    item = await read_item(pool, comment.comment_key)
    assert (item.lane, item.draft_state) == ("discuss", "proposed")
    assert "Gern.</textarea>" in (await jule.get(path(comment))).text


async def test_a_correction_that_fails_leaves_the_answer_and_says_why(room: Room) -> None:
    """INVARIANT: asking for more never takes a good draft away."""
    jule, world = await room.colleague(), room.world
    comment = await world.item()
    before = await read_item(room.pool, comment.comment_key)
    await asked(room.pool, comment.comment_key, "correct")
    stamp = re.compile('name="stamp" value="([^"]+)"')
    html = (await jule.get(path(comment))).text
    assert "Eine Richtigstellung entsteht" in html
    await world.draft(comment, outcome="no_source", stance="correct")
    await world.show(comment)
    assert (await read_item(room.pool, comment.comment_key)).draft_id == before.draft_id
    after = (await jule.get(path(comment))).text
    assert "Es gibt keine Richtigstellung:" in after
    assert stamp.findall(html) != stamp.findall(after), "open pages are told"


async def test_a_correction_that_arrives_comes_in_front(pool: Pool, world: World) -> None:
    comment = await world.item()
    await asked(pool, comment.comment_key, "correct")
    made = await world.draft(comment, "Das stimmt nicht.", stance="correct")
    await world.show(comment)
    item = await read_item(pool, comment.comment_key)
    assert (item.draft_id, item.draft_state) == (made.draft_id, "proposed")
    await actions.approve(
        pool, ME, comment.comment_key, text="Das stimmt nicht.", revision=1, draft_id=made.draft_id
    )
    assert await rows(pool, "select stance from decisions") == [("correct",)]


async def test_what_cannot_be_drafted_is_not_asked_for(pool: Pool, world: World) -> None:
    comment = await world.item(lane="discuss", kind="discussion")
    await actions.mute(pool, ME, comment.comment_key, reason="Streit", days=3)
    with pytest.raises(Refused) as refused:
        await asked(pool, comment.comment_key)
    assert refused.value.refusal == "muted"
    edited = await world.item(lane="discuss", kind="discussion", thread="post-2")
    await world.edit(edited)
    with pytest.raises(Refused) as refused:
        await asked(pool, edited.comment_key)
    assert refused.value.refusal == "edited"


def test_the_wording_used_least_in_the_thread_comes_first() -> None:
    wordings = load_stances()["de"]
    fresh = offers(wordings, organisation="X", sources=(), used={})
    assert [offer.stance for offer in fresh] == ["thank", "empathise", "boundary", "close"]
    thanks = fresh[0].wordings
    used = {thanks[0].name: 2, thanks[1].name: 1}
    again = offers(wordings, organisation="X", sources=(), used=used)[0].wordings
    assert [one.name for one in again] == [thanks[2].name, thanks[1].name, thanks[0].name]


def test_sources_are_named_only_where_there_are_some() -> None:
    wordings = load_stances()["de"]
    without = offers(wordings, organisation="X", sources=(), used={})[-1].wordings
    named = offers(wordings, organisation="X", sources=("Leitfaden", "Bericht"), used={})[-1]
    assert len(without) < len(named.wordings)
    assert "Leitfaden; Bericht" in named.wordings[0].text


async def test_the_stance_and_wording_of_a_reply_are_kept_and_take_turns(room: Room) -> None:
    jule, world = await room.colleague(), room.world
    first = await world.item(lane="acknowledge", kind="criticism")
    second = await world.item(lane="acknowledge", kind="criticism")
    offered = offers(
        load_stances()["de"], organisation=room.desk.settings.organisation, sources=(), used={}
    )[0].wordings
    html = (await jule.get(path(first, "?stance=thank"))).text
    assert f"{offered[0].text}</textarea>" in html
    await jule.post(
        path(first, "/approve"), revision=1, text=offered[0].text, stance="thank",
        wording=offered[0].name,
    )  # fmt: skip
    assert await rows(room.pool, "select stance, wording from decisions") == [
        ("thank", "stances.de@1:thank:1")
    ]
    assert f"{offered[1].text}</textarea>" in (await jule.get(path(second, "?stance=thank"))).text
    assert "Danken</span>" in (await jule.get(path(first))).text
    odd = await jule.post(path(second, "/approve"), revision=1, text="Ja.", stance="shout")
    assert odd.status_code == 400


async def test_a_goodbye_names_what_our_replies_in_the_thread_cite(room: Room) -> None:
    jule, world = await room.colleague(), room.world
    answered = await world.item()
    draft_id = (await read_item(room.pool, answered.comment_key)).draft_id
    await jule.post(path(answered, "/approve"), revision=1, text="Ja.", draft_id=draft_id)
    [(decision_id,)] = await rows(room.pool, "select decision_id from decisions")
    quarrel = await world.item("Stimmt nicht.", lane="discuss", kind="discussion")
    goodbye = path(quarrel, "?stance=close")
    assert "Förderrichtlinien Hofwende 2027" not in (await jule.get(goodbye)).text
    await world.posted(answered, decision_id)
    assert (
        "nachzulesen ist sie in: Förderrichtlinien Hofwende 2027." in (await jule.get(goodbye)).text
    )


async def test_what_the_model_failed_at_can_be_asked_for_again(room: Room) -> None:
    """INVARIANT: a failure of the model is no dead end; a second click asks for nothing more."""
    jule, world = await room.colleague(), room.world
    comment = await world.item(draft=False)
    failed = await world.draft(comment, outcome="model_failed")
    await world.show(comment)
    page = (await jule.get(path(comment))).text
    assert "Antwort noch einmal entwerfen <kbd>d</kbd>" in page
    for _ in range(2):
        done = await jule.post(path(comment, "/request"), revision=1, wanted="answer", lane="all")
        assert done.headers["location"].endswith("done=request")
    ids = [one for (one,) in await rows(room.pool, "select msg_id from outbox")]
    assert len(set(ids)) == 1, "the bus keeps one of them"
    assert ids[0].endswith(f":answer:again-{failed.draft_id}")
    await world.draft(comment, "Gern.")
    await world.show(comment)
    assert "noch einmal entwerfen" not in (await jule.get(path(comment))).text
    assert (await read_item(room.pool, comment.comment_key)).draft_state == "proposed"
