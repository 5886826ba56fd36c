"""Tells each thing once: what was found, against the memory of what was told."""

from datetime import datetime

from schemas.inbound import EventType, Inbound, InboundEvent, NoticeType
from services.networks.bluesky.gate import GateRule
from services.networks.bluesky.mapping import (
    Mark,
    Scene,
    author_notice,
    comment_event,
    thread_notice,
    wordless_event,
)
from services.networks.bluesky.memory import Memory
from services.networks.bluesky.places import Places
from services.networks.bluesky.records import Uri, parse_uri
from services.networks.bluesky.said import Post


class Teller:
    """Makes the events of one connection; every call changes its memory."""

    def __init__(self, scene: Scene, places: Places, memory: Memory) -> None:
        self.scene = scene
        self.places = places
        self.memory = memory

    async def comment(self, post: Post, *, edited: bool = False) -> InboundEvent | None:
        """Return a post in this revision as an event, None when it is old or was told."""
        self.places.saw(post)
        if self.memory.is_old(post.uri, post.seen_at):
            return None
        what = self.memory.learn(post.uri, post.root, post.cid)
        if what == "known":
            return None
        thread = await self.places.thread(post.root)
        who = post.who or await self.places.who(post.uri.did)
        is_edit = edited or what == "changed"
        event_type: EventType = "comment.edited.v1" if is_edit else "comment.received.v1"
        return comment_event(post, thread, who, event_type, self.scene)

    async def deleted(self, uri: Uri, *, at: datetime, rev: str | None = None) -> list[Inbound]:
        """Return the deletion of a comment that was told; `rev` is its repository's revision."""
        known = self.memory.known.pop(str(uri), None)
        root = parse_uri(known.root) if known is not None else None
        if known is None or root is None:
            return []
        mark = Mark(at, rev or known.cid, known.cid)
        thread = await self.places.thread(root)
        return [wordless_event(uri, thread, "comment.deleted.v1", mark, self.scene)]

    def thread_deleted(self, root: Uri, *, at: datetime, rev: str) -> list[Inbound]:
        """Return that a thread lost its opening post."""
        self.memory.threads.pop(str(root), None)
        self.memory.gates.pop(str(root), None)
        return [thread_notice(root, "thread.deleted.v1", Mark(at, rev), self.scene)]

    async def gate(
        self, root: Uri, rule: GateRule, *, closed: bool, at: datetime, rev: str | None = None
    ) -> list[Inbound]:
        """Return what changed in a thread's gate since it was last seen."""
        turned = self.memory.turn_gate(root, closed=closed, hidden=rule.hidden, now=at)
        suffix = rev or str(turned.turn)
        told: list[Inbound] = []
        if turned.locked is not None:
            notice_type: NoticeType = "thread.locked.v1" if turned.locked else "thread.unlocked.v1"
            told.append(thread_notice(root, notice_type, Mark(at, suffix), self.scene))
        if turned.hidden or turned.shown:
            thread = await self.places.thread(root)
        changes: tuple[tuple[tuple[str, ...], EventType], ...] = (
            (turned.hidden, "comment.hidden.v1"),
            (turned.shown, "comment.unhidden.v1"),
        )
        for uris, event_type in changes:
            for text in uris:
                uri = parse_uri(text)
                if uri is None:
                    continue
                known = self.memory.known.get(text)
                mark = Mark(at, suffix, known.cid if known is not None else "unknown")
                told.append(wordless_event(uri, thread, event_type, mark, self.scene))
        return told

    def blocked(self, did: str, *, by: str, at: datetime, suffix: str) -> list[Inbound]:
        """Return that an account and we are parted; `by` names the record or the view of it."""
        news = not self.memory.blocked(did)
        self.memory.blocks[by] = did
        if not news:
            return []
        return [author_notice(did, "author.blocked.v1", Mark(at, suffix), self.scene)]

    def unblocked(self, *, by: str, at: datetime, suffix: str) -> list[Inbound]:
        """Return that an account and we meet again, once nothing parts us any more."""
        did = self.memory.blocks.pop(by, None)
        if did is None:
            return []
        self.memory.blocks.pop(seen_block(did), None)
        if self.memory.blocked(did):
            return []
        return [author_notice(did, "author.unblocked.v1", Mark(at, suffix), self.scene)]

    def account_gone(self, did: str, *, at: datetime) -> list[Inbound]:
        """Return that an account whose comments we told is no more."""
        if not self.memory.knows_author(did):
            return []
        return [author_notice(did, "author.gone.v1", Mark(at, at.isoformat()), self.scene)]


def seen_block(did: str) -> str:
    """Name a block of which only the effect is seen."""
    return f"{did}#view"
