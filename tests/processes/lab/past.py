"""
A long past, written straight into a database by the store itself: no node could say
as much while a test waits.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.chat.bodies import spoken_body
from gossipchat.chat.events import Persist, Row, StoredRun, Written
from gossipchat.errors import StoreError
from gossipchat.feeds.author import Author
from gossipchat.feeds.entry import Entry
from gossipchat.names import RoomName
from gossipchat.store.store import Store

AUTHORS = 20
ROOMS = ("#lobby", "#ops", "#garden", "#music", "#kitchen")
RUN = 8
"""Lines that an author said in one breath, as a run holds them."""

BATCH = 250
SECOND_MS = 1000

TEXT = "line {} of a long past: nothing much, but it was said and must be kept"


def write_past(data: Path, lines: int) -> None:
    """
    Fill the database of the node at *data* with *lines* lines: by 20 authors in 5
    rooms, one a second until now.
    """
    data.mkdir(mode=0o700, exist_ok=True)
    store = Store(data / "gossipchat.db")
    store.open()
    answers: SimpleQueue[Written | StoreError] = SimpleQueue()
    asked = 0
    for batch in batches(lines):
        store.persist(batch, answers.put)
        asked += 1
    for _ in range(asked):
        answer = answers.get()
        assert isinstance(answer, Written), answer
    store.close()


def batches(lines: int) -> Iterator[Persist]:
    """All of it, as a node would hand it to its store."""
    pens = [pen(number) for number in range(AUTHORS)]
    began_ms = int(time.time() * 1000) - lines * SECOND_MS
    runs: list[StoredRun] = []
    for first in range(0, lines, RUN):
        turn = first // RUN
        author = pens[turn % AUTHORS]
        numbers = range(first, min(first + RUN, lines))
        room = RoomName(ROOMS[turn % len(ROOMS)])
        runs.append(written(author, numbers, room, began_ms))
        if len(runs) == BATCH:
            yield Persist(1, tuple(runs), False, began_ms + first * SECOND_MS)
            runs = []
    if runs:
        yield Persist(1, tuple(runs), False, began_ms + lines * SECOND_MS)


def pen(number: int) -> Author:
    """One of those who spoke."""
    secret = number.to_bytes(32)
    return Author(Ed25519PrivateKey.from_private_bytes(secret), 1)


def written(author: Author, numbers: range, room: RoomName, began_ms: int) -> StoredRun:
    """The lines *numbers* as a run of *author*, and as the store keeps them."""
    nick = f"user-{author.feed.author.hex()[:4]}"
    first = author.next_seq
    texts = [TEXT.format(number) for number in numbers]
    walls = [began_ms + number * SECOND_MS for number in numbers]
    run = author.compose(
        [
            Entry(wall << 16, wall, (), "say", spoken_body(room, nick, text, None))
            for text, wall in zip(texts, walls, strict=True)
        ]
    )
    rows = tuple(
        Row(seq, wall << 16, wall, room, nick, "say", text, late=False)
        for seq, (text, wall) in enumerate(zip(texts, walls, strict=True), first)
    )
    return StoredRun(run, author.tip, rows)
