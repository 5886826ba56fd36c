"""Whether an account is an organisation's, a news medium's or a public office's. Pure.

When in doubt it is a private person's, and nothing of it is kept: it has to say what it is,
something that it cannot write itself has to confirm it, and nothing may speak against it.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from services.networks.scout import Profile
from services.store.watches import Foreign

Proof = Literal["domain", "institution", "vouched", "group", "declared"]
"""What confirms it: its own domain, a public body's domain, the network, or the site itself."""
SHORTEST = 3
"""Letters of a domain's name; fewer confirm nothing."""
_CHECKED = ("institution", "vouched")
"""What somebody else has checked; a domain can be bought by anybody, so more is asked for."""
_WORD = re.compile(r"[^\W_]+")
_RELATIONS: Sequence[Foreign] = ("decision_maker", "news", "partner")
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True)
class Actor:
    """What a page is to us, probably, and what confirms that it is no private person's."""

    relation: Foreign
    proof: Proof


def read_actor(profile: Profile) -> Actor | None:
    """Return what an account is, None for a private person, a joke, and whoever may be one.

    Of an office that one person holds, the network or a public body has to confirm it; whoever
    only has a domain, a group or a word of its own also speaks as a body: "we", an imprint, a
    legal form.
    """
    name, about = profile.name.casefold(), profile.about.casefold()
    said = f"{name}\n{about}"
    rest = _pattern("seat").sub("", said)
    if any(_holds(kind, rest) for kind in ("person", "joke", "alone")):
        return None
    proof = _proof(profile)
    if proof is None or (profile.is_bot and proof not in ("domain", "institution")):
        return None
    is_official = _holds("official", about)
    if proof not in _CHECKED and not is_official and not _holds("form", said):
        return None
    relation = _relation(name)
    if relation is None and is_official:
        relation = _relation(about)
    if _holds("office", name) or (relation is None and _holds("office", about)):
        is_sure = proof in _CHECKED and not _holds("former", said)
        return Actor("decision_maker", proof) if is_sure else None
    return Actor(relation, proof) if relation else None


def _relation(text: str) -> Foreign | None:
    return next((one for one in _RELATIONS if _holds(one, text)), None)


def _proof(profile: Profile) -> Proof | None:
    """Return the strongest thing that the account cannot write about itself."""
    where = [*profile.proven, *([profile.home] if profile.home else [])]
    if any(f".{one}".endswith(tuple(_words()["institutions"])) for one in where):
        return "institution"
    if any(_belongs(one, profile.name) for one in profile.proven):
        return "domain"
    if profile.is_vouched:
        return "vouched"
    if profile.is_group:
        return "group"
    return "declared" if profile.is_declared else None


def _belongs(domain: str, name: str) -> bool:
    """Tell whether a domain is called like the account: by words in a row, or their initials."""
    parts = domain.casefold().removeprefix("www.").split(".")
    label = re.sub(r"[^a-z0-9]", "", parts[-2] if len(parts) > 1 else parts[0])
    words = [word.casefold().translate(_PLAIN) for word in _WORD.findall(name)]
    rows = [words[a:b] for a in range(len(words)) for b in range(a + 1, len(words) + 1)]
    said = {"".join(row) for row in rows} | {"".join(word[0] for word in row) for row in rows}
    return len(label) >= SHORTEST and label in said


def _holds(kind: str, text: str) -> bool:
    return _pattern(kind).search(text) is not None


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile(r"(?<![\w#])(?:" + "|".join(_words()[kind]) + ")")


@cache
def _words() -> Mapping[str, Sequence[str]]:
    text = files("services.outreach").joinpath("actor.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
