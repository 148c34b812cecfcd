"""
Claims over links, in brief, while a cut heals: hundreds of members that all have
raised their incarnation are told of in one frame a link, where gossip takes minutes.

A brief claim is a name, an incarnation and a hash over what else an alive says. Who
holds the same address, tags and versions needs no more; others ask for the whole.

What is learned goes on at once, and what comes right after that a moment later, all
together: with a frame for each claim, n members at k links would cost n * n * k.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gossipchat.effects import Count, StartTimer
from gossipchat.errors import DecodeError
from gossipchat.names import AuthorKey, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.proof import Proof
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import Effect, SendOverLinks
from gossipchat.swim.healing.brief import brief
from gossipchat.swim.healing.mail import Mail
from gossipchat.swim.membership.judging import Membership
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.swim.membership.once import Once
from gossipchat.wire.memberlist.codec import decode, encode
from gossipchat.wire.memberlist.messages import Alive, Dead, State
from gossipchat.wire.ours.membership_frames import (
    MAX_TOLD,
    Brief,
    Claims,
    ClaimsWanted,
    Told,
)

AT_ONCE = 256
"""Claims that one frame tells: some milliseconds for who hears them."""


GATHERING = 0.01
"""Seconds from one frame of news to the next: what is learned meanwhile goes in one."""


@dataclass(frozen=True, slots=True)
class ClaimsDue:
    """Timer: what was learned meanwhile goes on."""


class ClaimsByLink:
    """Tells over links what is new of the living, and hears it."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        membership: Membership,
        broadcasts: Broadcasts,
        proof: Proof,
        mail: Mail,
    ) -> None:
        self._config = config
        self._members = members
        self._membership = membership
        self._broadcasts = broadcasts
        self._proof = proof
        self._mail = mail
        self._asked = Once()
        self._healing_until = float("-inf")
        self._heard_from: AuthorKey | None = None
        self._gathering = False
        self._gathered: dict[NodeName, AuthorKey | None] = {}
        """What shall go on next, and from whom we have it."""

    @property
    def is_on(self) -> bool:
        return self._config.claims_by_link

    def open_for(self, seconds: float, now: float) -> None:
        """For so long claims go over links too."""
        self._healing_until = max(self._healing_until, now + seconds)

    def is_open(self, now: float) -> bool:
        """Whether they do."""
        return self.is_on and now < self._healing_until

    # --- telling ------------------------------------------------------------

    def spread(self, now: float) -> list[Effect]:
        """What this event has taught us, on to all links but where it came from."""
        news, self._broadcasts.news = self._broadcasts.news, {}
        source, self._heard_from = self._heard_from, None
        if not news or not self.is_open(now):
            return []
        self._gathered |= dict.fromkeys(news, source)
        by_link = [] if self._gathering else self.due()
        return [*by_link, *self._mail.tell(self._entries(news))]

    def due(self) -> list[Effect]:
        """All that was gathered; whoever told us alone of all of it is left out."""
        gathered, self._gathered = self._gathered, {}
        self._gathering = bool(gathered)
        if not gathered:
            return []
        sources = set(gathered.values())
        but = sources.pop() if len(sources) == 1 else None
        told = self._tell(self._entries(gathered), (), but)
        return [*told, StartTimer(ClaimsDue(), GATHERING)]

    def _entries(self, names: Iterable[NodeName]) -> list[Entry]:
        found = [self._members.get(name) for name in names]
        return [entry for entry in found if entry]

    def linked(self, peer: AuthorKey, now: float) -> list[Effect]:
        """All who live, to *peer*, with whom a link was just made."""
        if not self.is_open(now):
            return []
        return self._tell(self._members.listed(), (peer,), None)

    def tell_us(self) -> list[Effect]:
        """Once more how we live: somebody missed it."""
        us = [self._members.us]
        return [*self._tell(us, (), None), *self._mail.tell(us)]

    def _tell(
        self,
        entries: Iterable[Entry],
        to: tuple[AuthorKey, ...],
        but: AuthorKey | None,
    ) -> list[Effect]:
        briefs = [brief(entry) for entry in entries if entry.state is State.ALIVE]
        return [
            SendOverLinks(Claims(tuple(briefs[at : at + AT_ONCE])), to, but)
            for at in range(0, len(briefs), AT_ONCE)
        ]

    # --- hearing ------------------------------------------------------------

    def hear(self, peer: AuthorKey | None, claims: Claims, now: float) -> list[Effect]:
        """
        Believe what is news, and ask for the whole of what we can't complete.

        *peer* None: it came without a link. Gossip brings the whole.
        """
        if not self.is_on:
            return []
        self._heard_from = peer
        effects: list[Effect] = []
        wanted: list[NodeName] = []
        for told in claims.briefs:
            entry = self._members.get(told.name)
            if entry is self._members.us or _is_old(told, entry):
                continue
            if entry is not None and brief(entry).digest == told.digest:
                effects += self._membership.hear_alive(_whole(entry, told), now)
                continue
            news = entry is None or told.incarnation > entry.incarnation
            if news and peer and self._asked.first(told.name, told.incarnation, peer):
                wanted.append(told.name)
        if wanted and peer:
            effects.append(SendOverLinks(ClaimsWanted(tuple(wanted)), (peer,)))
        return effects

    def asked(self, peer: AuthorKey, wanted: ClaimsWanted) -> list[Effect]:
        """Tell *peer* in full."""
        entries = [self._members.get(name) for name in wanted.names]
        bodies = [
            encode(_alive(entry))
            for entry in entries
            if entry is not None and entry.state is State.ALIVE
        ]
        return [
            SendOverLinks(Told(tuple(bodies[at : at + MAX_TOLD])), (peer,))
            for at in range(0, len(bodies), MAX_TOLD)
        ]

    def hear_told(self, peer: AuthorKey, told: Told, now: float) -> list[Effect]:
        """*peer* says in full what it knows."""
        self._heard_from = peer
        effects: list[Effect] = []
        for body in told.messages:
            try:
                message = decode(body)
            except DecodeError:
                effects.append(Count("dropped.told"))
                continue
            match message:
                case Alive():
                    effects += self._membership.hear_alive(message, now)
                case Dead():
                    effects += self._proof.hear_verdict(peer, message, now)
        return effects


def _is_old(told: Brief, entry: Entry | None) -> bool:
    """
    As nearly all of it, for every link brings it. Who was dead for so long that it is
    only remembered comes back at the incarnation that it had.
    """
    if entry is None or not entry.listed:
        return False
    return told.incarnation <= entry.incarnation


def _whole(entry: Entry, told: Brief) -> Alive:
    return Alive(told.incarnation, entry.name, entry.address, entry.meta, entry.vsn)


def _alive(entry: Entry) -> Alive:
    return Alive(entry.incarnation, entry.name, entry.address, entry.meta, entry.vsn)
