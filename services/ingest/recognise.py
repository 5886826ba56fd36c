"""Recognise at the door what was erased: it is not taken in again, and nothing names it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.ingest.door import Admitted
from services.kit.db import Connection
from services.kit.pseudonym import long_key, pseudonym
from services.store import tombstones
from services.store.tombstones import ERASED, digest


@dataclass(frozen=True)
class Marks:
    """The tombstones that an event may meet, one by each key that is still in use."""

    comment: frozenset[str]
    author: frozenset[str]
    parent: frozenset[str]
    root: frozenset[str]
    page: frozenset[str]
    """Of the account whose page it is."""

    @property
    def all(self) -> frozenset[str]:
        return self.comment | self.author | self.parent | self.root | self.page


def marks_of(one: Admitted, keys: Sequence[bytes]) -> Marks:
    """Return what the event would be recognised by; nothing of it is stored."""
    comment, network = one.comment, one.comment.network

    def of_comment(native_id: str | None) -> frozenset[str]:
        if native_id is None:
            return frozenset()
        return frozenset(digest(key, "comment", long_key(network, native_id)) for key in keys)

    def of_account(native_id: str) -> frozenset[str]:
        return frozenset(digest(key, "account", pseudonym(key, network, native_id)) for key in keys)

    return Marks(
        of_comment(comment.native_id), of_account(comment.author_id),
        of_comment(comment.parent_id), of_comment(one.thread.root_id),
        of_account(one.thread.page_id) if one.thread.relation != "own" else frozenset(),
    )  # fmt: skip


def without_erased(one: Admitted, marks: Marks, standing: dict[str, datetime]) -> Admitted | None:
    """Return the event without the names of what is erased; None when it is erased itself.

    An account that was erased may write anew: what it wrote before stays out. Pure.
    """
    comment, thread = one.comment, one.thread
    if not marks.comment.isdisjoint(standing):
        return None
    if any(comment.created_at <= standing[mark] for mark in marks.author if mark in standing):
        return None
    if comment.parent_id is not None and not marks.parent.isdisjoint(standing):
        name = ERASED + long_key(comment.network, comment.parent_id)
        comment = replace(comment, parent_id=name)
    if not marks.root.isdisjoint(standing):
        name = ERASED + long_key(comment.network, thread.root_id)
        thread = replace(thread, root_id=name, root_text="", root_url=None)
    if not marks.page.isdisjoint(standing):
        name = ERASED + thread.page_key
        thread = replace(thread, page_id=name, page_name="", page_url=None)
    return replace(one, comment=comment, thread=thread)


async def without_all_erased(
    connection: Connection, admitted: Sequence[Admitted], keys: Sequence[bytes]
) -> list[Admitted | None]:
    """Return each event without the names of what is erased, None for what is erased itself."""
    marks = [marks_of(one, keys) for one in admitted]
    asked = frozenset[str]().union(*(one.all for one in marks))
    standing = await tombstones.standing(connection, asked) if asked else {}
    if not standing:
        return list(admitted)
    return [without_erased(one, mark, standing) for one, mark in zip(admitted, marks, strict=True)]
