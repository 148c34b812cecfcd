"""
A member's table of the others, and the order in which it probes them.

All tables of a team begin the same, so the beginning is shared: a table of its own
has only what it holds differently.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from gossipchat.names import NodeName
from gossipchat.sim.baselines.words import Kind

FEW = 16
"""Below this many members a random choice looks at each instead of drawing."""


@dataclass(slots=True)
class Entry:
    """What is held of one member."""

    name: NodeName
    incarnation: int = 1
    state: Kind = Kind.ALIVE
    changed: float = 0.0
    """When *state* last changed."""
    suspicion: int = 0
    """Which suspicion of it runs, if any: later ones have higher numbers."""

    @property
    def lives(self) -> bool:
        return self.state is not Kind.DEAD


class Table:
    """Entries by name, and the lap of probes. *shared* is never changed."""

    def __init__(
        self, own_name: NodeName, shared: dict[NodeName, Entry], chance: Random
    ) -> None:
        self._own_name = own_name
        self._shared = shared
        self._own: dict[NodeName, Entry] = {}
        self._chance = chance
        self._lap = list(shared)
        self._next = len(self._lap)
        self._unlisted: set[NodeName] = set()

    def __len__(self) -> int:
        """How many are listed, this member included."""
        return len(self._shared) - len(self._unlisted)

    def __iter__(self) -> Iterator[Entry]:
        """All that are listed, in a fixed order."""
        for name in self._shared:
            if name not in self._unlisted:
                yield self.look(name)

    def listed(self, name: NodeName) -> bool:
        return name in self._shared and name not in self._unlisted

    def look(self, name: NodeName) -> Entry:
        """What is held of *name*, to read only."""
        return self._own.get(name) or self._shared[name]

    def edit(self, name: NodeName) -> Entry:
        """The same, to change; who was forgotten is listed anew."""
        if name not in self._own:
            self._own[name] = replace(self._shared[name])
        if name in self._unlisted:
            self._unlisted.discard(name)
            self._lap.insert(self._chance.randrange(len(self._lap) + 1), name)
        return self._own[name]

    def forget(self, name: NodeName) -> None:
        """List it no more. Its place in the lap goes when the lap ends."""
        self._unlisted.add(name)
        self._own[name] = Entry(name, incarnation=0, state=Kind.DEAD)

    def next_to_probe(self, forgotten: Callable[[Entry], bool]) -> NodeName | None:
        """The next living one in a lap of random order; *forgotten* ones go."""
        for _ in range(2 * len(self._lap) + 2):
            if self._next >= len(self._lap):
                self._new_lap(forgotten)
            if not self._lap:
                return None
            name = self._lap[self._next]
            self._next += 1
            if name != self._own_name and self.look(name).lives:
                return name
        return None

    def any_living(self) -> NodeName | None:
        """A random living one: SWIM's first version, before its laps."""
        found = self.choose(1, lambda entry: entry.lives)
        return found[0] if found else None

    def choose(
        self,
        wanted: int,
        fits: Callable[[Entry], bool],
        but: Sequence[NodeName] = (),
    ) -> list[NodeName]:
        """Up to *wanted* random listed ones that fit, never this one nor *but*."""
        lap, chosen = self._lap, list[NodeName]()
        for _ in range(3 * len(lap) if len(lap) > FEW else 0):
            name = lap[int(self._chance.random() * len(lap))]
            if name not in chosen and self._fits(name, fits, but):
                chosen.append(name)
            if len(chosen) == wanted:
                return chosen
        fitting = [name for name in lap if self._fits(name, fits, but)]
        return self._chance.sample(fitting, min(wanted, len(fitting)))

    def _fits(
        self, name: NodeName, fits: Callable[[Entry], bool], but: Sequence[NodeName]
    ) -> bool:
        own = name == self._own_name or name in but or name in self._unlisted
        return not own and fits(self.look(name))

    def _new_lap(self, forgotten: Callable[[Entry], bool]) -> None:
        if self._own:
            for name in [name for name in self._own if name not in self._unlisted]:
                if forgotten(self._own[name]):
                    self.forget(name)
        self._lap = [name for name in self._lap if name not in self._unlisted]
        self._chance.shuffle(self._lap)
        self._next = 0
