"""
What a broadcast world is made of: its machines, their disks, the size of frames.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.broadcast.core import Broadcast
from gossipchat.feeds.author import Author
from gossipchat.feeds.feed import Feed
from gossipchat.feeds.run import Run, hashes
from gossipchat.names import AuthorKey, FeedId
from gossipchat.sim.network.streams import Line
from gossipchat.wire.ours.frames import (
    Digest,
    Frame,
    Graft,
    Holding,
    Note,
    Runs,
    Vector,
    Want,
)

Disk = dict[FeedId, dict[int, Run]]
"""Runs by feed and first number."""


@dataclass
class Node:
    """One machine: what it is, what its disk holds, what has come to it."""

    name: str
    signer: Ed25519PrivateKey
    author: Author
    disk: Disk = field(default_factory=dict)
    core: Broadcast | None = None
    """None while it is down."""
    life: int = 0
    disk_delay: float = 0.002
    disk_fails: bool = False
    line: Line | None = None
    """Its own access to the network; None: as good as any."""
    arrived: list[Run] = field(default_factory=list)
    """Runs of others in the order in which they were kept, over all its lives."""
    kept_at: dict[bytes, float] = field(default_factory=dict)
    received: Counter[str] = field(default_factory=Counter)
    """Bytes by the kind of frame."""
    counts: Counter[str] = field(default_factory=Counter)
    told: list[object] = field(default_factory=list)

    @property
    def key(self) -> AuthorKey:
        return self.author.feed.author

    def in_this_life(self, do: Callable[[], None]) -> Callable[[], None]:
        """*do*, unless it has gone down by then."""
        life = self.life

        def do_if_alive() -> None:
            if self.life == life:
                do()

        return do_if_alive

    def holds(self) -> dict[FeedId, int]:
        """How many entries of each feed are on its disk."""
        return {
            feed: sum(run.count for run in runs.values())
            for feed, runs in sorted(self.disk.items())
        }

    def keep(self, run: Run, now: float) -> None:
        """*run* is on its disk. Fails when any of it was there before."""
        stored = self.disk.setdefault(run.feed, {})
        for held in stored.values():
            if held.first <= run.last and run.first <= held.last:
                twice = f"{self.name} keeps {run.first} to {run.last} twice"
                raise AssertionError(twice)
        stored[run.first] = run
        self.kept_at[run.encoded] = now

    def restored(self) -> dict[FeedId, Feed]:
        """Its feeds, as a start finds them on its disk."""
        feeds = {feed: Feed(feed) for feed in self.disk}
        for run in self.runs():
            feeds[run.feed].take(run, hashes(run)[-1])
        return feeds

    def runs(self) -> list[Run]:
        """All runs on its disk, by feed and number."""
        return [
            self.disk[feed][first]
            for feed in sorted(self.disk)
            for first in sorted(self.disk[feed])
        ]


def frame_bytes(frame: Frame) -> int:
    """About what *frame* takes on the wire."""
    match frame:
        case Runs(runs):
            return 8 + sum(len(run) + 5 for run in runs)
        case Vector(holdings) | Want(holdings) | Note(holdings) | Graft(_, holdings):
            return 10 + sum(map(_holding_bytes, holdings))
        case Digest():
            return 40
        case _:
            return 16


def _holding_bytes(holding: Holding) -> int:
    return 48 + 6 * len(holding.ranges)
