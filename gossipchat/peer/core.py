"""
swim, broadcast and chat as one machine: the only place that knows all three.

It hands each event to the room it is for, and carries what one room says to
another across: who lives (swim -> broadcast), what arrived (broadcast -> chat),
what is on disk (chat -> broadcast). All else leaves as it is.
"""

from collections.abc import Hashable
from dataclasses import replace
from functools import partial
from typing import NamedTuple, get_args

from gossipchat.broadcast import events as broadcast
from gossipchat.broadcast.core import Broadcast
from gossipchat.chat import events as chat
from gossipchat.chat.core import Chat
from gossipchat.effects import (
    Moment,
    Notify,
    Stalled,
    StartTimer,
    TimerFired,
    guarded,
)
from gossipchat.names import AuthorKey, NodeName
from gossipchat.peer.cords import heard_over, sent_over
from gossipchat.peer.events import Effect, Event, LeaveAsked, Started
from gossipchat.peer.post import REACHABLE, Post
from gossipchat.swim import events as swim
from gossipchat.swim.core import Swim
from gossipchat.swim.events import Status
from gossipchat.wire.ours.datagrams import (
    DialBack,
    DigestTold,
    HasAsked,
    HasUpTo,
    SendDatagram,
)
from gossipchat.wire.ours.membership_frames import Claims, Heal, MembershipFrame

SWIM, BROADCAST, CHAT = "swim", "broadcast", "chat"


class RoomTimer(NamedTuple):
    """A room's timer, with the room it goes back to."""

    room: str
    key: Hashable


class Peer:
    """One whole member, without I/O. Queries go to the rooms themselves."""

    def __init__(self, swim: Swim, broadcast: Broadcast, chat: Chat) -> None:
        self.swim = swim
        self.broadcast = broadcast
        self.chat = chat
        self._me = swim.me.name
        self._post = Post(broadcast.me)
        chat.holds = broadcast.holds
        chat.reach = broadcast.reach
        chat.named = broadcast.named
        chat.presence.page_of = broadcast.documents_of
        broadcast.round_trip = self._round_trip

    def handle(self, event: Event, moment: Moment) -> list[Effect]:
        """What follows from *event*, in the order in which it is to be done."""
        match event:
            case TimerFired(RoomTimer(room, key)):
                return self._tell(room, TimerFired(key), moment)
            case Started():
                return [
                    *self._tell(SWIM, swim.Started(), moment),
                    *self._tell(BROADCAST, broadcast.Started(), moment),
                    *self._tell(CHAT, chat.Started(), moment),
                ]
            case Stalled():
                return [
                    *self._tell(SWIM, event, moment),
                    *self._tell(BROADCAST, event, moment),
                ]
            case LeaveAsked():
                return [
                    *self._tell(CHAT, chat.LeaveAsked(), moment),
                    *self._tell(SWIM, swim.LeaveAsked(), moment),
                ]
            case swim.PacketReceived():
                return self._opened(event, moment)
            case broadcast.LinkOpened(link, peer):
                effects = self._tell(BROADCAST, event, moment)
                if self.broadcast.link_to(peer) == link:
                    effects += self._tell(SWIM, swim.LinkMade(peer), moment)
                return effects
            case broadcast.FrameReceived():
                return self._framed(event, moment)
            case broadcast.FramesReceived():
                return self._all_framed(event, moment)
            case _:
                return self._tell(ROOM_OF[type(event)], event, moment)

    def _tell(self, room: str, event: object, moment: Moment) -> list[Effect]:
        effects: list[Effect] = []
        for effect in self._ask(room, event, moment):
            effects += self._outward(room, effect, moment)
        return effects

    def _outward(self, room: str, effect: object, moment: Moment) -> list[Effect]:
        if isinstance(effect, StartTimer):
            return [StartTimer(RoomTimer(room, effect.key), effect.delay)]
        return self._carried(effect, moment)

    def _ask(self, room: str, event: object, moment: Moment) -> list[object]:
        if room == SWIM:
            return [*self.swim.handle(event, moment.now)]  # type: ignore[arg-type]
        if room == BROADCAST:
            return [*self.broadcast.handle(event, moment.now)]  # type: ignore[arg-type]
        return [*self.chat.handle(event, moment)]  # type: ignore[arg-type]

    def _carried(self, effect: object, moment: Moment) -> list[Effect]:
        """What *effect* comes to once the other rooms have heard what is theirs."""
        match effect:
            case Notify(swim.MemberChanged(member)):
                return [effect, *self._tell_of_member(member, moment)]
            case Notify(swim.MemberForgotten(name)):
                self._post.forget(name)
                gone = self._tell(CHAT, chat.MemberForgotten(name), moment)
                return [effect, *gone]
            case SendDatagram():
                return [self._post.send(effect)]
            case Notify(swim.LeaveDone()):
                # links last: what was said just before leaving still travels
                gone = self._tell(BROADCAST, broadcast.LeaveAsked(), moment)
                return [*gone, effect]
            case Notify(broadcast.LinkDown(peer, reason)):
                lost = swim.LinkLost(peer, meant=reason is not None)
                return [effect, *self._tell(SWIM, lost, moment)]
            case swim.SendOverLinks():
                return [*sent_over(self.broadcast, effect)]
            case swim.WantLink(peer, address):
                wanted = broadcast.LinkWanted(peer, address)
                return self._tell(BROADCAST, wanted, moment)
            case broadcast.Arrived(runs, tips):
                return self._tell(CHAT, chat.RunsArrived(runs, tips), moment)
            case broadcast.DocumentsCame(documents):
                return self._tell(CHAT, chat.DocumentsCame(documents), moment)
            case chat.Post(documents):
                return self._tell(BROADCAST, broadcast.Posted(documents), moment)
            case broadcast.Rename(old, new, first):
                renamed = chat.Renamed(old, new, first)
                return [effect, *self._tell(CHAT, renamed, moment)]
            case chat.Publish(run, tip):
                return self._tell(BROADCAST, broadcast.Published(run, tip), moment)
            case chat.Keep(runs, kept):
                told = broadcast.Kept(runs) if kept else broadcast.NotKept(runs)
                return self._tell(BROADCAST, told, moment)
            case chat.Persist(own=False):
                return [self._named(effect)]
            case _:
                return [effect]  # type: ignore[list-item]

    def name_of(self, key: AuthorKey) -> NodeName | None:
        """The member that has *key*, this one included; None: nobody is known to."""
        if key == self.swim.me.key:
            return self._me
        bearer = self._post.bearer(key)
        return bearer.name if bearer is not None else None

    def _round_trip(self, key: AuthorKey) -> float | None:
        name = self.name_of(key)
        member = self.swim.member(name) if name is not None else None
        return member.rtt if member else None

    def _framed(self, event: broadcast.FrameReceived, moment: Moment) -> list[Effect]:
        """A link brought a frame, for broadcast or for swim."""
        if not isinstance(event.frame, MembershipFrame):
            return self._tell(BROADCAST, event, moment)
        heard = heard_over(self.broadcast, event.link, event.frame)
        return self._tell(SWIM, heard, moment) if heard else []

    def _all_framed(
        self, event: broadcast.FramesReceived, moment: Moment
    ) -> list[Effect]:
        """
        Frames for both rooms, perhaps; broadcast gets its own together. What follows
        from one is not lost when another breaks a room.
        """
        effects: list[Effect] = []
        ours: list[broadcast.FrameReceived] = []
        for each in event.frames:
            if isinstance(each.frame, MembershipFrame):
                effects += guarded(each, partial(self._framed, each, moment))
            else:
                ours.append(each)
        together = broadcast.FramesReceived(tuple(ours))
        for effect in self._ask(BROADCAST, together, moment):
            follow = partial(self._outward, BROADCAST, effect, moment)
            effects += guarded(effect, follow)
        return effects

    def _opened(self, packet: swim.PacketReceived, moment: Moment) -> list[Effect]:
        """What of *packet* concerns whom: swim first, so that it knows who is who."""
        if not self._post.has_mail(packet):
            return self._tell(SWIM, packet, moment)
        effects = self._tell(SWIM, self._post.without_mail(packet), moment)
        received, dropped = self._post.open(packet)
        for each in received:
            room = ROOM_OF_DATAGRAM[type(each.datagram)]
            effects += self._tell(room, each, moment)
        return [*effects, *dropped]

    def _named(self, batch: chat.Persist) -> chat.Persist:
        """*batch* with its runs under the names that they have by now."""
        runs = [self.broadcast.named(stored.run) for stored in batch.runs]
        if all(run is was.run for run, was in zip(runs, batch.runs, strict=True)):
            return batch
        pairs = zip(batch.runs, runs, strict=True)
        stored = tuple(replace(was, run=run) for was, run in pairs)
        return replace(batch, runs=stored)

    def _tell_of_member(self, member: swim.Member, moment: Moment) -> list[Effect]:
        if member.name == self._me:
            return []
        bearer = self._post.member_changed(member)
        if bearer is None or bearer.key is None:
            return []
        reachable, left = bearer.status in REACHABLE, bearer.status is Status.LEFT
        named = chat.MemberNamed(bearer.name, bearer.key, reachable, left)
        effects = self._tell(CHAT, named, moment)
        if reachable:
            up = broadcast.MemberUp(bearer.key, bearer.name, bearer.address)
            return [*effects, *self._tell(BROADCAST, up, moment)]
        down = broadcast.MemberDown(bearer.key)
        return [*effects, *self._tell(BROADCAST, down, moment)]


