"""
Finding the others: seeds, and the members remembered from last time.

A seed is tried for ever, its name resolved anew each time, for as long as no
live member is where it leads: so a node finds its cluster whenever that comes
up, and two halves that share a seed find each other again.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from gossipchat.errors import GossipChatError
from gossipchat.names import Address

FIRST_WAIT = 0.5
LONGEST_WAIT = 15.0
REMEMBERED_AT_ONCE = 3
"""How many remembered members are tried a round while nobody has answered."""


@dataclass(frozen=True, slots=True)
class SeedUnresolved:
    """The name of *seed* leads nowhere."""

    seed: str
    why: str


@dataclass(frozen=True, slots=True)
class SeedSilent:
    """*seed* did not let us join: it is not there, or refuses us."""

    seed: str
    why: str


@dataclass(frozen=True, slots=True)
class SeedAnswered:
    """*seed*, of which one of the two was told, is a member now."""

    seed: str


Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


class Seeds:
    """
    Asks for joins until somebody answers, and for those who did not ever after.

    Args:
        seeds: (host, port); the host may be a name.
        remembered: where members lived when this node last ran.
        resolve: host and port to addresses; raises GossipChatError.
        join: asks swim for a push/pull with an address.
        lives_at: whether a live member (or this node) is at an address.
        told: takes what becomes of a seed: SeedUnresolved, SeedSilent, SeedAnswered.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        chance: Random,
        seeds: Sequence[tuple[str, int]],
        remembered: Sequence[Address],
        resolve: Resolve,
        join: Callable[[Address], None],
        lives_at: Callable[[Address], bool],
        told: Callable[[SeedUnresolved | SeedSilent | SeedAnswered], None],
    ) -> None:
        self._reactor = reactor
        self._chance = chance
        self._seeds = seeds
        self._remembered = list(remembered)
        self._resolve = resolve
        self._join = join
        self._lives_at = lives_at
        self._told = told
        self._places: dict[str, Sequence[Address]] = {}
        """Where each seed was found last."""
        self._looking: dict[str, None] = {}
        """Seeds whose names are being looked up: a name service may be slow."""
        self._silent: dict[str, str] = {}
        """Seeds that are not there, and why."""
        self._wait = FIRST_WAIT
        self._timer: IDelayedCall | None = None
        self._stopped = False

    def start(self) -> None:
        """Try all seeds now, and again and again."""
        self._round()

    def stop(self) -> None:
        """Try no more."""
        self._stopped = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def joined(self, address: Address) -> None:
        """Somebody has answered: the remembered ones need no more trying."""
        self._remembered.clear()
        self._wait = LONGEST_WAIT
        for seed, places in self._places.items():
            if address in places:
                self._answered(seed)

    def failed(self, address: Address, why: str) -> None:
        """Nobody at *address* let us join."""
        for seed, places in self._places.items():
            if address in places and not any(map(self._lives_at, places)):
                self._not_there(seed, SeedSilent(seed, why))

    def _round(self) -> None:
        for host, port in self._seeds:
            Deferred.fromCoroutine(self._try(host, port))
        count = min(REMEMBERED_AT_ONCE, len(self._remembered))
        for address in self._chance.sample(self._remembered, count):
            self._ask(address)
        if self._seeds or self._remembered:
            self._timer = self._reactor.callLater(self._wait, self._round)
            self._wait = min(LONGEST_WAIT, 2 * self._wait)

    async def _try(self, host: str, port: int) -> None:
        seed = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        if seed in self._looking:
            return
        self._looking[seed] = None
        try:
            addresses = await self._resolve(host, port)
        except GossipChatError as problem:
            self._not_there(seed, SeedUnresolved(seed, str(problem)))
            return
        finally:
            del self._looking[seed]
        self._places[seed] = addresses
        if any(map(self._lives_at, addresses)):
            self._answered(seed)
        for address in addresses:
            self._ask(address)

    def _not_there(self, seed: str, happening: SeedUnresolved | SeedSilent) -> None:
        if not self._stopped and self._silent.get(seed) != happening.why:
            self._silent[seed] = happening.why
            self._told(happening)

    def _answered(self, seed: str) -> None:
        if self._silent.pop(seed, None) is not None:
            self._told(SeedAnswered(seed))

    def _ask(self, address: Address) -> None:
        if not self._stopped and not self._lives_at(address):
            self._join(address)
