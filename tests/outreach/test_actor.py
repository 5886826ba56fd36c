"""Who passes for an organisation, a medium or an office; whoever may be a person does not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.networks.scout import Profile
from services.outreach.actor import read_actor
from tests.evals.discovery_world import draw

ACCOUNT = Profile("1", "x.example", "", "")


def account(name: str, about: str = "", domain: str = "", **more: object) -> Profile:
    proven = frozenset({domain} if domain else ())
    return replace(ACCOUNT, name=name, about=about, proven=proven, **more)  # type: ignore[arg-type]  # fields of a profile


PAGES = {
    "an association": (account("Gartenverein Warle e. V.", "", "gartenverein-warle.de"), "partner"),
    "initials": (account("Bund für Gärten (BfG)", "Wir gärtnern.", "bfg.example"), "partner"),
    "a paper": (account("Süddeutsche Rundschau", "Unsere Themen", "sueddeutsche.example"), "news"),
    "its own words": (account("Tagesblick", "Nachrichten. Impressum: x", "tagesblick.de"), "news"),
    "a ministry": (
        account("Umweltministerium", "Hier informiert das Haus.", "bmx.bund.de"), "decision_maker",
    ),
    "a ministry's server": (account("Umweltministerium", home="social.bund.de"), "decision_maker"),
    "a member of parliament": (
        account("Kim Beispiel", "Mitglied des Bundestages", is_vouched=True), "decision_maker",
    ),
    "a group": (account("Netzwerk Hitze", "Wir reden.", is_group=True), "partner"),
    "a site": (account("Stiftung Stadtgrün", is_declared=True), "partner"),
    "wants members": (
        account("Gartenverein eG", "Jetzt Mitglied werden!", "gartenverein-eg.de"), "partner",
    ),
}  # fmt: skip
PERSONS = {
    "a name": account("Kim Beispiel", "", "kim-beispiel.de"),
    "an organisation's name and nothing else": account("Verein für Hitze"),
    "a blogger's own domain": account("Hitzejournal Linden", "Notizen", "hitzejournal.de"),
    "a stranger's domain": account("Initiative Beispiel", "", "beispiel-backt.de"),
    "somebody who works there": account("Kim", "Referentin im Umweltministerium", "kim.bund.de"),
    "an own domain says I": account("Klimaverein Kim", "Ich schreibe hier.", "klimavereinkim.de"),
    "a journalist": account("Kim (Tagesblatt)", "Journalistin", is_vouched=True),
    "a member": account("Kim", "Mitglied im Mieterverein", is_vouched=True),
    "an office without proof": account("Bürgermeisterin Kim", "", "kim.de"),
    "an office that was": account("Kim Beispiel", "MdB a. D.", is_vouched=True),
    "an office that may be": account("Kim Beispiel", "Kandidatin, bald MdB", is_vouched=True),
    "a joke": account("Umweltministerium", "Parodie", "umweltministerium.de"),
    "a fan page": account("Fanseite Umweltstiftung", "", "umweltstiftung.de"),
    "not official": account("Stadt Warlebek (inoffiziell)", "", "stadt-warlebek.de"),
    "asks programs to leave": account("Gartenverein", "Wir. #nobot", "gartenverein.de"),
    "a bot": account("Newsticker", "news", is_bot=True, is_vouched=True),
    "pronouns": account("Stiftung Kim", "she/her", "stiftung-kim.de"),
    "an employee of a public body": account("Kim Beispiel", "", home="social.bund.de"),
    "a verified person": account("Kim Beispiel", "Gärtnern und Rad", is_vouched=True),
    "an empty profile": account(""),
}  # fmt: skip


@pytest.mark.parametrize(("page", "relation"), PAGES.values(), ids=list(PAGES))
def test_organisations_media_and_offices_are_known(page: Profile, relation: str) -> None:
    actor = read_actor(page)
    assert actor is not None
    assert actor.relation == relation


@pytest.mark.parametrize("person", PERSONS.values(), ids=list(PERSONS))
def test_whoever_may_be_a_person_is_one(person: Profile) -> None:
    """INVARIANT: when in doubt an account is a private person's."""
    assert read_actor(person) is None


@pytest.mark.parametrize("page", [page for page, _ in PAGES.values()], ids=list(PAGES))
def test_no_name_is_enough(page: Profile) -> None:
    """INVARIANT: what anybody can write about themselves never makes an organisation."""
    written = replace(
        page, proven=frozenset(), home="", is_vouched=False, is_group=False, is_declared=False
    )
    assert read_actor(written) is None


def test_of_a_made_up_network_only_perfect_impostors_pass() -> None:
    """INVARIANT: who passes wrongly has bought a domain, an organisation's name and its voice."""
    accounts = draw(0, datetime(2026, 11, 20, tzinfo=UTC)).accounts.values()
    passing = [one for one in accounts if read_actor(one.profile)]
    wrong = {one.sort.about for one in passing if one.sort.is_person}
    assert wrong == {"Unser Blick auf die Stadt."}
    assert len(passing) > len(accounts) / 5
