"""
Lines as they are now: with what was edited, taken back, and answered by an emoji.

The rule is the same everywhere: only the user who said a line (same author, same
nick, same room) may edit or redact it; of several edits the last in the one order
counts; what was taken back stays so. All of it can arrive in any order.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from gossipchat.chat.bodies import EDITABLE, REDACTABLE
from gossipchat.chat.events import Line
from gossipchat.names import AuthorKey, EntryId, Reference, RoomName
from gossipchat.store.numbers import reference_column, unsigned
from gossipchat.store.reading.references import family

MAX_AT_ONCE = 500
MAX_EMOJI = 32
MAX_NICKS = 64
"""Of the reactions to one line, the first in the one order are told."""

MAX_REACTIONS = MAX_EMOJI * MAX_NICKS
"""Of one line that are looked at, the first to arrive: in a day a hostile member can
make some 400,000, and as many edits of its own lines."""

_REFERRED = "SELECT DISTINCT target FROM entries WHERE target IN ({places})"
_ABOUT = """
    SELECT author, epoch, seq, name, nick, kind, text, hlc, feeds.signed IS NOT NULL
    FROM entries INDEXED BY entries_by_target
    CROSS JOIN feeds ON feeds.id = feed CROSS JOIN rooms ON rooms.id = room
    WHERE target = ? AND name = ?
"""
_REACTIONS = f"{_ABOUT} AND kind = 'react' ORDER BY n LIMIT {MAX_REACTIONS}"
_LAST_OF_OWN = f"""{_ABOUT} AND kind = ? AND nick = ? AND author = ?
    ORDER BY hlc DESC, author DESC, epoch DESC, seq DESC LIMIT 1
"""


class Amendment(NamedTuple):
    """An edit, redact or react."""

    id: EntryId
    hlc: int
    fork: bool
    room: RoomName
    nick: str
    kind: str
    text: str


Called = Line | Amendment
"""What others may be about."""


def amended(database: sqlite3.Connection, lines: Sequence[Line]) -> list[Line]:
    """*lines* with ``edited``, ``redacted`` and ``reactions`` as they are now."""
    about = _about(database, lines)
    if not about:
        return list(lines)
    reacts = [one for all_ in about.values() for one in all_ if one.kind == "react"]
    taken_back = _about(database, reacts)
    return [_amended(line, about.get(line.id, []), taken_back) for line in lines]


def _amended(
    line: Line,
    about: Sequence[Amendment],
    taken_back: dict[EntryId, list[Amendment]],
) -> Line:
    edited, redacted = None, False
    reactions: dict[str, dict[str, None]] = {}
    for one in about:
        if one.room != line.room:
            continue
        is_own = _is_same_user(one, line.id.author, line.nick)
        if one.kind == "edit" and is_own and line.kind in EDITABLE:
            edited = one.text
        elif one.kind == "redact" and is_own and line.kind in REDACTABLE:
            redacted = True
        elif one.kind == "react" and not _is_undone(one, taken_back.get(one.id, [])):
            reactions.setdefault(one.text, {})[one.nick] = None
    if redacted:
        return replace(line, text="", redacted=True)
    told = [(emoji, tuple(reactions[emoji])[:MAX_NICKS]) for emoji in reactions]
    return replace(line, edited=edited, reactions=tuple(told[:MAX_EMOJI]))


def _is_undone(react: Amendment, about: Sequence[Amendment]) -> bool:
    return any(
        one.kind == "redact"
        and one.room == react.room
        and _is_same_user(one, react.id.author, react.nick)
        for one in about
    )


def _is_same_user(one: Amendment, author: AuthorKey, nick: str) -> bool:
    return one.id.author == author and one.nick == nick


def _about(
    database: sqlite3.Connection, lines: Iterable[Called]
) -> dict[EntryId, list[Amendment]]:
    """
    What counts about each of *lines*, in the one order: reactions, and of what its own
    user did to it the last of each kind.
    """
    about: dict[EntryId, list[Amendment]] = {}
    named = {name: line for line in lines for name in _names(database, line)}
    for target in _referred(database, list(named)):
        line = named[target]
        place, own = (target, line.room), (line.nick, line.id.author)
        for author, epoch, seq, room, nick, kind, text, hlc, fork in (
            *database.execute(_REACTIONS, place),
            *database.execute(_LAST_OF_OWN, (*place, "edit", *own)),
            *database.execute(_LAST_OF_OWN, (*place, "redact", *own)),
        ):
            id = EntryId(AuthorKey(author), unsigned(epoch), seq)
            where = unsigned(hlc), bool(fork)
            one = Amendment(id, *where, RoomName(room), nick, kind, text)
            about.setdefault(line.id, []).append(one)
    for amendments in about.values():
        amendments.sort(key=lambda one: (one.hlc, one.id))
    return about


def _referred(
    database: sqlite3.Connection, targets: Sequence[bytes]
) -> Iterator[bytes]:
    """Those of *targets* that anything is about: few, of most pages none."""
    for start in range(0, len(targets), MAX_AT_ONCE):
        some = targets[start : start + MAX_AT_ONCE]
        query = _REFERRED.format(places=", ".join("?" * len(some)))
        for (target,) in database.execute(query, some).fetchall():
            yield target


def _names(database: sqlite3.Connection, line: Called) -> Iterator[bytes]:
    """All that *line* may be called where it is referred to."""
    yield reference_column(Reference(line.id))
    feeds = family(database, line.id.feed) if line.fork else [line.id.feed]
    for feed in feeds:
        yield reference_column(Reference(EntryId(*feed, line.id.seq), line.hlc))
