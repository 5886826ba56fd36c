"""What people and pages do on the sandbox network, and what the network refuses."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from services.networks.sandbox.feed import Bell
from services.networks.sandbox.ledger import Ledger
from services.networks.sandbox.settings import SandboxSettings
from services.networks.sandbox.world import (
    Actor,
    Note,
    Obstacle,
    Principal,
    Refusal,
    Visibility,
    clean_name,
    clean_text,
    handle_for,
    may_see,
    new_message,
    new_post,
    new_reply,
)

_WHY_NOT: dict[Obstacle, str] = {
    "hidden": "This comment is hidden.",
    "locked": "This thread is locked.",
    "blocked": "This person has blocked the page.",
}


class Posting:
    """Every change to the network: checked, durable, then told to whoever waits."""

    def __init__(
        self,
        ledger: Ledger,
        bell: Bell,
        settings: SandboxSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._bell = bell
        self._settings = settings
        self._now = now

    def join(self, display_name: str, secret: str) -> Principal:
        """Make an account for a newcomer who will show this secret from now on."""
        name = clean_name(display_name)
        person_id = f"p{secrets.token_hex(6)}"
        person = Actor(person_id, "person", name, handle_for(name, person_id[1:5]))
        with self._change():
            self._ledger.add_actor(person, hash_of(secret))
        return Principal(person_id, frozenset({person_id}))

    def rename(self, principal: Principal, display_name: str) -> None:
        """Give somebody another display name, on all they have written too."""
        name = clean_name(display_name)
        with self._change():
            self._ledger.rename(principal.id, name)

    def publish(self, principal: Principal, page_id: str, text: str) -> Note:
        """Open a thread on a page; only its owner may."""
        if page_id not in principal.actors:
            raise Refusal(403, "scope", "Only the page itself posts here.")
        kept = clean_text(text, self._settings.max_length)
        with self._change():
            self._known(page_id)
            return self._add(new_post(new_id(), page_id, kept, self._now()))

    def reply(
        self,
        principal: Principal,
        target_id: str,
        text: str,
        *,
        visibility: Visibility | None = None,
        key: str | None = None,
    ) -> tuple[Note, bool]:
        """Write under a post or a comment; the same key gives the same reply, now and for ever.

        Returns the reply and whether it is new. Without a visibility it takes the target's.
        """
        kept = clean_text(text, self._settings.max_length)
        key = key if self._settings.honours_keys else None
        with self._change():
            earlier = self._ledger.note_by_key(principal.id, key) if key is not None else None
            if earlier is not None:
                return self._same(earlier, target_id, kept), False
            target = self.visible(principal, target_id)
            author = self._known(principal.speaks_as(target.page_id))
            asked = visibility or target.visibility
            if target.visibility == "direct" and asked != "direct":
                raise Refusal(422, "visibility", "A private message is answered in private.")
            obstacle = self.obstacle(principal, target)
            if obstacle is not None:
                raise Refusal(403, obstacle, _WHY_NOT[obstacle])
            note = new_reply(
                new_id(),
                target,
                author_id=author.id,
                text=kept,
                visibility=self._settings.forced_visibility or asked,
                at=self._now(),
            )
            if key is not None:
                note = replace(note, key_holder=principal.id, key=key)
            return self._add(note), True

    def message(self, principal: Principal, page_id: str, text: str) -> Note:
        """Write to a page in private."""
        kept = clean_text(text, self._settings.max_length)
        with self._change():
            if self._known(page_id).kind != "page":
                raise Refusal(422, "invalid", "Private messages go to pages.")
            author = self._known(principal.id)
            return self._add(new_message(new_id(), page_id, author.id, kept, self._now()))

    def edit(self, principal: Principal, note_id: str, text: str) -> Note:
        """Give one's own text a new revision; the same text again changes nothing."""
        kept = clean_text(text, self._settings.max_length)
        with self._change():
            note = self._own(principal, note_id)
            if note.text != kept:
                at = self._now()
                self._ledger.revise(note.id, kept, at)
                self._ledger.record(f"{note.kind}.edited", note.id, at)
            return self.visible(principal, note_id)

    def delete(self, principal: Principal, note_id: str) -> None:
        """Leave a tombstone in place of one's own text."""
        with self._change():
            note = self._own(principal, note_id)
            self._ledger.erase(note.id)
            event = "thread.deleted" if note.kind == "post" else "comment.deleted"
            self._ledger.record(event, note.id, self._now())

    def hide(self, principal: Principal, note_id: str, *, hidden: bool) -> Note:
        """Take a comment out of sight, or bring it back; the page's owner may."""
        with self._change():
            note = self.visible(principal, note_id)
            if note.page_id not in principal.actors or note.kind != "comment":
                raise Refusal(403, "scope", "Only the page's owner hides comments.")
            if (note.state == "hidden") != hidden:
                self._ledger.set_state(note.id, "hidden" if hidden else "visible")
                event = "comment.hidden" if hidden else "comment.unhidden"
                self._ledger.record(event, note.id, self._now())
            return self.visible(principal, note_id)

    def lock(self, principal: Principal, root_id: str, *, locked: bool) -> None:
        """Close a thread to new comments, or open it again; the page's owner may."""
        with self._change():
            root = self.visible(principal, root_id)
            if root.page_id not in principal.actors or root.kind != "post":
                raise Refusal(403, "scope", "Only the page's owner locks a thread.")
            if root.locked != locked:
                self._ledger.set_locked(root.id, locked=locked)
                event = "thread.locked" if locked else "thread.unlocked"
                self._ledger.record(event, root.id, self._now())

    def block(self, principal: Principal, page_id: str, *, blocked: bool) -> None:
        """Keep a page from answering one's comments, or let it again.

        Only the page is told, and only of somebody who has commented anywhere.
        """
        with self._change():
            blocker = self._known(principal.id)
            if self._known(page_id).kind != "page" or blocker.kind != "person":
                raise Refusal(422, "invalid", "People block pages.")
            if self._ledger.is_blocked(principal.id, page_id) == blocked:
                return
            self._ledger.set_block(principal.id, page_id, blocked=blocked)
            if comment_id := self._ledger.latest_comment_of(principal.id):
                event = "author.blocked" if blocked else "author.unblocked"
                self._ledger.record(event, comment_id, self._now(), only_to=page_id)

    def visible(self, principal: Principal, note_id: str) -> Note:
        """Return a note the principal may see now; 404 whether it never was or is gone."""
        note = self._ledger.note(note_id)
        if note is None or not may_see(principal.actors, note):
            raise Refusal(404, "gone", "There is nothing here, or not any more.")
        return note

    def obstacle(self, principal: Principal, target: Note) -> Obstacle | None:
        """Return why the principal cannot reply here, None when it can."""
        if target.state == "hidden":
            return "hidden"
        if target.locked:
            return "locked"
        if self._ledger.is_blocked(target.author_id, principal.speaks_as(target.page_id)):
            return "blocked"
        return None

    @contextmanager
    def _change(self) -> Iterator[None]:
        with self._ledger.transaction():
            yield
        self._bell.ring()

    def _known(self, actor_id: str) -> Actor:
        actor = self._ledger.actor(actor_id)
        if actor is None:
            raise Refusal(404, "gone", f"There is no page or person {actor_id!r} here.")
        return actor

    def _own(self, principal: Principal, note_id: str) -> Note:
        note = self.visible(principal, note_id)
        if note.author_id not in principal.actors:
            raise Refusal(403, "scope", "Only its author may change this.")
        return note

    def _same(self, earlier: Note, target_id: str, text: str) -> Note:
        if earlier.state == "deleted":
            raise Refusal(404, "gone", "The reply of this key was deleted; it stays deleted.")
        if (earlier.parent_id or earlier.root_id) != target_id or earlier.text != text:
            raise Refusal(422, "key_reused", "This key belongs to another reply.")
        return earlier

    def _add(self, note: Note) -> Note:
        self._ledger.add_note(note)
        self._ledger.record(f"{note.kind}.created", note.id, note.created_at)
        return note


def new_id() -> str:
    """Return an id that nobody can guess and any URL can carry."""
    return f"c{secrets.token_hex(8)}"


def hash_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
