"""
One hearing: what a judge has found out about one suspect so far.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import islice

from gossipchat.names import NodeName
from gossipchat.swim.membership.members import Entry, Members, place_of
from gossipchat.wire.memberlist.messages import State

TRIES = 3
"""Own pings that must fail before a judge accuses, and of course before it buries."""

WITNESSES = 2
"""Others that must have answered a judge: else its own hearing may be what failed."""


MOST_ACCUSERS = 64
"""That are remembered, and told what the others find."""


@dataclass(slots=True)
class Hearing:
    """A suspect before one judge."""

    name: NodeName
    incarnation: int
    serial: int
    began: float
    last_resort: bool
    """Whether the slow timer is over, so that nobody else need have accused."""
    own: bool
    """Whether it began with an accusation of ours."""
    sent: list[float] = field(default_factory=list)
    """When our pings left."""
    numbers: list[int] = field(default_factory=list)
    """Of all our pings, those to others included."""
    answered: bool = False
    silent_by_tcp: bool = False
    told: bool = False
    """Whether we have accused it ourselves."""
    adjourned: bool = False
    """Whether it ended without a verdict; the suspect is only asked on."""
    looks: int = 0
    """Last pings that were sent before a verdict."""
    accusers: dict[NodeName, None] = field(default_factory=dict)
    helpers: dict[NodeName, None] = field(default_factory=dict)
    """Who has been asked to ping the suspect for us."""
    witnesses: dict[NodeName, None] = field(default_factory=dict)
    """Others that have answered us meanwhile."""

    def hears(self, incarnation: int) -> bool:
        """Whether an accusation at *incarnation* is one more in this hearing."""
        return self.incarnation == incarnation and not self.adjourned

    def accused_by(self, accuser: NodeName) -> None:
        """One more, unless there are plenty: anyone may make names up."""
        if len(self.accusers) < MOST_ACCUSERS:
            self.accusers[accuser] = None

    def failed(self, now: float, patience: float) -> bool:
        """Whether enough pings had *patience* seconds and brought nothing."""
        late = sum(when + patience <= now + 1e-9 for when in self.sent)
        return late >= TRIES and not self.answered

    def is_seconded(self, us: NodeName) -> bool:
        """Whether somebody else has accused it, too."""
        return self.last_resort or any(accuser != us for accuser in self.accusers)


def judges_of(members: Members, suspect: Entry, count: int) -> list[Entry]:
    """
    The *count* living members with an identity that are nearest to the case.

    A case is a name with an incarnation, and nearness is Kademlia's: the exclusive or
    of hashes. So each case has other judges, whom all find alike.
    """
    case = _case(suspect)
    able = _able(members, suspect)
    return nsmallest(count, able, key=lambda entry: entry.place ^ case)


def is_judge(members: Members, suspect: Entry, count: int) -> bool:
    """
    Whether we are among ``judges_of``.

    All members ask themselves this of each accusation, and nearly all are not: that is
    known as soon as *count* nearer ones are found, after a look at a few.
    """
    us, case = members.us, _case(suspect)
    able = _able(members, suspect)
    nearer = (entry for entry in able if entry.place ^ case < us.place ^ case)
    is_able = us.state is State.ALIVE and us is not suspect
    return is_able and sum(1 for _ in islice(nearer, count)) < count


def _case(suspect: Entry) -> int:
    return place_of(f"{suspect.name} {suspect.incarnation}")


def _able(members: Members, suspect: Entry) -> Iterator[Entry]:
    return (
        entry
        for entry in members.listed()
        if entry.state is State.ALIVE
        and entry is not suspect
        and (entry.key is not None or entry is members.us)
    )
