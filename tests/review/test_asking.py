"""The box: a question of one's own, what is found for it, what would be drafted."""

import asyncio
import html
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from schemas.comments import Reason
from schemas.drafts import Citation, Sentence
from schemas.questions import Bar, FoundPassage, Outcome
from services.kit.db import Pool, transaction
from services.review import asking
from services.store import trials
from tests.review.reading import promised, rows
from tests.review.room import Room, Visitor
from tests.review.test_gaps import BEES, ask
from tests.world import QUOTE, source

SCRIPT = "<script>alert(1)</script> Wie hoch ist der Anteil?"


def outcome(*, drafted: bool = True) -> Outcome:
    """Return what the answer service stores about a question."""
    parts = {"lead": 0.4, "repeated": 3.1, "nearest": 8.2, "constant": -10.1}
    citation = Citation(passage_id=7, quote=QUOTE)
    fact = Sentence(text="Höchstens zehn Prozent.", kind="fact", citations=[citation])
    other = source(publication_id="f" * 16).model_copy(
        update={"passage_id": 8, "title": "Satzung", "text": "Der Vorstand tagt zweimal."}
    )
    return Outcome(
        language="de",
        bar=Bar(
            probability=0.83 if drafted else 0.04, threshold=0.17, lead=2.1, repeated=0.63,
            nearest=0.9, counted=parts,
        ),
        passages=[
            FoundPassage(
                source=source().model_copy(update={"passage_id": 7}), nearness=88.1, words=1.2,
                cosine=0.87, nearest=0.9,
            ),
            FoundPassage(source=other, nearness=80.5, words=-0.0, cosine=0.8, nearest=0.81),
        ],
        outcome="proposed" if drafted else "no_source",
        reason=None if drafted else Reason(rule="no_passage_answers"),
        kind="written" if drafted else None,
        text=fact.text if drafted else "", sentences=[fact] if drafted else [], engine="scripted-1",
        prompt="answer.de 3", tokens_in=100, tokens_out=20, cost=Decimal("0.01"), seconds=1.2,
    )  # fmt: skip


async def answered(pool: Pool, trial_id: str, made: Outcome) -> None:
    async with transaction(pool) as connection:
        await trials.save_outcome(connection, trial_id, made, datetime.now(UTC))


