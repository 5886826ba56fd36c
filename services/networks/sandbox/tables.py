"""The tables of the sandbox network: each statement may run again on a file that has them."""

TABLES = """
CREATE TABLE IF NOT EXISTS actors (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('page', 'person')),
    display_name TEXT NOT NULL, handle TEXT NOT NULL, about TEXT NOT NULL, secret_hash TEXT UNIQUE
) STRICT;
CREATE TABLE IF NOT EXISTS watches (
    page_id TEXT NOT NULL, watched_id TEXT NOT NULL, relation TEXT NOT NULL,
    PRIMARY KEY (page_id, watched_id)
) STRICT;
CREATE TABLE IF NOT EXISTS readers (
    page_id TEXT PRIMARY KEY REFERENCES actors, number INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS blocks (
    person_id TEXT NOT NULL REFERENCES actors, page_id TEXT NOT NULL REFERENCES actors,
    PRIMARY KEY (person_id, page_id)
) STRICT;
CREATE TABLE IF NOT EXISTS notes (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('post', 'comment')),
    root_id TEXT NOT NULL, parent_id TEXT REFERENCES notes,
    page_id TEXT NOT NULL REFERENCES actors, author_id TEXT NOT NULL REFERENCES actors,
    recipient_id TEXT REFERENCES actors, text TEXT NOT NULL, revision INTEGER NOT NULL,
    visibility TEXT NOT NULL, state TEXT NOT NULL, locked INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL, edited_at TEXT, key_holder TEXT, key TEXT, UNIQUE (key_holder, key)
) STRICT;
CREATE INDEX IF NOT EXISTS notes_by_root ON notes (root_id);
CREATE INDEX IF NOT EXISTS notes_by_parent ON notes (parent_id);
CREATE TABLE IF NOT EXISTS revisions (
    note_id TEXT NOT NULL REFERENCES notes, revision INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (note_id, revision)
) STRICT;
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, at TEXT NOT NULL,
    note_id TEXT NOT NULL REFERENCES notes, revision INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS events_by_note ON events (note_id);
CREATE TABLE IF NOT EXISTS addressed (
    seq INTEGER PRIMARY KEY REFERENCES events, page_id TEXT NOT NULL REFERENCES actors
) STRICT;
CREATE VIEW IF NOT EXISTS shown_notes AS SELECT
    n.id, n.kind, n.root_id, n.parent_id, n.page_id, n.author_id, n.recipient_id, n.text,
    n.revision, n.visibility, n.state, n.created_at, n.edited_at, n.key_holder, n.key,
    n.rowid AS position, root.locked OR root.state = 'deleted' AS locked,
    iif(root.kind = 'post', root.text, '') AS root_text, page.display_name AS page_name,
    author.display_name AS author_name, author.handle AS author_handle, author.kind AS author_kind
FROM notes n
    JOIN notes root ON root.id = n.root_id
    JOIN actors page ON page.id = n.page_id
    JOIN actors author ON author.id = n.author_id;
"""
