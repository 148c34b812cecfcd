"""
What one memberlist agent believes: claims come in, the table changes, some go on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from gossipchat.names import NodeName
from gossipchat.sim.baselines.memberlist.rules import Rules
from gossipchat.sim.baselines.spread import Spread, times
from gossipchat.sim.baselines.table import Entry, Table
from gossipchat.sim.baselines.words import Claim, Kind

Tell = Callable[[NodeName, Kind, int], None]
"""Told that a member's state has changed, and its incarnation."""

After = Callable[[float, Callable[[], None]], None]


@dataclass(slots=True)
class _Suspicion:
    """One suspect's time, running."""

    incarnation: int
    began: float
    accusers: set[NodeName]
    wanted: int


class Beliefs:
    """The rules for alive, suspect and dead (memberlist 0.2 to 0.6)."""

    def __init__(
        self,
        name: NodeName,
        rules: Rules,
        table: Table,
        clock: Callable[[], float],
        after: After,
        tell: Tell,
    ) -> None:
        self._name, self._rules, self._table = name, rules, table
        self._clock, self._after, self._tell = clock, after, tell
        self._suspicions: dict[NodeName, _Suspicion] = {}
        self.spread = Spread()
        self.incarnation = 1
        self.awareness = 0

    @property
    def limit(self) -> int:
        """How often a claim is sent."""
        return times(self._rules.retransmit_mult, len(self._table))

    def hear(self, claim: Claim) -> None:
        """Somebody says so."""
        held = self._table.look(claim.of)
        if claim.incarnation < held.incarnation:  # most are old
            return
        kind = claim.kind
        if kind is Kind.SUSPECT:
            self._suspect(claim, held)
        elif kind is Kind.ALIVE:
            self._alive(claim, held)
        else:
            self._dead(claim, held)

    def adjust(self, by: int) -> None:
        """Local health gets worse (more) or better (less)."""
        if self._rules.lha_probe:
            most = self._rules.max_awareness - 1
            self.awareness = min(most, max(0, self.awareness + by))

    def _alive(self, claim: Claim, held: Entry) -> None:
        if claim.of == self._name:
            if claim.incarnation > self.incarnation:
                self._refute(claim.incarnation)
            return
        if claim.incarnation <= held.incarnation:
            return
        self._suspicions.pop(claim.of, None)
        self._take_over(claim)

    def _suspect(self, claim: Claim, held: Entry) -> None:
        running = self._suspicions.get(claim.of)
        if not self._table.listed(claim.of):
            return
        if running is not None:
            self._confirm(running, claim)
        elif claim.of == self._name:
            self._refute(claim.incarnation)
        elif held.state is Kind.ALIVE:
            self._begin_suspicion(claim)

    def _begin_suspicion(self, claim: Claim) -> None:
        self._take_over(claim)
        wanted = self._rules.wanted_confirmations(len(self._table))
        running = _Suspicion(claim.incarnation, self._clock(), {claim.by}, wanted)
        self._suspicions[claim.of] = running
        self._time(claim.of, running)

    def _confirm(self, running: _Suspicion, claim: Claim) -> None:
        """One accuser more: news, as long as they count."""
        if len(running.accusers) > running.wanted or claim.by in running.accusers:
            return
        running.accusers.add(claim.by)
        self.spread.add(claim)
        self._time(claim.of, running)

    def _time(self, name: NodeName, running: _Suspicion) -> None:
        heard = len(running.accusers) - 1
        patience = self._rules.patience(len(self._table), heard)
        left = running.began + patience - self._clock()
        due = partial(self._patience_over, name, running, heard)
        if left > 0:
            self._after(left, due)
        else:
            due()

    def _patience_over(self, name: NodeName, running: _Suspicion, heard: int) -> None:
        current = self._suspicions.get(name) is running
        if current and heard == len(running.accusers) - 1:
            number = self._table.look(name).incarnation
            self.hear(Claim(Kind.DEAD, name, number, self._name))

    def _dead(self, claim: Claim, held: Entry) -> None:
        if not self._table.listed(claim.of):
            return
        if claim.of == self._name:
            self._refute(claim.incarnation)
            return
        self._suspicions.pop(claim.of, None)
        if held.state is not Kind.DEAD:
            self._take_over(claim)

    def _take_over(self, claim: Claim) -> None:
        entry = self._table.edit(claim.of)
        changed = entry.state is not claim.kind
        entry.incarnation, entry.state = claim.incarnation, claim.kind
        self.spread.add(claim)
        if changed:
            entry.changed = self._clock()
            self._tell(claim.of, claim.kind, claim.incarnation)

    def _refute(self, accused: int) -> None:
        self.incarnation = max(self.incarnation, accused) + 1
        self.adjust(+1)
        entry = self._table.edit(self._name)
        entry.incarnation = self.incarnation
        alive = Claim(Kind.ALIVE, self._name, self.incarnation, self._name)
        self.spread.add(alive)

    # --- push/pull ------------------------------------------------------------

    def states(self) -> tuple[Entry, ...]:
        """What a push/pull tells: all that are listed."""
        return tuple(
            Entry(entry.name, entry.incarnation, entry.state) for entry in self._table
        )

    def merge(self, states: tuple[Entry, ...]) -> None:
        """Deaths are hearsay: they count as a suspicion of our own."""
        for state in states:
            alive = state.state is Kind.ALIVE
            kind = Kind.ALIVE if alive else Kind.SUSPECT
            held = self._table.look(state.name)
            same = held.state is kind and held.incarnation == state.incarnation
            if not same or (not alive and state.name not in self._suspicions):
                self.hear(Claim(kind, state.name, state.incarnation, self._name))
