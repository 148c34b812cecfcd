"""
The tables, and the steps that lead from each version of them to the next.

docs/feeds.md ("On disk") explains them. A step that has shipped is never edited;
``PRAGMA user_version`` counts the steps that a file has been through.
"""

import sqlite3

APPLICATION = 0x67636874
"""``PRAGMA application_id``, the letters gcht: this file is ours."""

MIGRATIONS = (
    """
    CREATE TABLE feeds (
        id INTEGER PRIMARY KEY,
        author BLOB NOT NULL,
        epoch INTEGER NOT NULL,  -- less 2**63
        UNIQUE (author, epoch)
    ) STRICT;

    -- n is the arrival number of the run's first entry; the others follow it
    CREATE TABLE runs (
        n INTEGER PRIMARY KEY,
        feed INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        tip BLOB NOT NULL,
        encoded BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX runs_by_place ON runs (feed, first, last);

    CREATE TABLE rooms (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    ) STRICT;

    CREATE TABLE speakers (
        room INTEGER NOT NULL,
        nick TEXT NOT NULL,
        PRIMARY KEY (room, nick)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE entries (
        n INTEGER PRIMARY KEY,
        feed INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        hlc INTEGER NOT NULL,  -- less 2**63
        wall INTEGER NOT NULL,
        arrived INTEGER NOT NULL,
        late INTEGER NOT NULL,
        room INTEGER,
        nick TEXT NOT NULL,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        token TEXT
    ) STRICT;
    CREATE INDEX entries_by_arrival ON entries (room);  -- and by n: it is the rowid
    CREATE INDEX entries_by_order ON entries (room, hlc);
    CREATE INDEX topics ON entries (room, hlc) WHERE kind = 'topic';
    CREATE INDEX tokens ON entries (token) WHERE token IS NOT NULL;

    CREATE TABLE members (
        name BLOB PRIMARY KEY,
        host TEXT NOT NULL,
        port INTEGER NOT NULL,
        key BLOB,
        alive INTEGER NOT NULL,
        has_left INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE counters (
        what TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE marks (
        what TEXT PRIMARY KEY,
        value ANY NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
    """
    ALTER TABLE entries ADD COLUMN target BLOB;  -- author, epoch, seq: 48 bytes
    ALTER TABLE entries ADD COLUMN gap INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE entries ADD COLUMN peer BLOB;
    CREATE INDEX entries_by_target ON entries (target) WHERE target IS NOT NULL;
    CREATE INDEX private_by_peer ON entries (peer, hlc) WHERE peer IS NOT NULL;

    CREATE TABLE users (
        author BLOB NOT NULL,
        nick TEXT NOT NULL,
        PRIMARY KEY (author, nick)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO users
        SELECT DISTINCT author, nick FROM entries JOIN feeds ON feeds.id = feed
        WHERE room IS NOT NULL AND kind IN ('say', 'emote', 'notice', 'topic');

    -- what is dated too far ahead to be shown yet; n as its run has it
    CREATE TABLE early (
        n INTEGER PRIMARY KEY,
        due INTEGER NOT NULL,
        feed INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        hlc INTEGER NOT NULL,
        wall INTEGER NOT NULL,
        late INTEGER NOT NULL,
        room TEXT,
        nick TEXT NOT NULL,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        target BLOB,
        gap INTEGER NOT NULL,
        peer BLOB
    ) STRICT;
    CREATE INDEX early_by_due ON early (due);
    -- an entry whose time has come is shown under a new n
    CREATE TABLE moved (
        n INTEGER PRIMARY KEY,
        shown INTEGER NOT NULL
    ) STRICT;

    CREATE VIRTUAL TABLE words USING fts5 (
        text, content = 'entries', content_rowid = 'n',
        tokenize = 'unicode61 remove_diacritics 2'
    );
    """,
    """
    ALTER TABLE feeds ADD COLUMN signed INTEGER;  -- less 2**63; null: is no branch
    """,
    """
    ALTER TABLE feeds ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE feeds ADD COLUMN floor_tip BLOB;  -- the hash of that entry
    """,
    """
    CREATE INDEX branches ON feeds (author, signed) WHERE signed IS NOT NULL;
    -- runs that have rotted: their entries are still there
    CREATE TABLE lost (
        n INTEGER PRIMARY KEY,
        author BLOB NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL
    ) STRICT;
    """,
    """
    -- what authors said of themselves last, where retention has let go of the entry
    CREATE TABLE openings (
        author BLOB PRIMARY KEY,
        hlc INTEGER NOT NULL,  -- less 2**63
        body BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
)


def version_of(database: sqlite3.Connection) -> int:
    """How many of the ``MIGRATIONS``, or of later ones, it has been through."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


def is_foreign(database: sqlite3.Connection) -> bool:
    """Whether this is somebody else's database."""
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return application not in (0, APPLICATION) or (application == 0 and tables > 0)


def migrate(database: sqlite3.Connection) -> None:
    """Take the steps that are missing, each whole or not at all."""
    for number, step in enumerate(MIGRATIONS, 1):
        if number > version_of(database):
            database.executescript(
                f"BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION};"
                f"{step}; PRAGMA user_version = {number}; COMMIT"
            )
