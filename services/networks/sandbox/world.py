"""Who and what exists on the sandbox network, and who may see what."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

ActorKind = Literal["page", "person"]
NoteKind = Literal["post", "comment"]
State = Literal["visible", "hidden", "deleted"]
Obstacle = Literal["blocked", "locked", "hidden"]
Visibility = Literal["public", "unlisted", "direct"]
"""What this network knows; unlisted stands in its thread like public does."""

MAX_NAME = 60
"""Characters of a person's name."""
MAX_PAGE_NAME = 200
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Refusal(Exception):
    """The network says no: HTTP status, machine code and one sentence."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


@dataclass(frozen=True)
class Actor:
    """A page of an organisation or a person."""

    id: str
    kind: ActorKind
    display_name: str
    handle: str
    about: str = ""


@dataclass(frozen=True)
class Principal:
    """Whoever asks: the actor it speaks as, and all the actors it is."""

    id: str
    actors: frozenset[str]

    def speaks_as(self, page_id: str) -> str:
        """Return the author of what it writes under this page: the page itself when it owns it."""
        return page_id if page_id in self.actors else self.id


@dataclass(frozen=True)
class Note:
    """A post or a comment with what is needed to show it.

    `page_id` is the page under which it stands or, for a private message, between whose messages
    it stands. `locked` is the thread's.
    """

    id: str
    kind: NoteKind
    root_id: str
    parent_id: str | None
    page_id: str
    author_id: str
    recipient_id: str | None
    text: str
    revision: int
    visibility: Visibility
    state: State
    created_at: datetime
    edited_at: datetime | None
    key_holder: str | None = None
    key: str | None = None
    locked: bool = False
    root_text: str = ""
    page_name: str = ""
    author_name: str = ""
    author_handle: str = ""
    author_kind: ActorKind = "person"


@dataclass(frozen=True)
class FeedItem:
    """One entry of the event feed; `text` is the text of `revision`, not the latest one.

    `only_to` is the page that alone is told, None when all who read the note are.
    """

    seq: int
    type: str
    at: datetime
    revision: int
    text: str
    note: Note
    only_to: str | None = None


def new_post(note_id: str, page_id: str, text: str, at: datetime) -> Note:
    """Return a post by its page that opens a thread."""
    return Note(
        id=note_id,
        kind="post",
        root_id=note_id,
        parent_id=None,
        page_id=page_id,
        author_id=page_id,
        recipient_id=None,
        text=text,
        revision=1,
        visibility="public",
        state="visible",
        created_at=at,
        edited_at=None,
    )


def new_message(note_id: str, page_id: str, author_id: str, text: str, at: datetime) -> Note:
    """Return a private message that opens a conversation with a page."""
    return replace(
        new_post(note_id, page_id, text, at),
        kind="comment",
        author_id=author_id,
        recipient_id=page_id,
        visibility="direct",
    )


def new_reply(
    note_id: str,
    target: Note,
    *,
    author_id: str,
    text: str,
    visibility: Visibility,
    at: datetime,
) -> Note:
    """Return a comment under a post or another comment; a private one goes to the other side."""
    other = target.author_id if target.author_id != author_id else target.recipient_id
    return replace(
        new_post(note_id, target.page_id, text, at),
        kind="comment",
        root_id=target.root_id,
        parent_id=None if target.kind == "post" else target.id,
        author_id=author_id,
        recipient_id=other if visibility == "direct" else None,
        visibility=visibility,
    )


def in_audience(actors: frozenset[str], note: Note) -> bool:
    """Tell whether it was meant for one of them: everything that is not private is."""
    if note.visibility != "direct":
        return True
    return note.author_id in actors or note.recipient_id in actors


def may_see(actors: frozenset[str], note: Note) -> bool:
    """Tell whether they can read it now; hidden ones only their author and the page can."""
    if note.state == "deleted" or not in_audience(actors, note):
        return False
    return note.state == "visible" or note.author_id in actors or note.page_id in actors


def clean_text(text: str, max_length: int) -> str:
    """Return the text as it is stored; refuse empty and too long ones (in characters)."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in unified if c in "\n\t" or unicodedata.category(c) != "Cc").strip()
    if not kept:
        raise Refusal(422, "invalid", "The text is empty.")
    if len(kept) > max_length:
        raise Refusal(
            422, "too_long", f"The text has {len(kept)} characters; {max_length} are allowed."
        )
    return kept


def clean_name(name: str, longest: int = MAX_NAME) -> str:
    """Return a display name on one line, without characters that reorder the page around it."""
    kept = "".join(
        c for c in name if unicodedata.category(c) != "Cc" or c.isspace() if c not in _BIDI_CONTROLS
    )
    tidy = " ".join(kept.split())
    if not tidy or len(tidy) > longest:
        raise Refusal(422, "invalid", f"A name has 1 to {longest} characters.")
    return tidy


def handle_for(name: str, suffix: str) -> str:
    """Return an ASCII handle such as `jana-kruger-4f2a`."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_name.lower())
    return "-".join([*words[:3], suffix])
