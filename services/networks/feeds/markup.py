"""The JSON-LD of a home page. Pure.

Types of organisations: https://schema.org/Organization and its subtypes.
"""

import json
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser

BODIES = frozenset(
    {"Organization", "NGO", "NewsMediaOrganization", "GovernmentOrganization", "Corporation"}
    | {"EducationalOrganization", "CollegeOrUniversity", "LibrarySystem", "ResearchOrganization"}
    | {"PoliticalParty", "Project", "FundingScheme", "WorkersUnion", "SportsOrganization"}
)


def documents(page: LexborHTMLParser) -> Iterator[Any]:
    """Yield what each script of JSON-LD holds; one that cannot be read holds nothing."""
    for script in page.css('script[type="application/ld+json"]'):
        try:
            yield json.loads(script.text())
        except (ValueError, RecursionError):
            continue


def kinds_of(page: LexborHTMLParser) -> Iterator[str]:
    """Yield the types of everything that is described, however deep."""
    for document in documents(page):
        waiting: list[Any] = [document]
        while waiting:
            one = waiting.pop()
            if isinstance(one, list):
                waiting += one
            elif isinstance(one, dict):
                yield from types_of(one)
                waiting += [value for value in one.values() if isinstance(value, dict | list)]


def types_of(node: dict[str, Any]) -> list[str]:
    """Return the types of one thing."""
    kind = node.get("@type")
    return [str(one) for one in kind] if isinstance(kind, list) else [str(kind)]
