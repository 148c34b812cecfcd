"""
The life of links: whom the overlay dials, which links open, which are ended and why.
"""

from random import Random

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.documents.rounds import Rounds
from gossipchat.broadcast.events import Dial, Effect, EndLink, Event
from gossipchat.broadcast.exchange.exchange import Exchange
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.broadcast.links.overlay import LookDue, Overlay, RedialDue
from gossipchat.broadcast.links.strangers import Strangers
from gossipchat.effects import Count, Notify, StartTimer
from gossipchat.names import AuthorKey
from gossipchat.wire.ours.datagrams import (
    DatagramReceived,
    DialBack,
    DigestTold,
    SendDatagram,
)


class Linking:
    """Lets all that is about links know when one opens or ends."""

    def __init__(
        self,
        me: AuthorKey,
        config: BroadcastConfig,
        chance: Random,
        holdings: Holdings,
        neighbours: Neighbours,
        exchange: Exchange,
        rounds: Rounds,
    ) -> None:
        self._me = me
        self._config = config
        self._holdings = holdings
        self._neighbours = neighbours
        self._exchange = exchange
        self._rounds = rounds
        self._overlay = Overlay(me, config, chance)
        self._strangers = Strangers(chance)

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Members that come and go, links that open and end."""
        match event:
            case happened.MemberUp(peer, _, address):
                self._holdings.admit(peer)
                self._rounds.shelf.met(peer)
                return [*self._overlay.member_up(peer, address)]
            case happened.MemberDown(peer):
                return [*self._overlay.member_down(peer)]
            case happened.LinkWanted(peer, address):
                return [*self._overlay.wanted(peer, address)]
            case happened.DialFailed(peer):
                return [Count("dials.failed"), *self._overlay.dial_failed(peer)]
            case happened.LinkOpened():
                return self._opened(event, now)
            case happened.LinkSilent(link):
                near = self._neighbours.get(link)
                return self._silent(near, now) if near else []
            case happened.LinkEnded(link, reason):
                near = self._neighbours.get(link)
                return self._lost(near, reason, now) if near else []
            case happened.LeaveAsked():
                return self._leave(now)
            case DatagramReceived(sender, _, datagram):
                return [*self._opened_datagram(sender, datagram, now)]
            case _:
                return []

    def _opened_datagram(
        self, sender: AuthorKey, datagram: object, now: float
    ) -> list[Dial | StartTimer | SendDatagram]:
        match datagram:
            case DigestTold():
                ours = self._holdings.digest()
                quiet = self._exchange.is_quiet(now)
                answers, link = self._strangers.told(sender, datagram, ours, quiet)
                return [*answers, *(self._overlay.asked_back(sender) if link else [])]
            case DialBack(asker, target) if target == self._me:
                return self._overlay.asked_back(asker)
            case DialBack(asker, target) if asker == sender:
                return [SendDatagram(target, datagram)]
        return []

    def timer(self, key: RedialDue | LookDue) -> list[Effect]:
        """A member may be dialled again, or those that came are all known."""
        if isinstance(key, RedialDue):
            return [*self._overlay.rested(key)]
        self._exchange.tick()  # members have come: they may have brought news
        return [*self._overlay.gathered()]

    def ask_stranger(self) -> list[Effect]:
        """Tell a member without a link what we have."""
        strangers = self._overlay.strangers()
        return [*self._strangers.ask(strangers, self._holdings.digest())]

    def tidy(self, now: float) -> list[Effect]:
        """End links that are stuck, and one of too many."""
        return [*self.end_stalled(now), *self._end_spare(now)]

    def end_stalled(self, now: float) -> list[Effect]:
        """Links that are open and don't move are ended; others take their place."""
        effects: list[Effect] = []
        for near in self._exchange.stalled(now):
            effects += [EndLink(near.link, "stalled"), Count("links.stalled")]
            effects += self._lost(near, "stalled", now)
        return effects

    def _silent(self, near: Neighbour, now: float) -> list[Effect]:
        """
        The network takes nothing from us. With full buffers the link is cut: when the
        network is back they would come beside what others were asked for by then.
        With little in them it stays until it has been replaced, or goes on.
        """
        if near.busy:
            gone = self._lost(near, "silent", now)
            return [EndLink(near.link, "silent"), Count("links.cut"), *gone]
        return [*self._overlay.renew(near.peer)]

    def _opened(self, event: happened.LinkOpened, now: float) -> list[Effect]:
        new = Neighbour.on(event, self._config, self._holdings, now)
        refusal = self._refusal(new)
        effects = self._make_room(new, now) if refusal == "full" else []
        if refusal and not effects:
            self._overlay.refused(new.peer, new.dialled)
            return [EndLink(new.link, refusal), Count(f"links.refused.{refusal}")]
        old = self._neighbours.of(new.peer)
        if old:
            self._neighbours.remove(old)
            self._exchange.ended(old, now)
            self._rounds.ended(old.link)
            effects.append(EndLink(old.link, "replaced"))
        else:
            effects.append(Notify(happened.LinkUp(new.peer)))
        self._neighbours.add(new)
        self._overlay.linked(new.peer, new.dialled)
        self._exchange.opened(new)
        self._rounds.opened(new.link)
        return effects

    def _refusal(self, new: Neighbour) -> str | None:
        """Why the new link ends at once, if it does."""
        if new.peer == self._me:
            return "self"
        if self._overlay.leaving:
            return "leaving"
        if self._neighbours.loser(new) is new:
            return "replaced"
        inbound = self._neighbours.dialled_by_others()
        known = self._neighbours.of(new.peer) is not None
        if new.dialled or known or self._overlay.has_room_for(new.peer, inbound):
            return None
        return "full"

    def _make_room(self, new: Neighbour, now: float) -> list[Effect]:
        """
        End a link that somebody unknown dialled, for *new* from a member: whoever has
        the cluster key could else take all places under names made up.
        """
        knows = self._overlay.knows
        unknown = (
            near
            for near in self._neighbours
            if not near.dialled and not knows(near.peer)
        )
        guest = next(unknown, None) if knows(new.peer) else None
        if guest is None:
            return []
        gone = self._lost(guest, "full", now)
        return [EndLink(guest.link, "full"), Count("links.refused.full"), *gone]

    def end_faulty(self, near: Neighbour, now: float) -> list[Effect]:
        """End the link, if its peer broke the rules."""
        if near.fault is None:
            return []
        gone = self._lost(near, near.fault, now)
        return [EndLink(near.link, near.fault), Count("links.faulty"), *gone]

    def _end_spare(self, now: float) -> list[Effect]:
        """End one link of too many, while nothing is fetched over it."""
        peer = self._overlay.spare()
        near = self._neighbours.of(peer) if peer else None
        if near is None or near.outbox or self._exchange.is_fetching():
            return []
        return [EndLink(near.link, "spare"), *self._lost(near, "spare", now)]

    def _lost(self, near: Neighbour, reason: str | None, now: float) -> list[Effect]:
        """The link has ended, by whomever."""
        self._neighbours.remove(near)
        self._exchange.ended(near, now)
        self._rounds.ended(near.link)
        lasted = now - near.since
        redials = self._overlay.unlinked(near.peer, reason, lasted)
        return [Notify(happened.LinkDown(near.peer, reason)), *redials]

    def _leave(self, now: float) -> list[Effect]:
        self._overlay.leave()
        effects: list[Effect] = []
        for near in list(self._neighbours):
            effects.append(EndLink(near.link, "leaving"))
            effects += self._lost(near, "leaving", now)
        return effects
