"""What a change in the event stream means for us."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import ValidationError

from schemas.inbound import Inbound
from services.networks.bluesky.firehose import Change, Garbled, Op
from services.networks.bluesky.gate import read_gate
from services.networks.bluesky.records import BLOCK, GATE, POST, Uri
from services.networks.bluesky.repos import Repos
from services.networks.bluesky.said import Post, PostRecord, concerns, why_unreadable
from services.networks.bluesky.teller import Teller
from services.networks.network import Temporary, Unreadable


@dataclass
class News:
    """Events, and what was said to us but cannot be read."""

    events: list[Inbound] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.events or self.unreadable)


Revisit = Callable[[Uri, datetime], None]
"""Has a thread looked at through the AppView."""


async def news_of(
    change: Change | Garbled, teller: Teller, repos: Repos, revisit: Revisit | None = None
) -> News:
    """Return what a change tells us; most changes of a stream concern others.

    Where an AppView answers (`revisit`), it alone says which revision of a post and which state of
    a gate the public sees: it lags behind the stream, or does not follow it at all.
    """
    news = News()
    if isinstance(change, Garbled):
        news.unreadable.append(Unreadable(change.raw, change.reason))
        return news
    if change.time < teller.memory.since:
        return news
    for op in change.ops:
        try:
            news.events += await _told(op, change, teller, repos, revisit)
        except ValidationError as error:
            if _names_us(op, teller):
                raw = json.dumps(op.record, default=str, ensure_ascii=False)
                reason = why_unreadable(error)
                news.unreadable.append(Unreadable(raw.encode("utf-8", "replace"), reason))
    if change.gone is not None:
        news.events += teller.account_gone(change.gone, at=change.time)
    if change.renamed is not None:
        teller.places.forget(change.renamed)
    return news


async def _told(
    op: Op, change: Change, teller: Teller, repos: Repos, revisit: Revisit | None
) -> Sequence[Inbound]:
    if op.uri.collection == POST:
        if op.action == "delete":
            return await _post_deleted(op.uri, change, teller)
        return await _post_written(op, change, teller, repos, revisit)
    if op.uri.collection == GATE and op.uri.did in teller.scene.pages:
        return await _gate_turned(op, change, teller, revisit)
    if op.uri.collection == BLOCK:
        return _block(op, change, teller)
    return ()


async def _post_written(
    op: Op, change: Change, teller: Teller, repos: Repos, revisit: Revisit | None
) -> Sequence[Inbound]:
    """Tell a post that concerns us, unless its author deleted it since."""
    record, cid = op.record, op.cid
    if record is None:
        found = await repos.find(op.uri)
        if found is None:
            return ()
        record, cid = found.value, found.cid
    post = Post(op.uri, cid or "", PostRecord.model_validate(record), change.time)
    if not concerns(post, teller.scene.ours, teller.scene.pages):
        return ()
    is_edit = op.action == "update"
    if is_edit and revisit is not None:
        revisit(post.root, change.time)
        return ()
    if not is_edit and str(post.uri) in teller.memory.known:
        return ()
    if not await _still_stands(op.uri, repos):
        teller.memory.learn(post.uri, post.root, post.cid)
        return ()
    event = await teller.comment(post, edited=is_edit)
    return () if event is None else (event,)


async def _gate_turned(
    op: Op, change: Change, teller: Teller, revisit: Revisit | None
) -> Sequence[Inbound]:
    root = Uri(op.uri.did, POST, op.uri.rkey)
    if revisit is not None:
        revisit(root, change.time)
        return ()
    rule = read_gate(op.record)
    return await teller.gate(root, rule, closed=rule.closed, at=change.time, rev=change.rev)


async def _still_stands(uri: Uri, repos: Repos) -> bool:
    """Ask its repository; one that cannot be asked is taken at the stream's word."""
    try:
        return await repos.find(uri) is not None
    except Temporary:
        return True


async def _post_deleted(uri: Uri, change: Change, teller: Teller) -> Sequence[Inbound]:
    told = await teller.deleted(uri, at=change.time, rev=change.rev)
    if told or uri.did not in teller.scene.pages:
        return told
    return teller.thread_deleted(uri, at=change.time, rev=change.rev)


def _block(op: Op, change: Change, teller: Teller) -> Sequence[Inbound]:
    if op.action == "delete":
        return teller.unblocked(by=str(op.uri), at=change.time, suffix=change.rev)
    subject = str((op.record or {}).get("subject"))
    ours = teller.scene.ours
    other = {op.uri.did: subject, subject: op.uri.did}.get(ours)
    if other is None or op.uri.did == subject:
        return ()
    return teller.blocked(other, by=str(op.uri), at=change.time, suffix=change.rev)


def _names_us(op: Op, teller: Teller) -> bool:
    said = str(op.record)
    return any(did in said for did in teller.scene.pages)