ROOM_OF: dict[type, str] = {
    swim.PacketReceived: SWIM,
    swim.StreamReceived: SWIM,
    swim.StreamAnswered: SWIM,
    swim.StreamFailed: SWIM,
    swim.JoinAsked: SWIM,
    swim.ForgetAsked: SWIM,
    swim.PacketRefused: SWIM,
    swim.AddressChanged: SWIM,
    swim.AddressProven: SWIM,
    swim.AddressNotProven: SWIM,
    **dict.fromkeys(get_args(swim.Request), SWIM),
    broadcast.LinkOpened: BROADCAST,
    broadcast.LinkSilent: BROADCAST,
    broadcast.LinkEnded: BROADCAST,
    broadcast.DialFailed: BROADCAST,
    broadcast.FrameReceived: BROADCAST,
    broadcast.Drained: BROADCAST,
    broadcast.Loaded: BROADCAST,
    broadcast.Lost: BROADCAST,
    broadcast.Salvaged: BROADCAST,
    broadcast.FloorRaised: BROADCAST,
    broadcast.PageWanted: BROADCAST,
    chat.SayAsked: CHAT,
    chat.Attended: CHAT,
    chat.Departed: CHAT,
    chat.ReceiptAsked: CHAT,
    chat.Persisted: CHAT,
    chat.PersistFailed: CHAT,
    chat.TimeCame: CHAT,
    chat.ClocksCompared: CHAT,
}

ROOM_OF_DATAGRAM: dict[type, str] = {
    DigestTold: BROADCAST,
    DialBack: BROADCAST,
    HasUpTo: CHAT,
    HasAsked: CHAT,
    Heal: SWIM,
    Claims: SWIM,
}
"""Who gets which as a ``DatagramReceived``."""
