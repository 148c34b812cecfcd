"""
What a person should know of this node and its members: ``status`` lists it for as
long as it goes on, each thing once.
"""

from collections.abc import Callable

from gossipchat.broadcast.events import ForkSeen
from gossipchat.names import NodeName
from gossipchat.node.api import Trouble
from gossipchat.node.care.seeds import SeedAnswered, SeedSilent, SeedUnresolved
from gossipchat.node.care.upkeep import CheckFailed, SaidMuch
from gossipchat.node.driver.journal import (
    TWIN,
    StoreSetAside,
    Undecodable,
)
from gossipchat.swim.events import (
    MemberChanged,
    MemberForgotten,
    Status,
    Warned,
    WarningOver,
)

MAX_TROUBLES = 100
"""Of what members are warned of, and of hosts that send nonsense: so many each."""

QUIET = 60.0
"""Seconds without another unreadable packet after which it is over: four tries of a
node that looks for its seeds."""

ANOTHER_KEY = (
    "it is sealed with a key that is not in our ring, so one of the two has an old or a"
    " wrong keyring.json"
)

MIB = 1 << 20

Key = tuple[NodeName, str]


class Troubles:
    """
    Remembers what was warned of until it is over.

    Args:
        now: seconds on a clock that only goes forward.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._of_members: dict[Key, str] = {}
        self._unreadable: dict[str, tuple[float, str]] = {}
        self._has_twin = False
        self._said: str | None = None
        self._of_store: dict[str, None] = {}
        self._of_seeds: dict[str, str] = {}
        """As many at most as the settings name."""

    def hear(self, happening: object) -> None:
        """Note *happening*, if it begins or ends a trouble."""
        match happening:
            case Warned(member, what, kind):
                key = member, kind or what
                if len(self._of_members) < MAX_TROUBLES or key in self._of_members:
                    self._of_members[key] = what
            case WarningOver(member, kind):
                self._of_members.pop((member, kind), None)
            case MemberChanged(member) if member.status is Status.LEFT:
                self._forget(member.name)
            case MemberForgotten(name):
                self._forget(name)
            case ForkSeen(own=True):
                self._has_twin = True
            case SeedUnresolved(seed, why) | SeedSilent(seed, why):
                self._of_seeds[seed] = why
            case SeedAnswered(seed):
                self._of_seeds.pop(seed, None)
            case StoreSetAside():
                self._of_store[str(happening)] = None
            case SaidMuch(said, most):
                self._said = _too_much(said, most) if said else None
            case CheckFailed(why):
                self._of_store[why] = None
            case Undecodable(source, why, key):
                self._note_unreadable(source.host, ANOTHER_KEY if key else why)

    def list(self, *now: str) -> tuple[Trouble, ...]:
        """All that goes on; *now*: what else is wrong with this node."""
        self._forget_quiet()
        own = [Trouble(None, what) for what in now]
        own += [Trouble(None, TWIN)] if self._has_twin else []
        own += [] if self._said is None else [Trouble(None, self._said)]
        own += [Trouble(None, what) for what in self._of_store]
        members = [Trouble(name, what) for (name, _), what in self._of_members.items()]
        hosts = [
            Trouble(None, f"what {host} sends can't be read: {why}")
            for host, (_, why) in self._unreadable.items()
        ]
        seeds = [
            Trouble(None, f"the seed {seed} does not take us in: {why}")
            for seed, why in self._of_seeds.items()
        ]
        return (*own, *seeds, *members, *hosts)

    def _forget(self, name: NodeName) -> None:
        for key in [one for one in self._of_members if one[0] == name]:
            del self._of_members[key]

    def _note_unreadable(self, host: str, why: str) -> None:
        if host not in self._unreadable and len(self._unreadable) >= MAX_TROUBLES:
            self._forget_quiet()
            if len(self._unreadable) >= MAX_TROUBLES:
                return
        self._unreadable[host] = self._now(), why

    def _forget_quiet(self) -> None:
        oldest = self._now() - QUIET
        for host in [h for h, (when, _) in self._unreadable.items() if when < oldest]:
            del self._unreadable[host]


def _too_much(said: int, most: int) -> str:
    return (
        f"this node has said {said / MIB:.0f} MiB today: others keep the newest"
        f" {most / MIB:.0f} MiB of that, unless author_bytes_a_day in their settings"
        " is more"
    )
