"""The score is explainable and bounded, the list short and mixed, a quarrel is noticed."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.networks.lookout import Remark
from services.outreach.choose import PER_DAY, PER_RELATION, Shown, choose, is_possible
from services.outreach.off import is_off
from services.outreach.quarrel import mood
from services.outreach.score import PARTS, PRIOR, Scored, learned, parts_of, score
from services.store.opportunities import Candidate, Look
from services.store.watches import Foreign

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
POST = Candidate(
    comment_key="a", thread_key="t", revision=1, network="sandbox", connection="sandbox:us",
    native_id="p", created_at=NOW - timedelta(hours=2), page_key="page", author_key="author",
    relation="news", nearness=0.86, topics=["Hitze"], asks=True, off=False, publication_id="b",
    passage_id=1, likes=20,
    replies=5, shares=2, readers=20_000, appearances=0, page_is_full=False,
    author_is_resting=False,
)  # fmt: skip
CALM = Look(remarks=4, hostile=0, quarrel=False, ours=False, said=0.8)


def value(post: Candidate, look: Look | None = CALM) -> float:
    return score(parts_of(post, look, NOW), post.relation, PRIOR)


@pytest.mark.parametrize(
    ("worse", "look"),
    [
        (replace(POST, nearness=0.82), CALM),
        (replace(POST, topics=[]), CALM),
        (replace(POST, asks=False), CALM),
        (replace(POST, off=True), CALM),
        (replace(POST, readers=10), CALM),
        (replace(POST, created_at=NOW - timedelta(hours=40)), CALM),
        (replace(POST, appearances=2), CALM),
        (replace(POST, passage_id=None), CALM),
        (POST, replace(CALM, said=0.95)),
    ],
    ids=[
        "far",
        "no topic",
        "no question",
        "off",
        "few readers",
        "old",
        "we were there",
        "no passage",
        "said already",
    ],
)
def test_each_part_counts(worse: Candidate, look: Look) -> None:
    assert value(worse, look) < value(POST)
    assert all(0 <= size <= 1 for size in parts_of(worse, look, NOW).values())


def test_what_the_team_says_moves_the_weights_within_bounds() -> None:
    """INVARIANT: a thousand judgements never let one part decide alone, nor turn it round."""
    parts = parts_of(POST, CALM, NOW)
    for useful in (True, False):
        weights = learned([(parts, "news", useful)] * 1000)
        for name in PARTS:
            assert 0 < weights[name] / PRIOR[name] <= 2
    assert score(parts, "news", learned([(parts, "news", False)] * 3)) < score(parts, "news", PRIOR)
    assert learned([]) == PRIOR


def test_a_team_that_likes_one_relation_gets_more_of_it_whatever_the_order() -> None:
    parts = parts_of(POST, CALM, NOW)
    said = [(parts, "news", False), (parts, "decision_maker", True)] * 5
    weights = learned(said)
    assert weights == pytest.approx(learned(said[::-1]))
    apart = score(parts, "decision_maker", weights) - score(parts, "news", weights)
    assert apart > score(parts, "decision_maker", PRIOR) - score(parts, "news", PRIOR)


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("Baum stürzt auf Auto, zwei Verletzte. Die Polizei ermittelt.", True),
        ("Wir suchen eine Fachkraft (m/w/d). Jetzt bewerben!", True),
        ("Danke an alle, die gekommen sind!", True),
        ("Hitzetote im Land: Was hilft in der Wohnung?", False),
        ("Der Rat entscheidet über Bäume und Parkplätze.", False),
        ("Gerichtete Äste? Wie Bäume den Wind brechen", False),
    ],
    ids=["accident", "vacancy", "thanks", "our topic", "a plan", "a word that only begins so"],
)
def test_what_grieves_sells_or_thanks_is_no_place_for_us(text: str, off: bool) -> None:
    assert is_off(text) is off


@pytest.mark.parametrize(
    "look",
    [replace(CALM, quarrel=True), replace(CALM, ours=True), replace(CALM, gone=True)],
    ids=["quarrel", "ours", "gone"],
)
def test_no_score_outweighs_a_limit(look: Look) -> None:
    """INVARIANT: a quarrel, our own presence or a deletion ends an opportunity, however good."""
    assert is_possible(POST, CALM, NOW)
    assert not is_possible(POST, look, NOW)
    assert not is_possible(replace(POST, page_is_full=True), None, NOW)
    assert not is_possible(replace(POST, author_is_resting=True), None, NOW)


def test_at_most_ten_a_day_and_never_all_of_one_kind() -> None:
    """INVARIANT: ten a day, five of a relation, one of a page, also when the list is filled up."""
    news: list[Foreign] = ["news"] * 40
    partners: list[Foreign] = ["partner"] * 40
    relations: list[Foreign] = [*news, *partners, "decision_maker"]
    scored = [
        (
            replace(POST, comment_key=str(n), page_key=f"p{n % 30}", relation=relation),
            Scored(0.9 - n / 1000, {}),
        )
        for n, relation in enumerate(relations)
    ]  # fmt: skip
    chosen = choose(scored, Shown({}, {}))
    assert len(chosen) == PER_DAY
    assert max(Counter(one.relation for one, _ in chosen).values()) <= PER_RELATION
    assert max(Counter(one.page_key for one, _ in chosen).values()) == 1
    assert len(choose(scored, Shown({"partner": 9}, {}))) == 1
    assert choose([(POST, Scored(0.15, {}))], Shown({}, {})) == []


def said(*lines: tuple[str, str]) -> list[Remark]:
    return [Remark(author, text, author == "us", NOW) for author, text in lines]


def test_a_quarrel_is_noticed() -> None:
    """INVARIANT: insults or two who only answer each other make a thread one we stay out of."""
    calm = said(*[(f"p{n}", "Das hilft uns in der Siedlung sehr.") for n in range(9)])
    assert not mood(calm).quarrel
    assert mood(said(*[("a", "Quatsch"), ("b", "Doch")] * 3)).quarrel
    assert mood([*calm, *said(("x", "Du Idiot!"), ("y", "SCHLUSS MIT DIESEM UNSINN"))]).quarrel
    assert mood(
        said(*[("a", f"Und noch etwas, {n}") for n in range(6)], ("b", "So"), ("c", "Ja"))
    ).quarrel
    assert mood(said(("x", "You are a moron"), ("y", "Shut up"))).hostile == 2
    assert not mood(said(("us", "Wir laden ein."))).quarrel