async def asked(visitor: Visitor, question: str = SCRIPT, **fields: str) -> str:
    """Ask and return the address of the question's page."""
    answer = await visitor.post("/ask", question=question, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_a_question_is_promised_shown_and_leaves_nothing_to_publish(room: Room) -> None:
    """INVARIANT: a tried question is no item, no draft, no event of a network; it is escaped."""
    jule = await room.colleague("Jule", role="editor")
    page = await asked(jule)
    ((subject, body, due),) = await promised(room.pool)
    trial_id = page.rpartition("/")[2]
    assert (subject, due) == (f"questions.tried.{trial_id}", True)
    assert set(body) == {"happened_at", "trial_id"}, "no word of it on the bus"
    shown = (await jule.get(page)).text
    assert "werden durchsucht" in shown
    assert "<script>alert" not in shown
    await answered(room.pool, trial_id, outcome())
    shown = html.unescape((await jule.get(page)).text)
    for part in (
        "Höchstens zehn Prozent.", "<mark>", "Satzung", "Ausgabe 2", "Die Schwelle ist erreicht",
        "83", "+8,2", "Bedeutung 88,1, Wörter +1,2", "gefragt von Jule", "120 Token",
    ):  # fmt: skip
        assert part in shown, part
    fragment = (await jule.get(page, **{"hx-request": "true"})).text
    assert "hx-get" not in fragment, "an answered question is asked for no more"
    assert "<html" not in fragment
    assert "/approve" not in shown
    for table in ("items", "drafts", "comments", "decisions", "gap_questions"):
        assert await rows(room.pool, f"select * from {table}") == [], table
    assert SCRIPT in html.unescape((await jule.get("/ask")).text)


async def test_why_there_is_no_answer_is_said(room: Room) -> None:
    jule = await room.colleague()
    page = await asked(jule)
    await answered(room.pool, page.rpartition("/")[2], outcome(drafted=False))
    shown = (await jule.get(page)).text
    assert "Keine Stelle der Publikationen" in shown or "beantwortet das" in shown
    assert "nicht erreicht, darum wurde nichts geschrieben" in shown
    assert "Der Vorstand tagt zweimal." in shown, "what was found all the same"


async def test_an_absent_answer_service_is_said_and_a_question_ends(room: Room) -> None:
    jule = await room.colleague()
    page = await asked(jule)
    for ago, sentence in ((21, "läuft nicht"), (86_401, "zu lange nicht da")):
        async with transaction(room.pool) as connection:
            await connection.execute(
                "update trials set asked_at = now() - make_interval(secs => %s)", [ago]
            )
        assert sentence in (await jule.get(page, **{"hx-request": "true"})).text
    assert "Nicht rechtzeitig beantwortet" in (await jule.get("/ask")).text
    assert (await jule.get(f"/ask/{'0' * 32}")).status_code == 404


async def test_who_only_reads_sees_questions_and_no_form(room: Room) -> None:
    page = await asked(await room.colleague("Jule", role="senior"))
    auditor = await room.colleague("Ada", role="auditor")
    box = (await auditor.get("/ask")).text
    assert "Wie hoch ist der Anteil?" in box
    assert 'action="/ask"' not in box
    assert (await auditor.get(page)).status_code == 200
    assert (await auditor.post("/ask", question="Darf ich?")).status_code == 403
    moderator = await room.colleague("Mo", role="moderator")
    assert (await moderator.get("/ask")).status_code == 403
    assert 'href="/ask"' not in (await moderator.get("/nav?at=/gaps")).text


async def test_nobody_asks_without_end(room: Room) -> None:
    """INVARIANT: one person's questions are limited, also when sent at once; others go on."""
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")
    sent = await asyncio.gather(
        *(jule.post("/ask", question=f"Frage {number}?") for number in range(asking.MOST + 2))
    )
    assert sorted(one.status_code for one in sent) == [303] * asking.MOST + [422] * 2
    assert len(await promised(room.pool)) == asking.MOST
    late = await jule.post("/ask", question="Noch <b>eine</b>?")
    assert "Warten Sie ein paar Minuten" in late.text
    assert "Noch &lt;b&gt;eine&lt;/b&gt;?</textarea>" in late.text, "what was typed is kept"
    await asked(emre)
    for text in ("", " \x00 ", "x" * (asking.LONGEST + 1)):
        assert (await emre.post("/ask", question=text)).status_code == 422
    assert (await emre.post("/ask", question="?", publication_id="f" * 16)).status_code == 404


async def test_a_gap_is_asked_with_its_own_words_and_they_go_with_their_author(room: Room) -> None:
    """INVARIANT: what a person deletes on the network is in no tried question any more."""
    jule = await room.colleague()
    seeded = await ask(room, BEES, "b" * 32)
    gap = (await jule.get("/gaps")).text
    link = re.search(r'href="(/ask\?gap=[0-9a-f]+)"', gap)
    assert link is not None
    box = (await jule.get(link[1])).text
    assert f"{BEES}</textarea>" in box
    page = await asked(jule, BEES, comment_key=seeded.comment_key)
    assert f'href="/items/{seeded.comment_key}"' in (await jule.get(page)).text
    await answered(room.pool, page.rpartition("/")[2], outcome())
    await room.world.delete(seeded)
    assert (await jule.get(page)).status_code == 404
    assert "Bienen" not in (await jule.get("/ask")).text + (await jule.get(link[1])).text
    assert await rows(room.pool, "select * from trial_outcomes") == []
    gone = await jule.post("/ask", question=BEES, comment_key=seeded.comment_key)
    assert gone.status_code == 404


async def test_old_questions_are_erased(room: Room) -> None:
    jule = await room.colleague()
    await asked(jule, "Neu?")
    old = await asked(jule, "Alt?")
    async with transaction(room.pool) as connection:
        await connection.execute(
            "update trials set asked_at = asked_at - interval '15 days' where question = 'Alt?'"
        )
        kept = timedelta(days=room.desk.settings.trial_days)
        assert await trials.erase_trials(connection, datetime.now(UTC) - kept) == 1
    assert (await jule.get(old)).status_code == 404
