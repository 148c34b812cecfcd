"""
Authors, runs and machines that tests of broadcast are made of.
"""

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.core import Broadcast
from gossipchat.broadcast.events import Effect, Event, SendFrames
from gossipchat.broadcast.holdings.cache import Sealed
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.links.neighbours import Neighbour
from gossipchat.broadcast.spans import span
from gossipchat.feeds.author import Author
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run, hashes
from gossipchat.names import Address, AuthorKey, FeedId, NodeName
from gossipchat.wire.ours.frames import Frame, Holding, Note, Runs, Vector

Kind = TypeVar("Kind")

ME = AuthorKey(bytes([100]) * 32)
HERE = Address("127.0.0.1", 7946)


def key(number: int) -> AuthorKey:
    """Keys that sort as their numbers do; ME is number 100."""
    return AuthorKey(bytes([number]) * 32)


def feed_of(number: int, epoch: int = 1) -> FeedId:
    """A feed nobody can sign for."""
    return FeedId(key(number), epoch)


def author(number: int, epoch: int = 1) -> Author:
    """Somebody who can write."""
    signer = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return Author(signer, epoch)


def say(writer: Author, entries: int = 1, size: int = 20) -> Run:
    """The next run of *writer*."""
    body = bytes(size)
    return writer.compose(
        [Entry(number, 0, (), "say", body) for number in range(entries)]
    )


def some_runs(number: int, count: int, entries: int = 1, size: int = 20) -> list[Run]:
    """The first *count* runs of author *number*."""
    writer = author(number)
    return [say(writer, entries, size) for _ in range(count)]


def tip(run: Run) -> bytes:
    return hashes(run)[-1]


def sealed(feed: FeedId, first: int, last: int, size: int = 100) -> Sealed:
    """A run as links see it: its bytes mean nothing, but no two are equal."""
    name = f"{feed.author[0]}/{feed.epoch}/{first}/".encode()
    return Sealed(feed, first, last, name.ljust(size, b"."), span(first, last))


def holdings_with(
    runs: Iterable[Run], config: BroadcastConfig | None = None
) -> Holdings:
    """A node that has *runs* on disk and in its cache."""
    holdings = Holdings(config or BroadcastConfig(), {})
    for run in runs:
        take(holdings, run)
    return holdings


def take(holdings: Holdings, run: Run, kept: bool = True) -> None:
    holdings.take(run, tip(run), Sealed.of(run), kept)


def neighbour(holdings: Holdings, link: int = 1, dialled: bool = True) -> Neighbour:
    """The link number *link*, to peer number *link*."""
    opened = happened.LinkOpened(link, key(link), dialled)
    return Neighbour.on(opened, BroadcastConfig(), holdings, 0.0)


class Machine:
    """A Broadcast, and all that it has wanted so far."""

    def __init__(self, config: BroadcastConfig | None = None) -> None:
        self.now = 1000.0
        self.core = Broadcast(ME, config or BroadcastConfig(), Random(1), {})
        self.effects: list[Effect] = []
        self.feed(happened.Started())

    @classmethod
    def linked(cls, *links: int, config: BroadcastConfig | None = None) -> "Machine":
        """One whose links are open and silent."""
        machine = cls(config)
        for link in links:
            machine.open(link)
        machine.effects.clear()
        return machine

    def feed(self, event: Event) -> list[Effect]:
        """What follows from *event*."""
        effects = self.core.handle(event, self.now)
        self.effects += effects
        return effects

    def all(self, kind: type[Kind]) -> list[Kind]:
        """The effects of that kind, in order."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def open(self, link: int, dialled: bool = True, vector: bool = True) -> None:
        """A link to peer number *link* opens and both have told what they have."""
        self.feed(happened.LinkOpened(link, key(link), dialled))
        self.feed(happened.Drained(link))
        if vector:
            self.hear(link, Vector(()))

    def up(self, *numbers: int) -> list[Effect]:
        """These members are alive."""
        effects: list[Effect] = []
        for number in numbers:
            name = NodeName(f"n{number}")
            effects += self.feed(happened.MemberUp(key(number), name, HERE))
        return effects

    def hear(self, link: int, frame: Frame) -> list[Effect]:
        """*frame* comes over *link*."""
        return self.feed(happened.FrameReceived(link, frame))

    def hear_runs(self, link: int, *runs: Run) -> list[Effect]:
        return self.hear(link, Runs(tuple(run.encoded for run in runs)))

    def drain(self, link: int) -> list[Effect]:
        return self.feed(happened.Drained(link))

    def sent(self, link: int) -> list[Frame]:
        """All frames that went over *link*."""
        return frames_to(link, self.effects)


def frames_to(link: int, effects: Iterable[Effect]) -> list[Frame]:
    """The frames in *effects* that go over *link*."""
    return [
        frame
        for effect in effects
        if isinstance(effect, SendFrames) and effect.link == link
        for frame in effect.frames
    ]


def bare(frame: Frame) -> Frame:
    """*frame* without the hashes in its holdings."""
    if not isinstance(frame, Vector | Note):
        return frame
    holdings = tuple(replace(each, tip=b"") for each in frame.holdings)
    return replace(frame, holdings=holdings)


def runs_in(frames: Iterable[Frame]) -> list[bytes]:
    """The runs in *frames*."""
    return [run for frame in frames if isinstance(frame, Runs) for run in frame.runs]


def holding(feed: FeedId, *bounds: tuple[int, int]) -> Holding:
    return Holding(feed, bounds)
