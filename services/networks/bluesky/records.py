"""Names in the AT protocol: at-uris, record keys, and the key an approval gives its reply. Pure."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

POST = "app.bsky.feed.post"
GATE = "app.bsky.feed.threadgate"
BLOCK = "app.bsky.graph.block"
PROFILE = "app.bsky.actor.profile"

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(r"^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$")
_URI = re.compile(
    r"^at://(did:[a-z]{1,20}:[A-Za-z0-9._:%-]{1,200})/([A-Za-z0-9.-]{1,100})/([A-Za-z0-9._:~-]{1,128})$"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
WEB = "https://bsky.app"


@dataclass(frozen=True)
class Uri:
    """An at-uri of one record."""

    did: str
    collection: str
    rkey: str

    def __str__(self) -> str:
        return f"at://{self.did}/{self.collection}/{self.rkey}"


def parse_uri(text: object) -> Uri | None:
    """Return the parts of an at-uri with a DID, None where it is none."""
    match = _URI.match(text) if isinstance(text, str) else None
    return Uri(*match.groups()) if match else None


def post_url(uri: Uri) -> str:
    """Return where people read a post."""
    return f"{WEB}/profile/{uri.did}/post/{uri.rkey}"


def profile_url(did: str) -> str:
    return f"{WEB}/profile/{did}"


def tid(moment: datetime, clock: int) -> str:
    """Return a TID: 53 bits of microseconds, 10 bits of clock id (atproto.com/specs/tid)."""
    number = (((moment - _EPOCH) // _MICROSECOND & ((1 << 53) - 1)) << 10) | (clock & 1023)
    return "".join(_ALPHABET[(number >> 5 * place) & 31] for place in range(12, -1, -1))


def time_of(rkey: str) -> datetime | None:
    """Return when a TID says it was made, None when it is no TID."""
    if not _TID.match(rkey):
        return None
    number = 0
    for letter in rkey:
        number = number << 5 | _ALPHABET.index(letter)
    return _EPOCH + (number >> 10) * _MICROSECOND


def reply_key(key: str, approved_at: datetime) -> str:
    """Return the record key of an approval's reply: the same one however often it is tried."""
    clock = int.from_bytes(hashlib.sha256(key.encode()).digest()[:2], "big")
    return tid(approved_at, clock)


def written(moment: datetime) -> str:
    """Return a moment as records hold it: UTC to the microsecond."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
