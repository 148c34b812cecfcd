"""The store is looked through in the background, a little at a time."""

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from gossipchat.broadcast.events import FloorRaised, Lost
from gossipchat.errors import StoreError
from gossipchat.names import AuthorKey, FeedId
from gossipchat.node.care.upkeep import (
    FIRST_LOOK,
    GLANCE,
    PAUSE,
    CheckFailed,
    RowsMended,
    RunDamaged,
    SaidMuch,
    Upkeep,
)
from gossipchat.store.config import StoreConfig
from gossipchat.store.writing.checking import Checked, Damaged


@implementer(IReactorFromThreads)
class OneThread(Clock):
    """A clock whose other threads are this one."""

    def callFromThread(  # type: ignore[override]
        self, do: Callable[..., Any], *values: object
    ) -> None:
        do(*values)


FEED = FeedId(AuthorKey(bytes(32)), 7)
ROTTEN = Damaged(5, FEED, 3, 4)
LOST = Lost(FEED, 3, 4, b"p" * 32, b"t" * 32)


LAST_N = 100


class Shelf:
    """A store that answers what it is told to."""

    def __init__(self, *answers: Checked | StoreError) -> None:
        self.answers = list(answers)
        self.lost: list[Damaged] = []
        self.floors: list[tuple[FloorRaised, ...]] = []
        self.said_today = 0
        self.grown_bytes = 0
        self.trims = 0
        self.straightened: list[tuple[object, bool]] = []

    def ask(self, question: object, done: Callable[[Any], None]) -> None:
        done(self.answers.pop(0))

    def trim(
        self, config: StoreConfig, wall_ms: int, done: Callable[[Any], None]
    ) -> None:
        self.trims += 1
        done(self.floors.pop(0) if self.floors else ())

    def straighten(
        self, rows: object, done: Callable[[Any], None], indexes: bool
    ) -> None:
        self.straightened.append((rows, indexes))
        done(None)

    def lose(self, run: Damaged, done: Callable[[Any], None]) -> None:
        self.lost.append(run)
        done(LOST)


class UpkeepTests(SynchronousTestCase):
    """One look at everything after a start."""

    def begin(
        self, *answers: Checked | StoreError, config: StoreConfig | None = None
    ) -> Shelf:
        self.clock = OneThread()
        self.fed: list[object] = []
        self.told: list[object] = []
        shelf = Shelf(*answers)
        self.upkeep = Upkeep(
            self.clock,
            shelf,  # type: ignore[arg-type]
            LAST_N,
            lambda run: (),
            self.fed.append,
            self.told.append,
            config or StoreConfig(),
            lambda: 1_790_000_000_000,
        )
        self.upkeep.start()
        self.clock.advance(FIRST_LOOK)
        return shelf

    def test_it_ends_with_the_last_run(self) -> None:
        shelf = self.begin(Checked(9, ()), Checked(None, ()))
        assert len(shelf.answers) == 1
        self.clock.advance(PAUSE)
        assert shelf.answers == []
        self.clock.advance(60)

    def test_what_came_since_the_start_is_not_looked_at_again(self) -> None:
        shelf = self.begin(Checked(LAST_N, ()), Checked(None, ()))
        self.clock.advance(60)
        assert len(shelf.answers) == 1

    def test_what_is_damaged_is_let_go_of_and_told(self) -> None:
        shelf = self.begin(Checked(9, (ROTTEN,)), Checked(None, ()))
        assert shelf.lost == [ROTTEN]
        assert self.fed == [LOST]
        assert self.told == [RunDamaged(ROTTEN)]

    def test_indexes_that_have_rotted_are_made_anew_once(self) -> None:
        """All of them: what is found next was found before that was done."""
        astray = Checked(9, (), (), astray=True)
        shelf = self.begin(astray, astray, Checked(None, ()))
        self.clock.advance(PAUSE)
        self.clock.advance(PAUSE)
        assert shelf.straightened == [((), True)]
        assert self.told == [RowsMended(0, indexes=True)]

    def test_a_store_that_cannot_be_read_is_told_once(self) -> None:
        self.begin(StoreError("the disk fails"))
        assert self.told == [CheckFailed("the disk fails")]

    def test_it_stops_when_told_to(self) -> None:
        self.begin(Checked(9, ()))
        self.upkeep.stop()
        assert self.clock.getDelayedCalls() == []

    def test_who_says_more_than_others_keep_is_told_until_it_is_over(self) -> None:
        shelf = self.begin(Checked(None, ()))
        quota = StoreConfig().author_bytes_a_day
        for said in (quota, quota + 1, quota, 0):
            shelf.said_today = said
            self.clock.advance(StoreConfig().trim_interval)
        assert self.told == [SaidMuch(quota + 1, quota), SaidMuch(0, quota)]

    def test_when_much_has_come_it_is_trimmed_soon(self) -> None:
        """A past of gigabytes comes in minutes: the disk may be a small one."""
        config = StoreConfig(max_bytes=8000)
        shelf = self.begin(Checked(None, ()), config=config)
        trims = shelf.trims
        shelf.grown_bytes = 1000
        self.clock.advance(GLANCE)
        assert shelf.trims == trims
        shelf.grown_bytes = 1001
        self.clock.advance(GLANCE)
        assert shelf.trims == trims + 1

    def test_floors_are_told_and_the_next_step_follows_soon(self) -> None:
        raised = FloorRaised(FEED, 7, bytes(32))
        shelf = self.begin(Checked(None, ()))
        shelf.floors = [(raised,), (raised,), ()]
        self.clock.advance(StoreConfig().trim_interval)
        assert self.fed == [raised]
        self.clock.advance(PAUSE)
        assert self.fed == [raised, raised]
        self.clock.advance(PAUSE)
        self.clock.advance(PAUSE)
        assert self.fed == [raised, raised]
