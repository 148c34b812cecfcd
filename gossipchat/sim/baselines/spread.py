"""
The queue of claims to pass on: each so many times, the least sent first.
"""

from dataclasses import dataclass, field
from functools import cache
from math import ceil, log10
from operator import attrgetter

from gossipchat.names import NodeName
from gossipchat.sim.baselines.words import Claim, Claims, Kind

LEAST = min(kind.size for kind in Kind) + 2
"""Bytes in a packet that the shortest claim takes."""


@cache
def times(mult: int, members: int) -> int:
    """How often a claim is sent among *members*: SWIM's λ log n."""
    return mult * ceil(log10(members + 1))


@dataclass(slots=True)
class _Waiting:
    claim: Claim
    serial: int
    sent: int = 0
    turn: tuple[int, int, int] = field(init=False)
    """Fewest sent, then longest, then newest."""

    def __post_init__(self) -> None:
        self.turn = (self.sent, -self.claim.kind.size, -self.serial)

    def tell(self) -> int:
        """It is sent once more; how often it was."""
        self.sent += 1
        self.turn = (self.sent, *self.turn[1:])
        return self.sent


_turn = attrgetter("turn")


class Spread:
    """At most one claim about each member: a newer one takes its place."""

    def __init__(self) -> None:
        self._waiting: dict[NodeName, _Waiting] = {}
        self._serial = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, claim: Claim) -> None:
        """Pass *claim* on from now on."""
        self._serial += 1
        self._waiting[claim.of] = _Waiting(claim, self._serial)

    def take(self, room: int, limit: int) -> Claims:
        """What fits *room* bytes; each is sent *limit* times, then dropped."""
        if not self._waiting:
            return ()
        taken: list[Claim] = []
        for waiting in sorted(self._waiting.values(), key=_turn):
            needed = waiting.claim.kind.size + 2
            if needed > room:
                if room < LEAST:
                    break
                continue
            room -= needed
            taken.append(waiting.claim)
            if waiting.tell() >= limit:
                del self._waiting[waiting.claim.of]
        return tuple(taken)
