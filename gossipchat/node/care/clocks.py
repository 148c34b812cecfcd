"""
Whose clock is wrong: each linked neighbour's is compared with the median of all.

A wrong clock loses nothing (the order of what is said doesn't rest on it), but lines
show wrong times, and what a clock far ahead dates is held back for a day.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gossipchat.broadcast.events import LinkDown
from gossipchat.chat.events import ClocksCompared
from gossipchat.names import AuthorKey, NodeName
from gossipchat.swim.events import Warned, WarningOver

CLOCK = "clock"
LIMIT = 10.0
"""Seconds beside the median from which on a clock is named: as late as a line may be
before it is marked as late. Machines that ask a time server are within one."""


UNITS = (("days", 86_400.0), ("hours", 3_600.0), ("minutes", 60.0))


@dataclass(frozen=True, slots=True)
class ClockRead:
    """The clock of *peer* is *ahead* seconds before ours."""

    peer: AuthorKey
    ahead: float


class Clocks:
    """
    Remembers what the neighbours' clocks said while they are linked.

    Args:
        me: this node.
        name_of: the name of the member that has a key.
        feed: takes the median, for chat.
        told: takes what a person should know: Warned and WarningOver.
    """

    def __init__(
        self,
        me: NodeName,
        name_of: Callable[[AuthorKey], NodeName | None],
        feed: Callable[[ClocksCompared], None],
        told: Callable[[object], None],
    ) -> None:
        self._me = me
        self._name_of = name_of
        self._feed = feed
        self._told = told
        self._ahead: dict[AuthorKey, float] = {}
        self._named: dict[NodeName, None] = {}
        self._median_ms: int | None = None
        """As chat was told; None: nothing, while nobody knows whose clock is right."""

    def hear(self, happening: object) -> None:
        """A clock was read, or whose it was is linked no longer."""
        match happening:
            case ClockRead(peer, ahead):
                self._ahead[peer] = ahead
                self._compare()
            case LinkDown(peer) if peer in self._ahead:
                self._let_go(peer)

    def _compare(self) -> None:
        median = median_of(self._ahead.values())
        median_ms = round(median * 1000)
        known = self._median_ms is not None or self._is_known()
        if known and median_ms != self._median_ms:
            self._median_ms = median_ms
            self._feed(ClocksCompared(median_ms))
        for peer, ahead in self._ahead.items():
            name = self._name_of(peer)
            if name is not None:
                self._judge(name, ahead - median, "its clock")
        self._judge(self._me, -median, "this machine's clock")

    def _is_known(self) -> bool:
        """Two clocks that don't agree say nothing about the time."""
        clocks = self._ahead.values()
        return len(clocks) > 1 or any(abs(ahead) <= LIMIT for ahead in clocks)

    def _let_go(self, peer: AuthorKey) -> None:
        del self._ahead[peer]
        name = self._name_of(peer)
        if name is not None and name in self._named:
            self._over(name)
        self._compare()

    def _judge(self, name: NodeName, ahead: float, whose: str) -> None:
        if abs(ahead) > LIMIT and name not in self._named:
            self._named[name] = None
            way = "ahead of" if ahead > 0 else "behind"
            off = f"{whose} is {in_words(abs(ahead))} {way}"
            if len(self._ahead) == 1:
                what = f"{off} this machine's: set the one that is wrong"
            else:
                what = f"{off} most members' clocks: set it"
            self._told(Warned(name, what, CLOCK))
        elif abs(ahead) <= LIMIT and name in self._named:
            self._over(name)

    def _over(self, name: NodeName) -> None:
        del self._named[name]
        self._told(WarningOver(name, CLOCK))


def median_of(ahead: Iterable[float]) -> float:
    """
    Of *ahead* and our own clock (0). Where two are in the middle, the one nearer to
    ours: a single neighbour must not move it at all.
    """
    ordered = sorted([0.0, *ahead])
    return min(ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2], key=abs)


def in_words(seconds: float) -> str:
    """A span of time as people say it, in its largest unit."""
    for unit, length in UNITS:
        if round(seconds) >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
