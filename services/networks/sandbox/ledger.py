"""The state of the sandbox network in one SQLite file; what was acknowledged survives a kill -9."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.networks.sandbox.tables import TABLES
from services.networks.sandbox.world import Actor, FeedItem, Note, State


class Ledger:
    """One writer's view of the file. Methods that write belong inside `transaction()`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Open the file, making folder and tables when missing."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=5.0)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(TABLES)
        self._connection = connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything written inside durable together, or nothing of it."""
        self._run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    def _run(self, sql: str, values: tuple[Any, ...] | dict[str, Any] = ()) -> sqlite3.Cursor:
        if self._connection is None:
            raise RuntimeError("the ledger is not open")
        return self._connection.execute(sql, values)

    # actors

    def add_actor(self, actor: Actor, secret_hash: str | None = None) -> None:
        self._run(
            "INSERT INTO actors VALUES (?, ?, ?, ?, ?, ?)",
            (actor.id, actor.kind, actor.display_name, actor.handle, actor.about, secret_hash),
        )

    def rename(self, actor_id: str, display_name: str) -> None:
        self._run("UPDATE actors SET display_name = ? WHERE id = ?", (display_name, actor_id))

    def actor(self, actor_id: str) -> Actor | None:
        return _actor(self._run("SELECT * FROM actors WHERE id = ?", (actor_id,)).fetchone())

    def actor_by_secret(self, secret_hash: str) -> Actor | None:
        sql = "SELECT * FROM actors WHERE secret_hash = ?"
        return _actor(self._run(sql, (secret_hash,)).fetchone())

    def pages(self) -> list[Actor]:
        """Return all pages in the order they were seeded."""
        rows = self._run("SELECT * FROM actors WHERE kind = 'page' ORDER BY rowid")
        return [page for row in rows if (page := _actor(row)) is not None]

    def add_watch(self, page_id: str, watched_id: str, relation: str) -> None:
        self._run(
            "INSERT INTO watches VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET relation = excluded.relation",
            (page_id, watched_id, relation),
        )

    def relations(self, page_ids: Collection[str]) -> dict[str, str]:
        """Return page -> relation for all pages these pages own or watch."""
        found: dict[str, str] = {}
        for page_id in page_ids:
            rows = self._run(
                "SELECT watched_id, relation FROM watches WHERE page_id = ?", (page_id,)
            )
            found |= {row["watched_id"]: row["relation"] for row in rows}
        return found | dict.fromkeys(page_ids, "own")

    def set_readers(self, page_id: str, number: int) -> None:
        self._run(
            "INSERT INTO readers VALUES (?, ?) ON CONFLICT DO UPDATE SET number = excluded.number",
            (page_id, number),
        )

    def readers(self, page_id: str) -> int | None:
        """Return how many follow a page, None where nobody said so."""
        row = self._run("SELECT number FROM readers WHERE page_id = ?", (page_id,)).fetchone()
        return int(row["number"]) if row else None

    def set_block(self, person_id: str, page_id: str, *, blocked: bool) -> None:
        sql = (
            "INSERT OR IGNORE INTO blocks VALUES (?, ?)"
            if blocked
            else "DELETE FROM blocks WHERE person_id = ? AND page_id = ?"
        )
        self._run(sql, (person_id, page_id))

    def is_blocked(self, person_id: str, page_id: str) -> bool:
        """Tell whether the person blocks the page."""
        sql = "SELECT 1 FROM blocks WHERE person_id = ? AND page_id = ?"
        return self._run(sql, (person_id, page_id)).fetchone() is not None

    # notes

    def add_note(self, note: Note) -> None:
        self._run(
            "INSERT INTO notes VALUES (:id, :kind, :root_id, :parent_id, :page_id, :author_id,"
            " :recipient_id, :text, :revision, :visibility, :state, :locked, :created_at, NULL,"
            " :key_holder, :key)",
            {**asdict(note), "created_at": _stamp(note.created_at)},
        )
        self._run("INSERT INTO revisions VALUES (?, ?, ?)", (note.id, note.revision, note.text))

    def revise(self, note_id: str, text: str, at: datetime) -> None:
        self._run(
            "UPDATE notes SET text = ?, revision = revision + 1, edited_at = ? WHERE id = ?",
            (text, _stamp(at), note_id),
        )
        self._run(
            "INSERT INTO revisions SELECT id, revision, text FROM notes WHERE id = ?", (note_id,)
        )

    def set_state(self, note_id: str, state: State) -> None:
        self._run("UPDATE notes SET state = ? WHERE id = ?", (state, note_id))

    def erase(self, note_id: str) -> None:
        """Leave a tombstone: every revision's text is gone."""
        self._run("UPDATE notes SET state = 'deleted', text = '' WHERE id = ?", (note_id,))
        self._run("UPDATE revisions SET text = '' WHERE note_id = ?", (note_id,))

    def set_locked(self, root_id: str, *, locked: bool) -> None:
        self._run("UPDATE notes SET locked = ? WHERE id = ?", (int(locked), root_id))

    def note(self, note_id: str) -> Note | None:
        return self._first("SELECT * FROM shown_notes WHERE id = ?", note_id)

    def note_by_key(self, holder: str, key: str) -> Note | None:
        return self._first(
            "SELECT * FROM shown_notes WHERE key_holder = ? AND key = ?", holder, key
        )

    def thread(self, root_id: str) -> list[Note]:
        """Return the root and everything below it, oldest first."""
        return self._all(
            "SELECT * FROM shown_notes WHERE root_id = ? ORDER BY created_at, position", root_id
        )

    def replies(self, note_id: str) -> list[Note]:
        """Return the direct answers to a comment, or the comments directly under a post."""
        return self._all(
            "SELECT * FROM shown_notes WHERE parent_id = ?1"
            " OR (root_id = ?1 AND parent_id IS NULL AND id <> ?1) ORDER BY created_at, position",
            note_id,
        )

    def posts(self, *, page_id: str | None = None, limit: int = 50) -> list[tuple[Note, int]]:
        """Return the newest posts that still stand, each with its number of readable comments."""
        rows = self._run(
            "SELECT p.*, (SELECT count(*) FROM notes c WHERE c.root_id = p.id"
            " AND c.kind = 'comment' AND c.visibility <> 'direct' AND c.state = 'visible') AS size"
            " FROM shown_notes p WHERE p.kind = 'post' AND p.state = 'visible'"
            " AND (?1 IS NULL OR p.page_id = ?1) ORDER BY p.created_at DESC, p.position DESC"
            " LIMIT ?2",
            (page_id, limit),
        )
        return [(_note(row), row["size"]) for row in rows]

    def letters(self, actor_id: str) -> list[Note]:
        """Return the private messages from and to somebody, oldest first."""
        return self._all(
            "SELECT * FROM shown_notes WHERE visibility = 'direct'"
            " AND (author_id = ?1 OR recipient_id = ?1) ORDER BY created_at, position",
            actor_id,
        )

    def _first(self, sql: str, *values: str) -> Note | None:
        row = self._run(sql, values).fetchone()
        return _note(row) if row is not None else None

    def _all(self, sql: str, *values: str) -> list[Note]:
        return [_note(row) for row in self._run(sql, values)]

    # events

    def record(
        self, event_type: str, note_id: str, at: datetime, *, only_to: str | None = None
    ) -> None:
        """Append to the feed what just happened to the note in its present revision.

        What concerns one page alone is told `only_to` that page.
        """
        done = self._run(
            "INSERT INTO events (type, at, note_id, revision)"
            " SELECT ?, ?, id, revision FROM notes WHERE id = ?",
            (event_type, _stamp(at), note_id),
        )
        if only_to is not None:
            self._run("INSERT INTO addressed VALUES (?, ?)", (done.lastrowid, only_to))

    def latest_comment_of(self, person_id: str) -> str | None:
        """Return the id of the newest comment that somebody wrote in public."""
        row = self._run(
            "SELECT id FROM notes WHERE author_id = ? AND kind = 'comment'"
            " AND visibility <> 'direct' ORDER BY created_at DESC, rowid DESC LIMIT 1",
            (person_id,),
        ).fetchone()
        return str(row[0]) if row is not None else None

    def events_after(self, seq: int, limit: int) -> list[FeedItem]:
        rows = self._run(
            "SELECT s.*, e.seq, e.type, e.at, e.revision AS event_revision, r.text AS event_text,"
            " a.page_id AS only_to FROM events e JOIN shown_notes s ON s.id = e.note_id"
            " LEFT JOIN addressed a ON a.seq = e.seq"
            " JOIN revisions r ON r.note_id = e.note_id AND r.revision = e.revision"
            " WHERE e.seq > ? ORDER BY e.seq LIMIT ?",
            (seq, limit),
        )
        return [
            FeedItem(
                seq=row["seq"],
                type=row["type"],
                at=datetime.fromisoformat(row["at"]),
                revision=row["event_revision"],
                text=row["event_text"],
                note=_note(row),
                only_to=row["only_to"],
            )
            for row in rows
        ]

    def last_seq(self) -> int:
        """Return the number of the newest event of all."""
        return int(self._run("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])

    def last_public_seq(self, root_id: str | None) -> int:
        """Return the number of the newest public event, in one thread or anywhere."""
        row = self._run(
            "SELECT coalesce(max(e.seq), 0) FROM events e JOIN notes n ON n.id = e.note_id"
            " WHERE n.visibility <> 'direct' AND (?1 IS NULL OR n.root_id = ?1)",
            (root_id,),
        ).fetchone()
        return int(row[0])


def _note(row: sqlite3.Row) -> Note:
    values = {field.name: row[field.name] for field in fields(Note)}
    edited_at = values["edited_at"]
    return Note(
        **values
        | {
            "created_at": datetime.fromisoformat(values["created_at"]),
            "edited_at": datetime.fromisoformat(edited_at) if edited_at else None,
            "locked": bool(values["locked"]),
        }
    )


def _actor(row: sqlite3.Row | None) -> Actor | None:
    if row is None:
        return None
    return Actor(**{field.name: row[field.name] for field in fields(Actor)})


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
