"""
Runs that come in: read, checked and taken before anything else may see them.
"""

from collections import Counter
from dataclasses import dataclass, field

from gossipchat.broadcast.cache import Sealed
from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import ForkSeen
from gossipchat.broadcast.holdings import Holdings
from gossipchat.errors import DecodeError
from gossipchat.feeds.feed import Verdict
from gossipchat.feeds.run import Run, check
from gossipchat.names import FeedId


@dataclass(slots=True)
class Haul:
    """What one frame brought."""

    seen: list[Sealed] = field(default_factory=list)
    """Every whole run, whatever became of it: its sender has these."""
    fresh: list[tuple[Sealed, Run, bytes]] = field(default_factory=list)
    """Those taken, with the hash of their last entry."""
    unfit: list[Sealed] = field(default_factory=list)
    """Those that what we hold of their feed keeps from being taken."""
    forks: list[ForkSeen] = field(default_factory=list)
    """Feeds in which a fork was seen for the first time."""
    counts: Counter[str] = field(default_factory=Counter)
    bad: DecodeError | None = None
    """Why the rest of the frame was not looked at: the sender passes on rubbish."""


class Intake:
    """A neighbour's word is worth nothing: every seal is checked, once."""

    def __init__(self, config: BroadcastConfig, holdings: Holdings) -> None:
        self._config = config
        self._holdings = holdings
        self._forked: dict[FeedId, None] = {}

    def read(self, runs: tuple[bytes, ...]) -> Haul:
        """Take what is new of *runs*, up to the first bad one."""
        haul = Haul()
        for encoded in runs:
            known = self._holdings.cache.get(encoded)
            if known is not None:  # the very bytes: its seal was checked before
                haul.seen.append(known)
                haul.counts["runs.duplicate"] += 1
                continue
            try:
                self._read_one(Run.parse(encoded), haul)
            except DecodeError as problem:
                haul.counts["dropped.run"] += 1
                haul.bad = problem
                break
        return haul

    def _read_one(self, run: Run, haul: Haul) -> None:
        if not self._holdings.has_room_for(run.feed):
            haul.counts["dropped.feed_limit"] += 1
            return
        sealed = Sealed.of(run)
        if self._holdings.cache.unkept_bytes > self._config.max_unkept_bytes:
            haul.seen.append(sealed)
            haul.counts["dropped.busy"] += 1
            return
        tip = check(run)
        haul.seen.append(sealed)
        match self._holdings.judge(run, tip):
            case Verdict.NEW:
                self._holdings.take(run, tip, sealed, kept=False)
                haul.fresh.append((sealed, run, tip))
                haul.counts["runs.taken"] += 1
            case Verdict.KNOWN:
                haul.counts["runs.duplicate"] += 1
            case Verdict.TOO_SCATTERED:
                haul.counts["dropped.scattered"] += 1
                haul.unfit.append(sealed)
            case Verdict.FORKED:
                self._note_fork(sealed, haul)

    def _note_fork(self, sealed: Sealed, haul: Haul) -> None:
        haul.counts["dropped.fork"] += 1
        haul.unfit.append(sealed)
        known = sealed.feed in self._forked
        if not known and len(self._forked) < self._config.max_feeds:
            self._forked[sealed.feed] = None
            haul.forks.append(ForkSeen(sealed.feed, sealed.first))
