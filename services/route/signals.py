"""What can be seen in a comment without any model: pure, German and English."""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files

HEAD = 4000
"""Characters in which a question is looked for."""

_SIGN = re.compile(r"[^\w]|_")
_URL = re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE)
_QUESTION_MARK = re.compile("[?؟？]")
_QUOTED = re.compile(
    r"„[^„“”\"]{0,500}[“”\"]|“[^“”]{0,500}”|»[^«»]{0,500}«|«[^«»]{0,500}»|‚[^‚‘]{0,500}‘"
    r"|\"[^\"]{0,500}\""
)
_WORD = re.compile(r"[^\W\d_]+")
_NEGATION = re.compile(
    r"\b(?:nicht|nie|niemals|niemand\w*|kein\w*|not|never|nobody|no)\b", re.IGNORECASE
)
NEAR = 60
"""Letters before words of violence in which a negation is looked for."""
OWN_WORDS = 5
"""Words beside a quotation from which the comment is taken to speak about it."""
_MENTION = re.compile(r"^\s*@[\w.-]+")


@dataclass(frozen=True)
class Signals:
    """Facts about one text that a person can check by looking at it."""

    is_reply: bool
    letters: int
    links: int
    asks: bool
    """A direct or indirect question, not just a question mark."""
    question_mark: bool
    talks_to_somebody_else: bool
    threat: str | None
    """The words that look like a threat."""
    violence: str | None
    """The words that may call for violence, none of them in a negation."""
    only_quoted: bool
    """The words of a threat stand in quotation marks alone, with words of the author's beside."""
    help: str | None
    """The words that look like a call for help."""
    spam: str | None
    """The words that look like advertising."""


class Words:
    """The word lists of `words.toml` as patterns."""

    def __init__(self, lists: dict[str, list[str]]) -> None:
        question = "|".join(lists["question_words"])
        joint, preposition = lists["before_question_words"]
        self.asks = (
            re.compile(
                rf"(?:^|[.!?…:;,\n–-]|\b(?:{joint}))\s*(?:(?:{preposition})\s+)?"
                rf"(?:{question})\b[^.!?\n]*\?",
                re.IGNORECASE,
            ),
            _whole_words(lists["asks_indirectly"]),
            re.compile(rf"^\W*(?:{lists['asks_for_proof'][0]})\b[^.!]{{0,40}}\?", re.IGNORECASE),
        )
        self.threat = _whole_words(lists["threat"])
        self.violence = _whole_words(lists["violence"])
        self.help = _whole_words(lists["help"])
        self.spam = _whole_words(lists["spam"])


def read_words() -> Words:
    """Load the word lists that ship with the service."""
    text = files(__package__).joinpath("words.toml").read_text(encoding="utf-8")
    return Words(tomllib.loads(text))


def read_signals(text: str, words: Words, *, is_reply: bool) -> Signals:
    """Read the signals of a text; linear in its length."""
    bare = _URL.sub(" ", text)
    own = _QUOTED.sub(" ", bare)
    threat = _found(words.threat, bare)
    speaks_about_it = len(_WORD.findall(own)) >= OWN_WORDS
    head = bare[:HEAD]
    return Signals(
        is_reply=is_reply,
        letters=len(_SIGN.sub("", bare)),
        links=len(_URL.findall(text)),
        asks=any(pattern.search(head) for pattern in words.asks),
        question_mark=bool(_QUESTION_MARK.search(bare)),
        talks_to_somebody_else=is_reply and bool(_MENTION.match(text)),
        threat=threat,
        violence=_called_for(words.violence, own if speaks_about_it else bare),
        only_quoted=bool(threat) and speaks_about_it and not words.threat.search(own),
        help=_found(words.help, bare),
        spam=_found(words.spam, text),
    )


def _whole_words(alternatives: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return _shown(found) if found else None


def _called_for(pattern: re.Pattern[str], text: str) -> str | None:
    """Return the first hit that its sentence does not negate up to its end."""
    for hit in pattern.finditer(text):
        near = max(0, hit.start() - NEAR)
        begins = max(near, *(text.rfind(sign, near, hit.start()) + 1 for sign in ".!?\n"))
        if not _NEGATION.search(text, begins, hit.end()):
            return _shown(hit)
    return None


def _shown(hit: re.Match[str]) -> str:
    return " ".join(hit[0].split())[:80]
