"""One visit to a channel and to those it watches: read, compare with the last one, tell."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from schemas.inbound import MAX_TEXT, Inbound, Page, Root
from services.networks.network import Batch
from services.networks.revisit import Difference, Letters, Visit, difference, following
from services.networks.youtube.client import Client, items_of
from services.networks.youtube.mapping import Placed, Telling
from services.networks.youtube.reading import AT_ONCE, Reader
from services.networks.youtube.settings import YouTubeSettings

WHOLE_EVERY = timedelta(hours=1)
ROOTS_KEPT = 2000


class Visiting:
    """Knows the pages and videos it has asked for once; every visit costs units."""

    def __init__(self, client: Client, settings: YouTubeSettings, source: str) -> None:
        self._client = client
        self._settings = settings
        self._own = settings.channel_id
        self._telling = Telling(source, self._own)
        self._recheck = timedelta(days=settings.recheck_days)
        self._letters = Letters()
        self._pages: dict[str, Page] = {}
        self._roots: OrderedDict[str, Root] = OrderedDict()

    async def visit(self, before: Visit, at: datetime) -> tuple[Batch, Visit]:
        """Return the news since the visit before, and what to remember of this one."""
        await self._know_pages()
        whole = before.whole_at is None or at - before.whole_at >= WHOLE_EVERY
        reader = Reader(self._client, before, before.floor(self._recheck), whole=whole)
        for channel_id in self._pages:
            await reader.channel(channel_id, ours=channel_id == self._own)
        reading = reader.reading
        asked = self._missing(before, reader, whole=whole)
        if asked and not whole:
            await reader.held(self._own)
            asked = self._missing(before, reader, whole=whole)
        await reader.missing(asked)
        gone = frozenset(one for one in asked if one not in reading.placed)
        changes = self._compared(before, reader, whole=whole)
        await self._know_roots(reading.placed.values())
        events = self._told(changes, reading.placed, at)
        with_their_replies = _with_replies(gone, before)
        events += [
            self._telling.deleted(one, self._page_of(one, before), at) for one in with_their_replies
        ]
        found = [placed.found for placed in reading.placed.values()]
        after = following(
            before, found, forgotten=frozenset(with_their_replies), at=at, recheck=self._recheck
        )
        if whole:
            after = after.model_copy(update={"whole_at": at})
        letters = self._letters.new(reading.unreadable)
        return Batch(events, after.model_dump_json(), letters), after

    def _missing(self, before: Visit, reader: Reader, *, whole: bool) -> list[str]:
        """Return what was not found, as many as one call may ask for; the rest is asked later."""
        return [one for _, one in self._compared(before, reader, whole=whole).missing][:AT_ONCE]

    def _compared(self, before: Visit, reader: Reader, *, whole: bool) -> Difference:
        """Compare; who is known to be held is missing only where those held were read too."""
        reading = reader.reading
        found = [placed.found for placed in reading.placed.values()]
        changes = difference(before, found, reading.read_down_to)
        if whole:
            return changes
        visible = tuple(
            (thread, native_id)
            for thread, native_id in changes.missing
            if not before.threads[thread][native_id].hidden
        )
        return Difference(changes.new, changes.edited, changes.hidden, changes.shown, visible)

    def _told(
        self, changes: Difference, placed: Mapping[str, Placed], at: datetime
    ) -> list[Inbound]:
        def where(native_id: str) -> tuple[Placed, Page, Root]:
            one = placed[native_id]
            page = self._pages.get(one.channel_id, self._pages[self._own])
            return one, page, self._roots.get(one.root_id, Root(native_id=one.root_id))

        def oldest_first(ids: Sequence[str]) -> list[str]:
            return sorted(ids, key=lambda one: placed[one].comment.snippet.published_at)

        events: list[Inbound] = []
        events += [self._telling.received(*where(one)) for one in oldest_first(changes.new)]
        events += [self._telling.edited(*where(one)) for one in oldest_first(changes.edited)]
        new = frozenset(changes.new)
        for native_id in changes.hidden:
            made = placed[native_id].comment.snippet.published_at
            moment = made if native_id in new else at
            events.append(self._telling.hidden(*where(native_id), moment, hidden=True))
        events += [self._telling.hidden(*where(one), at, hidden=False) for one in changes.shown]
        return events

    def _page_of(self, native_id: str, before: Visit) -> Page:
        """Return the channel under which a comment was remembered, by its thread if need be."""
        place = before.place_of(native_id) or ""
        channel_id = place if place in self._pages else before.place_of(place) or ""
        return self._pages.get(channel_id, self._pages[self._own])

    async def _know_pages(self) -> None:
        if self._pages:
            return
        relations = {one.channel_id: one.relation for one in self._settings.watch}
        ids = [self._own, *(one for one in relations if one != self._own)]
        content = await self._client.list("channels", part="snippet", id=",".join(ids))
        titles = {str(item.get("id")): _title(item) for item in items_of(content)}
        self._pages = {
            channel_id: Page(
                native_id=channel_id,
                name=titles.get(channel_id) or channel_id,
                relation=relations.get(channel_id, "own") if channel_id != self._own else "own",
                url=f"https://www.youtube.com/channel/{channel_id}",
            )
            for channel_id in ids
        }

    async def _know_roots(self, placed: Iterable[Placed]) -> None:
        """Ask for the titles of videos that are new to us; one that is gone stays without."""
        wanted = {one.video_id for one in placed if one.video_id} - set(self._roots)
        for page in self._pages.values():
            self._roots[page.native_id] = Root(
                native_id=page.native_id, text=page.name, url=page.url
            )
        ids = sorted(wanted)
        for start in range(0, len(ids), AT_ONCE):
            part = ids[start : start + AT_ONCE]
            content = await self._client.list("videos", part="snippet", id=",".join(part))
            said = {str(item.get("id")): item for item in items_of(content)}
            for video_id in part:
                url = f"https://www.youtube.com/watch?v={video_id}"
                text = _video_text(said.get(video_id, {}))
                self._roots[video_id] = Root(native_id=video_id, text=text, url=url)
        while len(self._roots) > ROOTS_KEPT + len(self._pages):
            self._roots.popitem(last=False)


def _with_replies(gone: frozenset[str], before: Visit) -> list[str]:
    """Return what is gone and, of first comments, the replies that went with them."""
    replies = [one for top_id in gone for one in before.threads.get(top_id, {})]
    return [*sorted(gone), *(one for one in replies if one not in gone)]


def _title(item: Mapping[str, Any]) -> str:
    snippet = item.get("snippet")
    return str(snippet.get("title") or "")[:300] if isinstance(snippet, dict) else ""


def _video_text(item: Mapping[str, Any]) -> str:
    snippet = item.get("snippet")
    description = str(snippet.get("description") or "") if isinstance(snippet, dict) else ""
    return f"{_title(item)}\n\n{description}".strip()[:MAX_TEXT]
