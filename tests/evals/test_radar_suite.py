"""Trouble is never congratulated, and a draft says nothing it should not: the whole suite."""

import re
from collections.abc import Sequence

import pytest
import pytest_asyncio

from services.kit.embed.shared import SharedEmbedder
from services.kit.settings import Settings
from services.outreach.radar.doubt import lowered, weighed
from services.outreach.radar.draft import Manner
from services.outreach.radar.impression import Impression, Trained
from services.outreach.radar.recognise import Verdict
from tests.evals.radar_suite import LONGEST, PARTS, VERDICTS, Read, cases, read_cases

MANNERS: tuple[Manner, ...] = ("sie", "ihr", "du")
JOY = re.compile(r"glückwunsch|gratul|freuen uns|congrat|well deserved|glad with", re.IGNORECASE)
ADDRESS = re.compile(r"https?:|www\.|\w@\w|[#@]\w|\w\.(?:de|org|com|eu)\b")
CITED = re.compile(r"\[\d|\(\d{4}\)|quelle|laut |unsere studie|our study|source", re.IGNORECASE)
OURSELVES = re.compile(
    r"\b(?:unser(?:e[rmns]?)? (?:projekt|stiftung|verein|arbeit|angebot|publikation|bericht)"
    r"|wir bieten|wir haben auch|bei uns|our (?:project|foundation|work|charity|report)|we offer)",
    re.IGNORECASE,
)
FORMAL = re.compile(r"\b(?:Sie|Ihnen|Ihre[mnrs]?)\b|(?<=[a-z] )Ihr\b")
FAMILIAR = re.compile(r"\b(?:euch|eure?[mnrs]?|euer|dich|dir|deine?[mnrs]?)\b")
HOLES = re.compile(r"[{}]|\s{2}|\bNone\b| [.,!]")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def read() -> Sequence[Read]:
    embedder = SharedEmbedder(Settings())
    async with embedder.in_use():
        listed = [case for part in PARTS for case in cases(part)]
        return await read_cases(Trained(embedder), listed)


def drafts(read: Sequence[Read]) -> list[tuple[Read, Manner, str]]:
    return [
        (one, manner, draft)
        for one in read
        for manner in MANNERS
        if (draft := one.draft(manner)) is not None
    ]


def test_the_suite_is_as_large_as_it_says(read: Sequence[Read]) -> None:
    assert len(read) >= 320
    assert sum(one.case.part in ("held_out", "last") for one in read) >= 160
    assert {one.case.truth for one in read} == set(VERDICTS)
    assert len({one.case.text for one in read}) == len(read)


def test_trouble_is_never_congratulated(read: Sequence[Read]) -> None:
    """INVARIANT: of all troubles and mixed matters none is taken for a success or gets joy."""
    assert [one.case.text for one in read if one.congratulated_wrongly] == []
    sad = [one for one, _, draft in drafts(read) if JOY.search(draft)]
    assert [one.case.text for one in sad if one.case.truth in ("trouble", "mixed")] == []


def test_only_a_success_is_met_with_joy(read: Sequence[Read]) -> None:
    """INVARIANT: what was found as trouble, mixed or unsure has no joyful draft, unsure none."""
    for one, _, draft in drafts(read):
        assert one.found.verdict in ("success", "trouble", "mixed"), one.case.text
        assert bool(JOY.search(draft)) == (one.found.verdict == "success"), draft


def test_drafts_are_short_and_say_nothing_of_ourselves(read: Sequence[Read]) -> None:
    """INVARIANT: no address, no source, no word about ourselves, one manner, no hole."""
    found = drafts(read)
    assert len(found) >= 400
    for one, manner, draft in found:
        assert len(draft) <= LONGEST
        for pattern in (ADDRESS, CITED, OURSELVES, HOLES):
            assert pattern.search(draft) is None, (pattern.pattern, draft)
        if one.case.language == "de":
            wrong = FAMILIAR if manner == "sie" else FORMAL
            assert wrong.search(draft) is None, (manner, draft)


def test_the_shipped_engine_still_hears_what_it_heard(read: Sequence[Read]) -> None:
    """Floors well below what was measured; the figures stand in docs/going-out.md."""
    unseen = [one for one in read if one.case.part in ("held_out", "last")]
    events = [one for one in unseen if one.case.truth in ("success", "trouble", "mixed")]
    shown = [one for one in events if one.found.verdict != "neither"]
    quiet = [one for one in unseen if one.case.truth == "neither"]
    assert len(shown) >= 0.8 * len(events)
    assert sum(one.found.verdict != "neither" for one in quiet) <= 0.2 * len(quiet)


@pytest.mark.parametrize("said", VERDICTS)
def test_a_model_only_takes_certainty_away(read: Sequence[Read], said: Verdict) -> None:
    """INVARIANT: whatever a model says, nothing becomes a success or ceases to be shown."""
    for one in read:
        left = lowered(one.found, said).verdict
        assert left == one.found.verdict or left in ("mixed", "unsure")
        assert (left == "neither") == (one.found.verdict == "neither")


def test_no_impression_makes_a_success_without_a_sign(read: Sequence[Read]) -> None:
    """INVARIANT: a post that names no success of its page is never congratulated on its sound."""
    for one in read:
        if weighed(one.by_rules, Impression(1.0, 0.0)).verdict == "success":
            assert one.by_rules.signs, one.case.text
