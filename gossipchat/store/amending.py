"""
Lines as they are now: with what was edited, taken back, and answered by an emoji.

The rule is the same everywhere: only the user who said a line (same author, same
nick, same room) may edit or redact it; of several edits the last in the one order
counts; what was taken back stays so. All of it can arrive in any order.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from gossipchat.chat.bodies import EDITABLE, REDACTABLE
from gossipchat.chat.events import Line
from gossipchat.names import AuthorKey, EntryId, RoomName
from gossipchat.store.numbers import id_column, id_in, unsigned

MAX_AT_ONCE = 500
MAX_EMOJI = 32
MAX_NICKS = 64
"""Of the reactions to one line, the first in the one order are told."""


class Amendment(NamedTuple):
    """An edit, redact or react."""

    id: EntryId
    target: EntryId
    room: RoomName
    nick: str
    kind: str
    text: str


def amended(database: sqlite3.Connection, lines: Sequence[Line]) -> list[Line]:
    """*lines* with ``edited``, ``redacted`` and ``reactions`` as they are now."""
    about = _about(database, (line.id for line in lines))
    if not about:
        return list(lines)
    reacts = [one.id for all_ in about.values() for one in all_ if one.kind == "react"]
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
    database: sqlite3.Connection, ids: Iterable[EntryId]
) -> dict[EntryId, list[Amendment]]:
    """What is about each of *ids*, in the one order."""
    about: dict[EntryId, list[Amendment]] = {}
    targets = [id_column(id) for id in ids]
    for start in range(0, len(targets), MAX_AT_ONCE):
        some = targets[start : start + MAX_AT_ONCE]
        rows = database.execute(
            f"""
            SELECT author, epoch, seq, target, name, nick, kind, text FROM entries
            JOIN feeds ON feeds.id = feed JOIN rooms ON rooms.id = room
            WHERE target IN ({", ".join("?" * len(some))})
            ORDER BY hlc, author, epoch, seq
            """,  # noqa: S608
            some,
        )
        for author, epoch, seq, target, room, nick, kind, text in rows:
            id = EntryId(AuthorKey(author), unsigned(epoch), seq)
            aim = id_in(target)
            if aim is not None:
                one = Amendment(id, aim, RoomName(room), nick, kind, text)
                about.setdefault(aim, []).append(one)
    return about
