"""
Long work in portions: what comes in one message is taken in over many events.

A push/pull of 1,000 members that nobody has heard of costs a third of a second: a
signature, tags and news for each. Done at once, pings would wait for it. So some are
taken at once, and the rest a portion at a time, each by a timer that is due at once:
whoever drives us does what else there is to do between two.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from gossipchat.effects import StartTimer, guarded
from gossipchat.swim.events import Effect

PORTION = 8
"""Steps that are made at once; a new member takes 0.2 to 0.4 ms with all that
follows from it."""

MAX_WAITING_BYTES = 32 << 20
"""What waits beside the work under way, by what it cost to send: whoever has the key
can say more than anyone can take in."""

Step = Callable[[float], list[Effect]]
"""A small piece of work, at the time that it is given."""


@dataclass(frozen=True, slots=True)
class PortionDue:
    """Timer: the next portion."""


class Portions:
    """Works that wait, the oldest first; each as its steps."""

    def __init__(self) -> None:
        self._works: deque[tuple[Iterator[Step], int]] = deque()
        self._waiting_bytes = 0

    def has_room(self, cost: int) -> bool:
        """Whether a work that came in *cost* bytes is taken; one always is."""
        return not self._works or self._waiting_bytes + cost <= MAX_WAITING_BYTES

    def take(self, steps: Iterable[Step], cost: int, now: float) -> list[Effect]:
        """Make *steps*, the first of them at once unless others are under way."""
        under_way = bool(self._works)
        self._works.append((iter(steps), cost))
        self._waiting_bytes += cost
        return [] if under_way else self.due(now)

    def due(self, now: float) -> list[Effect]:
        """The next portion. A step that raises is no reason to end the node."""
        effects: list[Effect] = []
        room = PORTION
        while self._works and room:
            steps, cost = self._works[0]
            step = next(steps, None)
            if step is None:
                self._works.popleft()
                self._waiting_bytes -= cost
            else:
                effects += guarded(PortionDue(), partial(step, now))
                room -= 1
        if self._works:
            effects.append(StartTimer(PortionDue(), 0.0))
        return effects
