"""Whatever peers say and in whatever order things end: no error, no growth."""

from collections.abc import Callable
from functools import partial

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import Arrived, Event, Load, SendFrames
from gossipchat.broadcast.telling.telling import PART
from gossipchat.effects import StartTimer, TimerFired
from gossipchat.feeds.run import Run
from gossipchat.names import FeedId
from gossipchat.wire.ours.frame_codec import encode_frame
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
from tests.pure.broadcast.builders import (
    Machine,
    feed_of,
    key,
    say,
    some_runs,
    tip,
)
from tests.pure.broadcast.builders import author as author_of

POOL = [
    run
    for number in (1, 2, 3)
    for run in some_runs(number, 12, entries=1 + number, size=50)
]
FORKS = [say(author_of(number), entries=3, size=9) for number in (1, 2, 3)]
FEEDS: list[FeedId] = [*(run.feed for run in FORKS), feed_of(9), feed_of(9, 2**64 - 1)]
LINKS = st.integers(1, 4)

bounds = st.tuples(
    st.integers(-2, 50) | st.just(2**63), st.integers(-2, 60) | st.just(2**64)
)
holdings = st.lists(
    st.builds(
        Holding,
        st.sampled_from(FEEDS),
        st.lists(bounds, max_size=12).map(tuple),
        st.integers(0, 9),
    ),
    max_size=5,
).map(tuple)
ALL = POOL + FORKS
encoded = st.integers(0, len(ALL) - 1).map(lambda place: ALL[place].encoded)
spoilt = st.binary(max_size=200) | encoded.map(lambda run: run[:-1] + b"?")
frames = st.one_of(
    st.builds(Vector, holdings, st.booleans()),
    st.builds(Want, holdings, st.booleans()),
    st.builds(Note, holdings),
    st.builds(Graft, st.just((key(1),)), holdings),
    st.builds(Digest, st.binary(min_size=32, max_size=32)),
    st.builds(Runs, st.lists(encoded, max_size=20).map(tuple)),
    st.builds(Runs, st.lists(encoded | spoilt, max_size=5).map(tuple)),
)

CONFIG = BroadcastConfig(
    cache_bytes=500,
    batch_bytes=600,
    max_wanted_feeds=2,
    max_unkept_bytes=2000,
    max_authors=3,
    max_feeds=4,
)


class Hostile(RuleBasedStateMachine):
    """Events in any order that a shell could bring them in."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = Machine(CONFIG)
        self.number = 10
        self.links: dict[int, int] = {}
        """Link numbers by the peer's."""
        self.under_way: dict[int, int] = {}
        self.answers: list[Callable[[bool], Event]] = []
        self.timers: list[StartTimer] = []
        self.taken: dict[bytes, None] = {}

    def feed(self, event: Event) -> None:
        for effect in self.machine.feed(event):
            match effect:
                case SendFrames(link, sent):
                    assert self.under_way.get(link, 0) == 0, "a second batch"
                    self.under_way[link] = 1
                    assert all(map(encode_frame, sent))  # refuses what is too long
                    assert _size(sent) <= CONFIG.batch_bytes + 500 + PART * 60
                case Arrived(runs):
                    for run in runs:
                        assert run.encoded not in self.taken, "taken twice"
                        self.taken[run.encoded] = None
                    self.answers.append(partial(self.kept, runs))
                case Load():
                    self.answers.append(partial(_loaded, effect))
                case StartTimer():
                    self.timers.append(effect)
        self.machine.effects.clear()

    def kept(self, runs: tuple[Run, ...], ok: bool) -> Event:
        if ok:
            return happened.Kept(runs)
        for run in runs:
            del self.taken[run.encoded]
        return happened.NotKept(runs)

    @rule(peer=LINKS, dialled=st.booleans())
    def open(self, peer: int, dialled: bool) -> None:
        self.number += 1
        self.links[peer] = self.number
        self.feed(happened.LinkOpened(self.number, key(peer), dialled))

    @rule(peer=LINKS, reason=st.sampled_from([None, "full", "leaving", "what?"]))
    def end(self, peer: int, reason: str | None) -> None:
        self.feed(happened.LinkEnded(self.links.get(peer, 0), reason))

    @rule(peer=LINKS, frame=frames)
    def hear(self, peer: int, frame: Frame) -> None:
        self.feed(happened.FrameReceived(self.links.get(peer, 0), frame))

    @rule(peer=LINKS)
    def drain(self, peer: int) -> None:
        link = self.links.get(peer, 0)
        self.under_way[link] = 0
        self.feed(happened.Drained(link))

    @rule(ok=st.booleans())
    def answer(self, ok: bool) -> None:
        if self.answers:
            self.feed(self.answers.pop(0)(ok))

    @rule(seconds=st.sampled_from([0.1, 1.0, 6.0, 40.0]))
    def wait(self, seconds: float) -> None:
        self.machine.now += seconds
        timers, self.timers = self.timers, []
        for timer in timers:
            self.feed(TimerFired(timer.key))

    @rule(peer=LINKS, up=st.booleans())
    def member(self, peer: int, up: bool) -> None:
        if up:
            self.machine.up(peer)
        else:
            self.feed(happened.MemberDown(key(peer)))

    @rule(place=st.integers(0, 11))
    def publish(self, place: int) -> None:
        run = POOL[place]
        if run.encoded not in self.taken:
            self.taken[run.encoded] = None
            self.feed(happened.Published(run, tip(run)))

    @invariant()
    def answers_questions(self) -> None:
        behind = self.machine.core.behind()
        assert all(count > 0 for count in behind.values())
        assert len(self.machine.core.links()) <= 4
        assert 0 <= self.machine.core.entries <= sum(run.count for run in ALL)


def _size(sent: tuple[Frame, ...]) -> int:
    return sum(
        len(run) for frame in sent if isinstance(frame, Runs) for run in frame.runs
    )


def _loaded(load: Load, ok: bool) -> Event:
    found = [
        run
        for run in POOL
        if run.feed == load.feed and run.last >= load.first and run.first <= load.last
    ]
    where = (load.link, load.feed, load.first, load.last)
    return happened.Loaded(*where, tuple(found[:2] if ok else ()))


TestHostile = Hostile.TestCase
TestHostile.settings = settings(max_examples=60, stateful_step_count=60)
