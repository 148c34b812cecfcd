"""
Entries as lines: what every question for lines selects, and what it comes to.
"""

from collections.abc import Iterable
from typing import Any

from gossipchat.chat.events import Line
from gossipchat.names import AuthorKey, EntryId, RoomName
from gossipchat.store.numbers import reference_in, unsigned

LINE = """
    SELECT n, author, epoch, seq, rooms.name, nick, kind, text, wall, arrived, late,
           target, gap, peer, feeds.signed IS NOT NULL, hlc
    FROM entries
    JOIN feeds ON feeds.id = entries.feed
    LEFT JOIN rooms ON rooms.id = entries.room
"""
NEWEST_FIRST = "ORDER BY hlc DESC, author DESC, epoch DESC, seq DESC"


def lines_in(rows: Iterable[tuple[Any, ...]]) -> list[Line]:
    """The lines of what ``LINE`` selected."""
    return [_line(*row) for row in rows]


def _line(
    n: int,
    author: bytes,
    epoch: int,
    seq: int,
    room: str | None,
    nick: str,
    kind: str,
    text: str,
    wall_ms: int,
    arrived_ms: int,
    late: int,
    target: bytes | None,
    gap: int,
    peer: bytes | None,
    fork: int,
    hlc: int,
) -> Line:
    return Line(
        n,
        EntryId(AuthorKey(author), unsigned(epoch), seq),
        None if room is None else RoomName(room),
        nick,
        kind,
        text,
        wall_ms,
        arrived_ms,
        bool(late),
        reference_in(target),
        bool(gap),
        None if peer is None else AuthorKey(peer),
        fork=bool(fork),
        hlc=unsigned(hlc),
    )
