"""
What tests of the store are made of: pens, batches, answers waited for.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.chat.bodies import spoken_body
from gossipchat.chat.events import Line, Persist, StoredRun, Written
from gossipchat.chat.listening.listening import read_row
from gossipchat.errors import GossipChatError, StoreError
from gossipchat.feeds.author import Author
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run, check
from gossipchat.names import AuthorKey, EntryId, Reference, RoomName
from gossipchat.store.reading.opening import Opening
from gossipchat.store.reading.reader import Reader
from gossipchat.store.store import Store
from gossipchat.swim.events import ForgetMember, RememberCounter, RememberMember

Found = TypeVar("Found")

ANN = Ed25519PrivateKey.from_private_bytes(b"a" * 32)
BOB = Ed25519PrivateKey.from_private_bytes(b"b" * 32)
WALL = 1_790_000_000_000
LOBBY = RoomName("#lobby")

PATIENCE_S = 30.0
"""For what takes milliseconds when the machine is free."""


def pen(key: Ed25519PrivateKey = ANN, epoch: int = 7) -> Author:
    return Author(key, epoch)


def said(
    text: str = "hello",
    *,
    room: str = "#lobby",
    nick: str = "ann",
    kind: str = "say",
    wall_ms: int = WALL,
    hlc: int | None = None,
    token: str | None = None,
    target: EntryId | Reference | None = None,
) -> Entry:
    if isinstance(target, EntryId):
        target = Reference(target)
    body = spoken_body(RoomName(room), nick, text, token, target)
    return Entry(wall_ms << 16 if hlc is None else hlc, wall_ms, (), kind, body)


def stored(run: Run) -> StoredRun:
    """*run* with the rows that chat makes of it."""
    rows = [
        read_row(run.feed, seq, Entry.decode(content), None)
        for seq, content in enumerate(run.contents, run.first)
    ]
    return StoredRun(run, check(run), tuple(rows))


def batch(*runs: Run, own: bool = False, number: int = 1) -> Persist:
    return Persist(number, tuple(stored(run) for run in runs), own, WALL + 5)


class Kept:
    """A store that is waited for: each call returns what the store answers."""

    def __init__(self, store: Store, opening: Opening) -> None:
        self.store = store
        self.opening = opening
        """What the store found when it was opened."""

    def put(self, *runs: Run, own: bool = False) -> int:
        """The arrival number of the first entry. Raises StoreError."""
        return self.write(batch(*runs, own=own)).first_n

    def persist(self, made: Persist) -> int:
        return self.write(made).first_n

    def write(self, made: Persist) -> Written:
        """Where it stands now. Raises StoreError."""
        answers: SimpleQueue[Written | StoreError] = SimpleQueue()
        self.store.persist(made, answers.put)
        return raised(answers.get(timeout=PATIENCE_S))

    def remember(self, *facts: RememberMember | ForgetMember | RememberCounter) -> None:
        answers: SimpleQueue[StoreError | None] = SimpleQueue()
        self.store.remember(facts, answers.put)
        raised(answers.get(timeout=PATIENCE_S))

    def ask(self, question: Callable[[Reader], Found]) -> Found:
        """Raises what the store answers with, if that is an error."""
        answers: SimpleQueue[Found | GossipChatError] = SimpleQueue()
        self.store.ask(question, answers.put)
        return raised(answers.get(timeout=PATIENCE_S))

    def line(self, id: EntryId) -> Line | None:
        return self.ask(lambda reader: reader.line(id))

    def texts(self) -> list[str]:
        """All that was said, in order of arrival."""
        return [line.text for line in self.ask(lambda r: r.lines(None, 0, 10**6))]


def raised(answer: Found | GossipChatError) -> Found:
    if isinstance(answer, GossipChatError):
        raise answer
    return answer


def until(condition: Callable[[], bool], patience: float) -> None:
    """Wait until *condition* is so; AssertionError after *patience* seconds."""
    ends = time.monotonic() + patience
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < ends, "not in time"
        pause.wait(0.05)


@contextmanager
def opened(path: Path, own: AuthorKey | None = None) -> Iterator[Kept]:
    """The store of *own* at *path*, opened, and closed at the end."""
    store = Store(path)
    opening = store.open(own=own)
    try:
        yield Kept(store, opening)
    finally:
        store.close()


def talker(
    path: Path, *options: str, under: Sequence[str] = ()
) -> "subprocess.Popen[str]":
    """A process that talks to the store at *path*; see ``talker.py``."""
    return subprocess.Popen(
        [*under, sys.executable, "-m", "tests.store.talker", str(path), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
