"""No draft leads a reader to a foreign place, however the address is dressed up."""

import pytest

from services.answer.check_links import links_are_ours
from tests.answer.drafted import TRUE, checked, fact, fault

FOREIGN = [
    "evil.com", "EVIL.COM", "www.evil.example", "https://evil.example/x", "hxxp://evil.example",
    "//evil.example/x", "http://1.2.3.4/x", "http://[::1]/", "localhost:8080/x", "bit.ly/abc",
    "t.me/evil", "wa.me/4915112345678", "evil.com.", "(evil.com)", "„evil.com“", "evil.рф",
    "evil .com", "evil . com", "evil . c o m", "evil[.]com", "evil(.)com", "evil (dot) com",
    "evil dot com", "evil DOT com", "evil punkt com", "evil Punkt de", "evil,com", "evil%2Ecom",
    "evil。com", "evil．com", "evil\u2024com", "ｅｖｉｌ.com", "𝐞𝐯𝐢𝐥.𝐜𝐨𝐦",
    "ⓔⓥⓘⓛ.com", "🅴🆅🅸🅻.com", "e\u200bvil.com", "evil.c\u00adom", "evil\u202e.com",
    "еvil.com", "аррӏе.com", "xn--80ak6aa92e.com", "домен.рф", "stiftung.examplе",
    "[hier](https://evil.example)", "[hier](evil.example)", "[stiftung.example](//evil.example)",
    "<a href='//evil.example'>hier</a>", "mailto:x@evil.com", "javascript:alert(1)",
    "http:evil.com", "https:\\\\evil.com", "https://evil.com/?u=stiftung.example",
    "stiftung.example.evil.com", "stiftung-example.com", "evil.com/stiftung.example",
    "https://stiftung.example@evil.com", "https://stiftung.example:80@evil.com/",
    "https://stiftung.example\\@evil.com", "https://www.stiftung.example/?u=evil.com",
]  # fmt: skip


@pytest.mark.parametrize("link", FOREIGN)
def test_a_foreign_link_is_found_in_every_disguise(link: str) -> None:
    """INVARIANT: a model that obeys an attacker cannot put the attacker's address into a draft."""
    found = fault(fact(f"{TRUE[:-1]}, siehe {link} dazu."))
    assert found is not None
    assert found[0] in ("links_are_ours", "answers_in_place", "every_character_is_plain")
    assert found[1]


@pytest.mark.parametrize(
    "link",
    ["stiftung.example", "https://www.stiftung.example/hof", "STIFTUNG.EXAMPLE/hof",
     "(stiftung.example)", "https://stiftung.example/foerderung.pdf#frist"],
)  # fmt: skip
def test_our_own_domains_are_allowed(link: str) -> None:
    assert fault(fact(f"{TRUE[:-1]}, siehe {link}.")) is None


def test_of_a_publication_elsewhere_only_its_own_address_is_allowed() -> None:
    """INVARIANT: one publication on a shared host does not open the whole host."""
    page = "https://www.stiftung.example/hofwende"
    assert fault(fact(f"{TRUE[:-1]}: {page}"), own_domains=()) is None
    assert fault(fact(f"{TRUE[:-1]}: {page}/formular"), own_domains=()) == (
        "links_are_ours", f"{page}/formular",
    )  # fmt: skip


def test_an_international_domain_of_ours_is_known_in_both_spellings() -> None:
    for link in ("förderung.example", "xn--frderung-n4a.example"):
        draft = checked(fact(f"{TRUE[:-1]}: {link}"), own_domains=("förderung.example",))
        assert links_are_ours(draft) is None


@pytest.mark.parametrize(
    "words",
    ["z.B. je Hof", "d.h. je Hof", "u.a. die Kosten", "i.d.R. höchstens", "bzw. je Hof",
     "also für den Hof", "in diesem Punkt gilt das je Hof", "Kosten: höchstens 18.000 Euro"],
)  # fmt: skip
def test_abbreviations_and_figures_are_no_links(words: str) -> None:
    assert fault(fact(f"{TRUE[:-1]}, {words}.")) is None
