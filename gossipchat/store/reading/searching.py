"""
A search: in the index of words, and by the same rules in what is not in it yet.

The rest is put into an index of its own, in memory: a word is the same thing in
both, so every node that holds the same entries finds the same ones.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence

from gossipchat.chat.events import Line
from gossipchat.errors import UsageError
from gossipchat.names import EntryId
from gossipchat.store.reading.amending import amended
from gossipchat.store.reading.lines import LINE, NEWEST_FIRST, lines_in
from gossipchat.store.reading.references import followed
from gossipchat.store.words import INDEXED, indexed_up_to

MAX_WORDS = 32
MAX_REST = 5000
"""Entries of the rest that are looked through at once."""

PAGE = 256
MAX_LOOKED_AT = 10_000
"""Of what holds the words, the newest that are looked at; most of them count."""


def query_of(words: str) -> str:
    """
    *words* as FTS5 wants them: each a word or several in a row, all must be there.

    Raises UsageError when there is nothing to look for, or too much.
    """
    parts = words.replace("\0", " ").split()
    if not any(character.isalnum() for character in words):
        raise UsageError("there is nothing to search for: name at least one word")
    if len(parts) > MAX_WORDS:
        raise UsageError(f"a search has at most {MAX_WORDS} words")
    searched = [part for part in parts if any(map(str.isalnum, part))]
    return " ".join('"' + part.replace('"', '""') + '"' for part in searched)


class Search:
    """One search on a read-only connection."""

    def __init__(
        self,
        database: sqlite3.Connection,
        words: str,
        where: Sequence[str],
        line: Callable[[EntryId], Line | None],
    ) -> None:
        """*where*: conditions on the lines; *line* finds an entry."""
        self._database = database
        self._query = query_of(words)
        self._where = where
        self._line = line

    def newest(self, limit: int, place: Mapping[str, object]) -> list[Line]:
        """The newest *limit* in the one order, oldest first; *place*: for *where*."""
        found: dict[EntryId, Line] = {}
        for page in self._pages(place):
            for line in self._current(page):
                if len(found) < limit:
                    found.setdefault(line.id, line)
            if len(found) >= limit:
                break
        return self._in_order(list(found.values()))

    def _pages(self, place: Mapping[str, object]) -> Iterator[list[Line]]:
        rows = self._database.execute(
            f"""
            {LINE} WHERE n IN (
                SELECT rowid FROM words WHERE words MATCH :query
                UNION ALL SELECT value FROM json_each(:rest)
            ) AND {" AND ".join(self._where)} {NEWEST_FIRST} LIMIT :most
            """,  # noqa: S608
            {
                "query": self._query,
                "rest": json.dumps(self._rest()),
                "most": MAX_LOOKED_AT,
                **place,
            },
        )
        while page := rows.fetchmany(PAGE):
            yield followed(self._database, lines_in(page))

    def _rest(self) -> list[int]:
        """The numbers of those that hold the words and are not in the index yet."""
        execute = self._database.execute
        execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.rest USING fts5 ("
            " text, content = '', tokenize = 'unicode61 remove_diacritics 2')"
        )
        found: list[int] = []
        after = indexed_up_to(self._database)
        while (last := self._end_of_rest(after)) is not None:
            execute("INSERT INTO temp.rest (rest) VALUES ('delete-all')")
            execute(
                "INSERT INTO temp.rest (rowid, text)"  # noqa: S608
                f" SELECT n, text FROM main.entries WHERE {INDEXED}",
                {"after": after, "last": last},
            )
            hits = execute("SELECT rowid FROM rest WHERE rest MATCH ?", (self._query,))
            found += [n for (n,) in hits]
            after = last
        return found

    def _end_of_rest(self, after: int) -> int | None:
        (last,) = self._database.execute(
            "SELECT max(n) FROM (SELECT n FROM entries WHERE n > ? ORDER BY n LIMIT ?)",
            (after, MAX_REST),
        ).fetchone()
        return None if last is None else int(last)

    def _current(self, page: list[Line]) -> Iterator[Line]:
        """Lines that hold the words as they are now; an edit stands for its line."""
        for line, now in zip(page, amended(self._database, page), strict=True):
            if line.kind != "edit":
                if now.edited is None and not now.redacted:
                    yield now
                continue
            target = None if line.target is None else self._line(line.target.id)
            if target is not None and target.edited == line.text:
                yield target

    def _in_order(self, lines: list[Line]) -> list[Line]:
        numbers = json.dumps([line.n for line in lines])
        ordered = self._database.execute(
            "SELECT n FROM entries JOIN feeds ON feeds.id = feed"
            " WHERE n IN (SELECT value FROM json_each(?))"
            " ORDER BY hlc, author, epoch, seq",
            (numbers,),
        )
        by_number = {line.n: line for line in lines}
        return [by_number[n] for (n,) in ordered]
