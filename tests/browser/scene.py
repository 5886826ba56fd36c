"""A queue as an organisation has it on a good day, for pictures."""

from datetime import UTC, datetime, timedelta

from schemas.comments import Kind, Lane, Reason
from schemas.drafts import Citation, Sentence
from services.kit.db import transaction
from services.review import actions
from services.review.handlers import read_letter
from services.store import dead_letters
from tests.world import PASSAGE, QUOTE, Seeded, World, source

SHARE = "Der Eigenanteil beträgt zehn Prozent der bewilligten Summe."
OWN_WORK = "Der Eigenanteil kann auch durch eigene Arbeit erbracht werden"
THANKS = "Danke für die Frage, Mira!"
HOURS = (
    "Wer wenig Geld hat, kann den Eigenanteil mitarbeiten: Der Eigenanteil kann auch durch eigene"
    " Arbeit erbracht werden, zum Beispiel beim Entsiegeln oder Pflanzen. Führen Sie bitte eine"
    " einfache Liste mit Datum, Name und Stundenzahl."
)
ANSWER = (
    Sentence(text=THANKS, kind="courtesy"),
    Sentence(text=SHARE, kind="fact", citations=[Citation(passage_id=1, quote=SHARE)]),
    Sentence(text=f"{OWN_WORK}.", kind="fact", citations=[Citation(passage_id=2, quote=OWN_WORK)]),
    Sentence(text=QUOTE, kind="fact", citations=[Citation(passage_id=1, quote=QUOTE)]),
)
SOURCES = (
    source(1, PASSAGE),
    source(
        2, HOURS, title="Häufige Fragen zur Antragstellung", heading="Vor dem Antrag", edition=1,
        page_from=None, page_to=None,
    ),
    source(
        3, "Anträge sind vom 1. Februar bis zum 30. April 2027 möglich.", heading="6 Fristen",
        page_from=9, page_to=9,
    ),
)  # fmt: skip


async def sorted_comment(
    world: World, lane: Lane, kind: Kind, rule: str, text: str, *, detail: str = "",
    hours: float = 1, language: str = "de", thread: str = "post-1", author: str = "",
    post: str = "Hofwende 2027 ist offen: Ab heute könnt ihr euch bewerben.",
    parent: Seeded | None = None,
) -> Seeded:  # fmt: skip
    comment = await world.comment(
        text, ago=timedelta(hours=hours), thread=thread, author=author, post=post, parent=parent
    )
    reason = Reason(rule=rule, detail=detail)
    await world.route(comment, lane, kind, reasons=[reason], language=language)
    return comment


async def set_scene(world: World, me: str, colleague: str) -> Seeded:
    """Fill the desk and return the comment whose answer the picture shows."""
    critic = await sorted_comment(
        world, "acknowledge", "criticism", "resembles", detail="criticism", hours=9,
        author="Tobias Brandt",
        text="Das ist doch wieder nur Förderung für Leute, die eh schon einen Garten haben.",
    )  # fmt: skip
    reply = await sorted_comment(
        world, "discuss", "discussion", "speaks_to_somebody_else", hours=8.5, author="Nora Feld",
        parent=critic, text="Stimmt nicht, da steht ausdrücklich: auch Mietparteien.",
    )  # fmt: skip
    question = await sorted_comment(
        world, "answer", "question", "asks", hours=3, author="Mira Sonntag",
        text="Wir sind vier Mietparteien und würden gern unseren Hof begrünen, haben aber kaum"
        " Geld. Wie hoch ist der Eigenanteil, und zählt es auch, wenn wir selbst mit anpacken?",
    )  # fmt: skip
    text = " ".join(sentence.text for sentence in ANSWER)
    await world.draft(question, text, sentences=ANSWER, sources=SOURCES)
    echo = await sorted_comment(
        world, "rest", "other", "resembles", detail="discussion", hours=2.5, author="Jonas Weide",
        parent=question, text="Das würde mich auch interessieren.",
    )  # fmt: skip
    threat = await sorted_comment(
        world, "urgent", "threat", "possibly_illegal", detail="ich weiß, wo ihr wohnt", hours=0.4,
        author="anonym_77", thread="post-2", text="Ich weiß, wo ihr wohnt. Wartet nur ab.",
        post="Unser Team heute auf dem Marktplatz.",
    )  # fmt: skip
    silent = await sorted_comment(
        world, "answer", "question", "asks", hours=5, author="Pauline Krüger", thread="post-3",
        text="Gibt es die Förderung auch für Dachterrassen in Graustadt?",
    )  # fmt: skip
    await world.draft(silent, outcome="no_source", reason=Reason(rule="no_passage_answers"))
    praise = await sorted_comment(
        world, "acknowledge", "praise", "resembles", detail="praise", hours=7, thread="post-3",
        author="Familie Oelschläger",
        text="Tolle Aktion, unser Hof ist nicht wiederzuerkennen. Danke an alle!",
    )  # fmt: skip
    english = await sorted_comment(
        world, "answer", "question", "asks", hours=0.2, author="Alex Rivers", thread="post-3",
        language="en", text="Until when can we apply, and do you accept applications in English?",
    )  # fmt: skip
    quarrel = await sorted_comment(
        world, "discuss", "attack", "resembles", detail="attack", hours=30, thread="post-4",
        author="klartext_kalle", post="Rückblick: Was 2026 aus den Zusagen wurde.",
        text="Typisch. Erst groß ankündigen, dann passiert wieder nichts.",
    )  # fmt: skip
    answered = await sorted_comment(
        world, "answer", "question", "asks", hours=26, author="Samira Haddad", thread="post-5",
        text="Wo finde ich das Formular?",
    )  # fmt: skip
    await world.draft(answered)
    await world.show(
        critic, reply, question, echo, threat, silent, praise, english, quarrel, answered
    )
    pool = world.pool
    await actions.mute(
        pool, me, quarrel.comment_key, days=30,
        reason="Dreimal sachlich geantwortet, es kommen nur noch Vorwürfe",
    )  # fmt: skip
    await actions.approve(
        pool, colleague, answered.comment_key, revision=1, draft_id=None,
        text="Das Formular steht im Portal unter „Anträge“.",
    )  # fmt: skip
    await actions.close(pool, me, reply.comment_key, revision=1)
    headers = {
        "Nats-Msg-Id": "route_received:comments:17", "Dead-Consumer": "route_received",
        "Dead-Stream": "comments", "Dead-Attempts": "5",
        "Dead-Reason": "ValueError: vector has 12 dimensions, 384 are expected",
    }  # fmt: skip
    letter = read_letter("dead.comments.received.sandbox.abc", headers, b"{}", datetime.now(UTC))
    async with transaction(pool) as connection:
        await dead_letters.add_dead_letter(connection, letter)
    return question
