"""Every place that reads foreign bytes, and what it may say to them."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr, ValidationError

from services.answer.write import WrittenAnswer
from services.index.read.read import read_document
from services.index.read.unreadable import Unreadable
from services.index.sitemap import NoSitemap, read_sitemap
from services.ingest import webhook
from services.ingest.webhook import Forbidden
from services.kit.llm import parse_answer
from services.kit.sentences import split_sentences
from services.networks.bluesky.firehose import FutureCursor, read_frame
from services.networks.bluesky.said import post_of, who_is
from services.networks.exchange import Answer
from services.networks.feeds.reading import NotAFeed, read_feed
from services.networks.markup import to_text
from services.networks.mastodon import outcome as mastodon
from services.networks.mastodon.stream import rung_by
from services.networks.mastodon.words import plain_text
from services.networks.meta import hook
from services.networks.meta import outcome as meta
from services.networks.meta.settings import MetaApp
from services.networks.network import NetworkError, NotSigned, Temporary
from services.networks.targets import UnfitTarget, read_target
from services.networks.wordpress import outcome as wordpress
from services.networks.youtube import outcome as youtube
from services.review.cursors import from_cursor, from_letter, from_place
from services.review.finding import pieces, read_filters, wanted_of
from services.review.recheck import recheck
from services.review.security import safe_path, same_origin
from services.review.view import weblink
from services.review.watch_list import read_list
from tests.index import handmade

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_SECRET = SecretStr("0123456789abcdef")
APP = MetaApp(app_id="1", app_secret=_SECRET, verify_token=_SECRET, access_token=_SECRET)


@dataclass(frozen=True)
class Target:
    """A reader, what it is documented to raise, and inputs to begin with.

    Those are as they should be, or brought it down once.
    """

    read: Callable[[bytes], object]
    may_raise: tuple[type[Exception], ...] = ()
    seeds: tuple[bytes, ...] = ()
    largest: int = 500_000
    """Bytes; smaller where a reader may take long and is given a process and a time for that."""

    def try_on(self, body: bytes) -> None:
        """Read, and let nothing out but what is documented."""
        try:
            self.read(body[: self.largest])
        except self.may_raise:
            return


def _document(name: str) -> Callable[[bytes], object]:
    return lambda body: read_document(name, body)


def _refusals(body: bytes) -> None:
    """Understand an answer of a foreign server, by its last byte a refusal, in all networks."""
    status = 300 + (body[-1] if body else 0)
    answer = Answer(status, httpx.Headers([(b"Retry-After", body[:20])]), body)
    for writing in (True, False):
        for said in (
            mastodon.refusal_of(answer, writing=writing, now=NOW),
            meta.refusal_of(answer, writing=writing),
            wordpress.refusal_of(answer, writing=writing),
            youtube.refusal_of(answer, writing=writing),
        ):
            assert isinstance(said, NetworkError)


def _object(reader: Callable[[Mapping[str, Any]], object]) -> Callable[[bytes], object]:
    """Read what a server sent as JSON; that it is an object is asked before."""

    def read(body: bytes) -> object:
        try:
            content = json.loads(body)
        except RecursionError:
            return None
        return reader(content) if isinstance(content, dict) else None

    return read


def _words(body: bytes) -> None:
    text = body.decode("utf-8", "replace")
    to_text(text)
    plain_text(text, {})
    assert all(0 <= span.start <= span.end <= len(text) for span in split_sentences(text))


def _address(body: bytes) -> None:
    """An address that somebody typed or made up: of a search, of a page of a list."""
    text = body.decode("utf-8", "replace")
    filters = read_filters({"words": text, "since": text, "until": text, "holder": text})
    wanted_of(filters, "me")
    pieces(text)
    for cursor in (from_cursor, from_place, from_letter):
        cursor(text)


def _typed(body: bytes) -> None:
    """Addresses in lists, in headers of browsers, in texts that are checked."""
    text = body.decode("utf-8", "replace")
    same_origin(text, "desk.example", "https://desk.example")
    safe_path(text)
    weblink(text)
    for network in ("bluesky", "mastodon", "youtube", "feeds", "sandbox"):
        with suppress(UnfitTarget):
            read_target(network, text)
    recheck(text, [], [], ["b.example"])


def _signature(body: bytes) -> None:
    header = body.decode("latin-1")
    webhook.verify(header, b"{}", [b"key"], NOW)


def _json(content: object) -> bytes:
    return json.dumps(content).encode()


POST = {
    "uri": "at://did:plc:abc/app.bsky.feed.post/3k", "cid": "bafy", "indexedAt": NOW.isoformat(),
    "author": {"did": "did:plc:abc", "handle": "mara.example", "displayName": "Mara"},
    "record": {"$type": "app.bsky.feed.post", "text": "Ab wann?", "createdAt": NOW.isoformat()},
}  # fmt: skip
RSS = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Bote</title><link>https://b.example'
    b"</link><item><title>Moor</title><guid>1</guid><link>https://b.example/1</link><pubDate>Mon,"
    b" 23 Nov 2026 10:00:00 GMT</pubDate><description>&lt;p&gt;Text&lt;/p&gt;</description></item>"
    b"</channel></rss>"
)
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1", "title": "Bote",
    "items": [{"id": "1", "url": "https://b.example/1", "content_text": "Moor", "tags": ["x"]}],
}  # fmt: skip
SITEMAP = (
    b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://b.example/1'
    b"</loc></url></urlset>"
)
PAGE = (
    b"<html lang=de><title>T</title><body><article><h1>Fristen</h1><p>Der Antrag ist bis zum 31."
    b" M\xc3\xa4rz m\xc3\xb6glich.</p><table><tr><td>1<td>2</table></article></body></html>"
)
CALL = {
    "object": "page",
    "entry": [{"id": "7", "time": 1700000000, "changes": [{"field": "feed", "value": {"x": 1}}]}],
}
STREAMED = {"event": "update", "payload": "{}"}
ANSWER = {"sentences": [{"text": "Ja.", "citations": [{"source": 1, "quote": "Ja"}]}]}

TARGETS: Mapping[str, Target] = {
    "events": Target(
        webhook.parse, (ValueError,),
        tuple((EXAMPLES / name).read_bytes() for name in (
            "InboundEvent.v1.json", "InboundNotice.v1.json",
        )),
    ),
    "signatures": Target(_signature, (Forbidden,), (b"t=1700000000,v1=00",)),
    "calls of Meta": Target(hook.parse, (), (_json(CALL),)),
    "signatures of Meta": Target(
        lambda body: hook.verify(APP, {hook.HEADER: body.decode("latin-1")}, b"{}"),
        (NotSigned,), (b"sha256=00",),
    ),
    "stream of Mastodon": Target(rung_by, (), (_json(STREAMED),)),
    "frames of Bluesky": Target(
        read_frame, (FutureCursor, Temporary), (b"\xa1bop\x01\xa0", b"\x81" * 5000)
    ),
    "posts of Bluesky": Target(_object(post_of), (ValidationError, ValueError), (_json(POST),)),
    "accounts of Bluesky": Target(_object(who_is), (ValueError,), (_json(POST["author"]),)),
    "refusals": Target(_refusals, (), (b'{"error": {"code": 4, "errors": [{"reason": "x"}]}}',)),
    "feeds": Target(
        lambda body: read_feed(body, "application/xml", "https://b.example/feed"),
        (NotAFeed,), (RSS, _json(JSON_FEED), RSS.replace(b"Moor", b"&#xD800;")),
    ),
    "sitemaps": Target(
        lambda body: read_sitemap(body, "https://b.example/sitemap.xml"),
        (NoSitemap,), (SITEMAP, b"https://b.example/1\n", SITEMAP.replace(b"b.example/1", b"[")),
    ),
    "HTML": Target(_document("a.html"), (Unreadable,), (PAGE,), largest=3000),
    "Markdown": Target(
        _document("a.md"), (Unreadable,), (b"---\ntitle: T\n---\n# Fristen\n\n- eins\n\n|a|b|\n",),
        largest=3000,
    ),
    "plain text": Target(_document("a.txt"), (Unreadable,), (b"Fristen\n\nBis zum 31. M\xe4rz.",)),
    "PDF": Target(
        _document("a.pdf"), (Unreadable,), (handmade.pdf(lambda sheet: sheet.cell(text="Frist")),)
    ),
    "DOCX": Target(
        _document("a.docx"), (Unreadable,), (handmade.word(lambda word: word.add_paragraph("F")),)
    ),
    "watch lists": Target(
        read_list, (), (
            b"name;network;address;relation\nBote;feeds;b.example;Presse\n",
            b'name;network;address;relation\n"' + b"x" * 200_000,
        ),
    ),
    "answers of models": Target(
        lambda body: parse_answer(body.decode("utf-8", "replace"), WrittenAnswer),
        (ValueError,), (_json(ANSWER),),
    ),
    "words": Target(_words, (), (b"<p>Bis wann? Am 3. M&auml;rz.</p>",)),
    "typed addresses": Target(
        _typed, (), (b"https://b.example/@mara@b.example", b"siehe http://[b.example]/x", b"#moor"),
    ),
    "addresses of pages": Target(_address, (), (b"u1700000000000000-" + b"a" * 32, b"2026-11-23")),
}  # fmt: skip
