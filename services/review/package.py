"""A package for a trusted flagger: an archive whose bytes follow from what is in it. Pure.

The same case and pictures give the same bytes on every machine: files are stored as they are, in
one order, with one time. So its hash can be handed over apart from it, and be checked years later.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from services.store.desk_item import ThreadComment
from services.store.packages import Suspect, Wording

SUMS, MANIFEST = "SHA256SUMS", "manifest.json"
READABLE = 0o644 << 16
UNIX = 3


@dataclass(frozen=True)
class Case:
    """Everything that a package tells."""

    organisation: str
    taken_at: datetime
    suspect: Suspect
    wordings: Sequence[Wording]
    thread: Sequence[ThreadComment]


@dataclass(frozen=True)
class Bundle:
    """An archive and the SHA-256 of all its bytes."""

    body: bytes
    sha256: str


def stamp(at: datetime) -> str:
    """Return a moment as ISO 8601 in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def pack(
    case: Case, snapshot: str, notes: Mapping[str, str],
    pictures: Mapping[str, bytes] = MappingProxyType({}), *, renderer: str = "",
) -> Bundle:  # fmt: skip
    """Return the archive of a case; `snapshot` is the thread as HTML.

    `notes` and `pictures` are by file name; `renderer` is what drew the thread's pictures.
    """
    files = {name: text.encode() for name, text in notes.items()} | dict(pictures)
    files |= {"thread.html": snapshot.encode(), "comment.json": _json(facts(case))}
    sums = "".join(f"{_sha256(files[name])}  {name}\n" for name in sorted(files)).encode()
    manifest = {
        "format": "dialogwerk.flagger-package.v1",
        "taken_at": stamp(case.taken_at),
        "renderer": renderer,
        "files": [
            {"name": name, "bytes": len(files[name]), "sha256": _sha256(files[name])}
            for name in sorted(files)
        ],
        "whole": {"of": SUMS, "sha256": _sha256(sums)},
    }
    files |= {SUMS: sums, MANIFEST: _json(manifest)}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as bundle:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, case.taken_at.astimezone(UTC).timetuple()[:6])
            entry.create_system, entry.external_attr = UNIX, READABLE
            bundle.writestr(entry, files[name])
    body = archive.getvalue()
    return Bundle(body, _sha256(body))


def facts(case: Case) -> dict[str, object]:
    """Return the case for machines; moments are UTC, texts and names as they were received."""
    suspect = case.suspect
    return {
        "organisation": case.organisation,
        "taken_at": stamp(case.taken_at),
        "comment": {
            "network": suspect.network,
            "id": suspect.native_id,
            "url": suspect.url,
            "created_at": stamp(suspect.created_at),
            "first_seen_at": stamp(suspect.first_seen),
            "author": {
                "id": suspect.author_id,
                "name": suspect.author_name,
                "handle": suspect.author_handle,
            },
            "texts": [
                {**asdict(one), "seen_at": stamp(one.seen_at), "sha256": _sha256(one.text.encode())}
                for one in case.wordings
            ],
        },
        "page": {"name": suspect.page_name, "url": suspect.page_url},
        "post": {"text": suspect.post_text, "url": suspect.post_url},
        "thread": [
            {
                "id": one.native_id,
                "in_reply_to": one.parent_id,
                "author": {"name": one.author_name, "handle": one.author_handle},
                "ours": one.is_self,
                "created_at": stamp(one.created_at),
                "url": one.url,
                "text": one.text,
            }
            for one in case.thread
        ],
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
