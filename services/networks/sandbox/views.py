"""How the API shows posts, comments and events to whoever asks."""

from collections.abc import Mapping
from typing import Any

from services.networks.sandbox.ledger import Ledger
from services.networks.sandbox.posting import Posting
from services.networks.sandbox.world import FeedItem, Note, Principal


def page_path(page_id: str) -> str:
    """Return where a browser finds a page."""
    return f"/p/{page_id}"


def note_path(note: Note) -> str:
    """Return where a browser finds a note; private messages stand on nobody's public page."""
    if note.visibility == "direct":
        return "/messages"
    anchor = "" if note.kind == "post" else f"#c-{note.id}"
    return f"/t/{note.root_id}{anchor}"


class Views:
    """JSON objects, with links that begin at the public address when there is one."""

    def __init__(self, posting: Posting, ledger: Ledger, public_url: str | None) -> None:
        self._posting = posting
        self._ledger = ledger
        self._origin = (public_url or "").rstrip("/")

    def note(self, principal: Principal, note: Note) -> dict[str, Any]:
        """Return a post or comment as it stands now."""
        relations = self._ledger.relations(principal.actors)
        why_not = self._posting.obstacle(principal, note)
        return self._content(principal, note, relations) | {
            "state": note.state,
            "can_reply": why_not is None,
            "why_not": why_not,
        }

    def event(
        self, principal: Principal, item: FeedItem, relations: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return a feed entry; its comment has the text of that revision.

        Where only the author or the thread matters, no text is shown.
        """
        content = self._content(principal, item.note, relations)
        text = item.text if item.type.startswith(("comment.", "post.")) else ""
        return {
            "seq": item.seq,
            "type": item.type,
            "at": item.at.isoformat(),
            "comment": content | {"revision": item.revision, "text": text},
        }

    def _content(
        self, principal: Principal, note: Note, relations: Mapping[str, str]
    ) -> dict[str, Any]:
        own = note.key_holder == principal.id
        return {
            "id": note.id,
            "kind": note.kind,
            "revision": note.revision,
            "parent_id": note.parent_id,
            "page": {
                "id": note.page_id,
                "name": note.page_name,
                "relation": relations.get(note.page_id),
                "url": self._origin + page_path(note.page_id),
            },
            "root": {
                "id": note.root_id,
                "text": note.root_text,
                "url": self._root_url(note),
            },
            "author": {
                "id": note.author_id,
                "kind": note.author_kind,
                "display_name": note.author_name,
                "handle": note.author_handle,
                "is_self": note.author_id in principal.actors,
            },
            "text": note.text,
            "visibility": note.visibility,
            "created_at": note.created_at.isoformat(),
            "edited_at": note.edited_at and note.edited_at.isoformat(),
            "url": self._origin + note_path(note),
            "idempotency_key": note.key if own else None,
        }

    def _root_url(self, note: Note) -> str:
        private = note.visibility == "direct" and not note.root_text
        return self._origin + ("/messages" if private else f"/t/{note.root_id}")
