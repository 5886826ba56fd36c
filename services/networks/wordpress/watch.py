"""Looks at a site's comments again and again, and tells what happened in between."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from schemas.inbound import Inbound, InboundNotice
from services.networks.network import Temporary, Unreadable
from services.networks.wordpress.mapping import Place, event_from, notice_from
from services.networks.wordpress.outcome import NO_COMMENT, code_of, refusal_of, understood
from services.networks.wordpress.posts import Posts, state_of
from services.networks.wordpress.rest import Rest
from services.networks.wordpress.said import LIST_FIELDS, SaidComment, SaidPost
from services.networks.wordpress.window import Change, Thread, Window, compare

_PAGE = 100
_SMALL_PAGE = 10
_OVERLAP = 5
"""Comments that a page shares with the one before: so many may vanish between two answers."""
_FOLD = 3600
"""Seconds: WordPress compares local times, of which one hour comes twice each autumn."""
_AT_ONCE = 100


@dataclass(frozen=True)
class Step:
    """What happened, and the window in which it is known."""

    events: Sequence[Inbound]
    unreadable: Sequence[Unreadable]
    window: Window


@dataclass(frozen=True)
class _Listing:
    """All approved comments later than `bottom`, by number."""

    comments: Mapping[int, SaidComment]
    bottom: int


class Watch:
    """One site's comments, seen through our account."""

    def __init__(self, rest: Rest, posts: Posts, place: Place) -> None:
        self._rest = rest
        self._posts = posts
        self._place = place
        self._told_unreadable: set[bytes] = set()
        self._unreadable: list[Unreadable] = []

    async def look(
        self, window: Window, now: datetime, *, wholly: bool, first: bool
    ) -> AsyncIterator[Step]:
        """Yield what happened since the window was known, the oldest first; nothing if nothing.

        `wholly` looks at all of the window and at its posts, otherwise at the newest hundred
        comments. At a `first` look what lies in the trash is told as deleted: a lost cursor must
        not hide a deletion.
        """
        listing = await self._list(window, wholly=wholly or first)
        seen = dict(listing.comments)
        if first:
            trashed, _ = await self._page({"status": "trash", "after": _moment(window.floor)})
            seen |= {one.id: one for one in trashed if one.said_at > window.floor}
        missing = window.missing(seen.keys(), listing.bottom)
        elsewhere = await self._look_up(missing)
        vanished = [
            number for number in missing if number not in elsewhere and await self._is_gone(number)
        ]
        changes = compare(window, seen | elsewhere, vanished)
        posts: dict[int, SaidPost | None] = {}
        for start in range(0, len(changes), _AT_ONCE):
            step = await self._told(window, changes[start : start + _AT_ONCE], posts, now)
            window = step.window
            yield step
        notices, window = await self._threads(window, now) if wholly else ([], window)
        if notices or self._unreadable:
            yield Step(notices, self._letters(), window)

    async def _told(
        self,
        window: Window,
        changes: Sequence[Change],
        posts: dict[int, SaidPost | None],
        now: datetime,
    ) -> Step:
        """Map changes to events; `posts` remembers what was asked for in this look.

        A post that opened, closed or is first seen closed is told of at once.
        """
        events: list[Inbound] = []
        threads = dict(window.threads)
        for change in changes:
            number = change.known.post
            if change.said is not None and number not in posts:
                route = threads[number].route if number in threads else ""
                route, posts[number] = await self._posts.of(change.said, route)
                if (post := posts[number]) is not None:
                    threads[number] = Thread(route, state_of(post))
            event = self._event(change, posts.get(number), now)
            if event is not None:
                events.append(event)
        events += [
            notice_from(number, thread.state, self._place, now)
            for number, thread in threads.items()
            if thread.state != window.state_of(number)
        ]
        return Step(events, self._letters(), replace(window.after(changes), threads=threads))

    def _event(self, change: Change, post: SaidPost | None, now: datetime) -> Inbound | None:
        try:
            return event_from(change, post, self._place, now)
        except ValidationError as error:
            self._bury({"id": change.number, "post": change.known.post}, error)
            return None

    async def _threads(
        self, window: Window, now: datetime
    ) -> tuple[Sequence[InboundNotice], Window]:
        """Tell of posts that opened or closed for comments, or went, since they were last seen."""
        states = await self._posts.states(window.threads)
        changed = {
            number: window.threads[number]._replace(state=state)
            for number, state in states.items()
            if window.threads[number].state != state
        }
        notices = [
            notice_from(number, thread.state, self._place, now)
            for number, thread in sorted(changed.items())
        ]
        return notices, replace(window, threads=dict(window.threads) | changed)

    async def _list(self, window: Window, *, wholly: bool) -> _Listing:
        """The newest first, so that what comes in meanwhile is read twice and never missed."""
        comments: dict[int, SaidComment] = {}
        offset = 0
        while True:
            page, following = await self._page(
                {"status": "approve", "after": _moment(window.floor - _FOLD)}, offset
            )
            comments |= {one.id: one for one in page if one.said_at > window.floor}
            if following is None:
                return _Listing(comments, window.floor)
            if page and not wholly and page[-1].id in window.known:
                return _Listing(comments, page[-1].said_at)
            offset = following

    async def _look_up(self, numbers: Sequence[int]) -> dict[int, SaidComment]:
        """Return how these comments stand, whatever their status; what vanished is left out."""
        found: dict[int, SaidComment] = {}
        for start in range(0, len(numbers), _PAGE):
            chunk = ",".join(map(str, numbers[start : start + _PAGE]))
            offset: int | None = 0
            while offset is not None:
                page, offset = await self._page({"status": "any", "include": chunk}, offset)
                found |= {one.id: one for one in page}
        return found

    async def _is_gone(self, number: int) -> bool:
        """Ask for the comment itself: a list may leave out what we may not read any more."""
        answer = await self._rest.get(
            f"/wp/v2/comments/{number}", {"context": "edit", "_fields": "id"}
        )
        if answer.is_success or answer.status in {401, 403}:
            return False
        if code_of(answer) == NO_COMMENT:
            return True
        raise refusal_of(answer, writing=False)

    async def _page(
        self, which: Mapping[str, str], offset: int = 0
    ) -> tuple[list[SaidComment], int | None]:
        """Return one page, the newest first, and where the next one begins, None after the last.

        A page may be larger than we read, for a comment may have 65 kB: then a small one is asked
        for, so that nobody silences a site with long comments.
        """
        try:
            return await self._page_of(_PAGE, which, offset)
        except Temporary as error:
            if error.retry_after is not None:
                raise
            return await self._page_of(_SMALL_PAGE, which, offset)

    async def _page_of(
        self, size: int, which: Mapping[str, str], offset: int
    ) -> tuple[list[SaidComment], int | None]:
        fixed: dict[str, str | int] = {"context": "edit", "_fields": LIST_FIELDS}
        order: dict[str, str | int] = {"orderby": "date_gmt", "order": "desc"}
        paging: dict[str, str | int] = {"per_page": size, "offset": offset}
        answer = await self._rest.get("/wp/v2/comments", {**fixed, **order, **paging, **which})
        said = understood(answer, list[dict[str, Any]])
        total = answer.headers.get("X-WP-Total", "")
        more = offset + size < int(total) if total.isdecimal() else len(said) == size
        return list(self._read(said)), offset + size - _OVERLAP if more and said else None

    def _read(self, said: Iterable[Mapping[str, Any]]) -> Iterable[SaidComment]:
        for raw in said:
            try:
                yield SaidComment.model_validate(raw)
            except ValidationError as error:
                self._bury({name: raw.get(name) for name in ("id", "post", "date_gmt")}, error)

    def _bury(self, where: Mapping[str, Any], error: ValidationError) -> None:
        """Keep where it stands for the dead letters, once: not its words, not its author."""
        raw = json.dumps({name: str(value)[:100] for name, value in where.items()}).encode()
        if raw not in self._told_unreadable:
            self._told_unreadable.add(raw)
            faults = [(detail["loc"], detail["type"]) for detail in error.errors()]
            self._unreadable.append(Unreadable(raw, f"comment cannot be read: {faults}"[:500]))

    def _letters(self) -> list[Unreadable]:
        letters, self._unreadable = self._unreadable, []
        return letters


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
