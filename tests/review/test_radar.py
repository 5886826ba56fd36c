"""The page of joys and sorrows: what it shows, and that a person decides on each."""

from datetime import timedelta

from tests.outreach.radar_scene import ATTACK, AWARD, Partners
from tests.review.reading import promised, rows
from tests.review.room import Room


async def test_the_page_says_what_happened_and_why(room: Room) -> None:
    partners = Partners(room.pool)
    await partners.tell("radwerk", AWARD)
    await partners.tell("kulturbund", ATTACK.replace("Büro", "<b>Büro</b>"))
    jule = await room.colleague()
    html = (await jule.get("/radar")).text
    for words in (
        "&lt;b&gt;Büro",
        "Leid",
        "Freude",
        "Woran wir das sehen",
        "Brandanschlag",
        "Wir stehen an",
    ):
        assert words in html, words
    assert html.index("kulturbund") < html.index("radwerk"), "trouble stands on top"
    assert 'class="figure loud">1<' in html
    key = (await partners.waiting())[1].one.comment_key
    html = (await jule.get(f"/radar?at={key}")).text
    assert 'href="/radar" aria-current="page"' in html, "the menu stays where the person is"


async def test_one_click_after_approval_and_never_twice(room: Room) -> None:
    """INVARIANT: a person's words go out once, and about one event only once."""
    partners = Partners(room.pool)
    await partners.street.page("Kulturbund", "partner")
    own = await partners.tell("Kulturbund", ATTACK)
    news = await partners.tell(
        "tagblatt", "Unbekannte haben in der Nacht das Haus vom Kulturbund angegriffen.",
        relation="news",
    )  # fmt: skip
    jule = await room.colleague()
    empty = await jule.post(f"/radar/{own.comment_key}/approve", revision=1, text=" ")
    assert empty.status_code == 409
    answer = await jule.post(f"/radar/{own.comment_key}/approve", revision=1, text="Viel Kraft.")
    assert answer.status_code == 303
    for key in (own.comment_key, news.comment_key):
        again = await jule.post(f"/radar/{key}/approve", revision=1, text="Viel Kraft.")
        assert again.status_code == 409
        assert "schon gemeldet" in again.text
    drafts = [subject for subject, _, _ in await promised(room.pool) if "approved" in subject]
    assert len(drafts) == 1


async def test_what_is_let_pass_is_over_and_an_unclear_post_has_no_draft(room: Room) -> None:
    partners = Partners(room.pool)
    seen = await partners.tell("radwerk", AWARD)
    await partners.tell("kulturbund", "Uns fehlen gerade die Worte.")
    jule = await room.colleague()
    assert (await jule.post(f"/radar/{seen.comment_key}/pass")).status_code == 303
    (waiting,) = await partners.waiting()
    assert (waiting.facts.verdict, waiting.draft) == ("unsure", None)
    html = (await jule.get("/radar")).text
    assert "steht nicht deutlich genug da" in html
    assert "Nichts gesagt" in html


async def test_a_page_s_limits_hold_for_kind_words_too(room: Room) -> None:
    """INVARIANT: cool-down and caps count opportunities and the radar together."""
    partners = Partners(room.pool)
    offered = await partners.street.offered("kulturbund", relation="partner")
    jule = await room.colleague()
    done = await jule.post(f"/opportunities/{offered.comment_key}/done", revision=1)
    assert done.status_code == 303
    seen = await partners.tell("kulturbund", AWARD)
    answer = await jule.post(f"/radar/{seen.comment_key}/approve", revision=1, text="Glückwunsch!")
    assert answer.status_code == 409
    assert await rows(room.pool, "select from decisions") == []


async def test_an_auditor_reads_and_decides_nothing(room: Room) -> None:
    """INVARIANT: who may only read gets no form and is refused by the server."""
    seen = await Partners(room.pool).tell("kulturbund", ATTACK, ago=timedelta(hours=3))
    auditor = await room.colleague("Ada", role="auditor")
    assert "approve-form" not in (await auditor.get("/radar")).text
    answer = await auditor.post(f"/radar/{seen.comment_key}/approve", revision=1, text="Hallo")
    assert answer.status_code == 403
