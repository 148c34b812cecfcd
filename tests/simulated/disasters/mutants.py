"""
Nodes with one rule broken each: whoever checks the promises must notice.

They are handed to the simulator as a ``Species`` or a setting; nothing that ships
knows of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.broadcast import events as broadcast
from gossipchat.broadcast.core import Broadcast
from gossipchat.chat import events as chat
from gossipchat.chat.core import Chat
from gossipchat.chat.listening.listening import lines_of
from gossipchat.effects import Moment, Notify
from gossipchat.feeds.author import Author
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey, EntryId, FeedId
from gossipchat.sim.network.cables import Cables
from gossipchat.sim.world.species import Species
from gossipchat.swim import events as swim
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.core import Swim
from gossipchat.wire.memberlist.messages import Ack, Dead, PushPull, Suspect
from gossipchat.wire.ours.datagrams import DigestTold, SendDatagram
from gossipchat.wire.ours.frames import Digest, Frame, Runs, Vector


@dataclass(frozen=True)
class Mutant:
    """How a disaster's nodes differ from those that ship."""

    species: Species = field(default_factory=Species)
    settings: dict[str, Any] = field(default_factory=dict)
    caught: int = 0
    """A seed that was the first to catch it once: tried before all others."""


# --- swim -------------------------------------------------------------------


class NeverRefutes(Swim):
    """Is deaf to what others say of it."""

    def handle(self, event: swim.Event, now: float) -> list[swim.Effect]:
        match event:
            case swim.PacketReceived(source, messages):
                kept = tuple(each for each in messages if not self._accused_by(each))
                event = swim.PacketReceived(source, kept)
            case swim.StreamReceived(stream, source, PushPull() as told):
                event = swim.StreamReceived(stream, source, self._without_me(told))
            case swim.StreamAnswered(stream, PushPull() as told):
                event = swim.StreamAnswered(stream, self._without_me(told))
        return super().handle(event, now)

    def _accused_by(self, message: object) -> bool:
        return isinstance(message, Suspect | Dead) and message.node == self.me.name

    def _without_me(self, told: PushPull) -> PushPull:
        states = tuple(one for one in told.nodes if one.name != self.me.name)
        return replace(told, nodes=states)


class BuriesWhomItSuspects(Swim):
    """One lost packet is enough: asks nobody, tries nothing else, waits for nothing."""

    def handle(self, event: swim.Event, now: float) -> list[swim.Effect]:
        match event:
            case swim.StreamAnswered(_, Ack()):
                return []
        effects = super().handle(event, now)
        for effect in list(effects):
            match effect:
                case Notify(swim.MemberChanged(member)):
                    if member.status is swim.Status.SUSPECT:
                        effects += self._bury(member, now)
        return effects

    def _bury(self, member: swim.Member, now: float) -> list[swim.Effect]:
        dead = Dead(member.incarnation, member.name, self.me.name)
        packet = swim.PacketReceived(member.address, (dead,))
        return super().handle(packet, now)


# --- chat -------------------------------------------------------------------


class ShowsBeforeDisk(Chat):
    """Shows what others say while it is on its way to the disk."""

    def handle(self, event: chat.Event, moment: Moment) -> list[chat.Effect]:
        effects: list[chat.Effect] = []
        for effect in super().handle(event, moment):
            match effect:
                case chat.Persist(own=False):
                    shown = [x for each in effect.runs for x in lines_of(each, 0, 0)]
                    effects += [chat.Deliver(tuple(shown)), effect]
                case chat.Deliver() if not _is_own(event):
                    pass
                case _:
                    effects.append(effect)
        return effects


def _is_own(event: chat.Event) -> bool:
    return isinstance(event, chat.SayAsked)


class AnswersBeforeDisk(Chat):
    """Says that a line is said when it goes to the disk."""

    def handle(self, event: chat.Event, moment: Moment) -> list[chat.Effect]:
        effects = super().handle(event, moment)
        going = [each for each in effects if isinstance(each, chat.Persist)]
        for batch in going:
            if batch.own and isinstance(event, chat.SayAsked):
                run = batch.runs[-1].run
                effects.append(chat.Answer(event.ask, EntryId(*run.feed, run.last)))
        return effects


class TrustsAFullDisk(Chat):
    """Takes a failed write for a good one."""

    def handle(self, event: chat.Event, moment: Moment) -> list[chat.Effect]:
        if isinstance(event, chat.PersistFailed):
            event = chat.Persisted(event.number, 1)
        return super().handle(event, moment)


class ShowsItsOwnAlone(Chat):
    """Keeps what others say, and shows none of it."""

    def __init__(self, author: Author, *args: Any, **named: Any) -> None:
        super().__init__(author, *args, **named)
        self._me = author.feed.author

    def handle(self, event: chat.Event, moment: Moment) -> list[chat.Effect]:
        effects = super().handle(event, moment)
        return [_of_author(each, self._me) for each in effects]


def _of_author(effect: chat.Effect, me: AuthorKey) -> chat.Effect:
    if not isinstance(effect, chat.Deliver):
        return effect
    return chat.Deliver(tuple(line for line in effect.lines if line.id.author == me))


class ReceiptsBeforeDisk(Chat):
    """Tells authors that it has what is only on its way to the disk."""

    def __init__(self, *args: Any, **named: Any) -> None:
        self._come: dict[FeedId, int] = {}
        super().__init__(*args, **named)

    def handle(self, event: chat.Event, moment: Moment) -> list[chat.Effect]:
        effects = super().handle(event, moment)
        if isinstance(event, chat.RunsArrived):
            self._come |= {run.feed: run.last for run in event.runs}
            effects += self.receipts.kept(self._come, moment.now)
        return effects

    def _on_disk(self, feed: FeedId) -> int:
        return max(super()._on_disk(feed), self._come.get(feed, 0))


class SaysNothingTwice(Chat):
    """Takes "ok" for a repetition when it has said "ok" before."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._ids: dict[str, EntryId] = {}
        self._texts: dict[object, str] = {}

    def handle(self, event: chat.Event, moment: Moment) -> list[chat.Effect]:
        if isinstance(event, chat.SayAsked):
            if event.text in self._ids:
                return [chat.Answer(event.ask, self._ids[event.text])]
            self._texts[event.ask] = event.text
        effects = super().handle(event, moment)
        for effect in effects:
            if isinstance(effect, chat.Answer):
                self._ids[self._texts[effect.ask]] = effect.id
        return effects


class OrdersByWallClock(Chat):
    """Its clock does not follow what it reads."""

    def handle(self, event: chat.Event, moment: Moment) -> list[chat.Effect]:
        if isinstance(event, chat.SayAsked):
            self.listener._clock.value = 0
        return super().handle(event, moment)


class WaitsForNoQuestion(Chat):
    """Believes that it has whatever an answer names."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, (lambda id: True) if name == "holds" else value)


# --- feeds and broadcast ----------------------------------------------------


class UsesOneEpoch(Author):
    """Draws no epoch of its own for each start."""

    def __init__(self, key: Ed25519PrivateKey, epoch: int) -> None:
        super().__init__(key, 7)


Change = Callable[[Broadcast, Frame], Frame | None]


def sending(change: Change) -> type[Broadcast]:
    """A broadcast whose frames go through *change* (None: are not sent)."""

    class Changed(Broadcast):
        def handle(self, event: broadcast.Event, now: float) -> list[broadcast.Effect]:
            return [self._changed(each) for each in super().handle(event, now)]

        def _changed(self, effect: broadcast.Effect) -> broadcast.Effect:
            if not isinstance(effect, broadcast.SendFrames):
                return effect
            changed = [change(self, frame) for frame in effect.frames]
            kept = tuple(frame for frame in changed if frame is not None)
            return replace(effect, frames=kept)

    return Changed


def not_the_past(node: Broadcast, frame: Frame) -> Frame | None:
    """Tells nobody what it has."""
    return None if isinstance(frame, Vector) else frame


def no_runs_of_others(node: Broadcast, frame: Frame) -> Frame | None:
    """Passes on nothing."""
    if not isinstance(frame, Runs):
        return frame
    runs = [each for each in frame.runs if Run.parse(each).signed.author == node.me]
    return Runs(tuple(runs)) if runs else None


class ComparesNoDigests(Broadcast):
    """What was missed once is missed: nobody looks for it later."""

    def handle(self, event: broadcast.Event, now: float) -> list[broadcast.Effect]:
        effects = super().handle(event, now)
        return [each for each in effects if not self._compares(each)]

    def _compares(self, effect: broadcast.Effect) -> bool:
        match effect:
            case broadcast.SendFrames(_, frames):
                return any(isinstance(frame, Digest) for frame in frames)
            case SendDatagram(_, datagram):
                return isinstance(datagram, DigestTold)
        return False


class ClaimsMoreThanItHas(Broadcast):
    """Counts as held what could not be written, and tells others so."""

    def handle(self, event: broadcast.Event, now: float) -> list[broadcast.Effect]:
        if isinstance(event, broadcast.NotKept):
            event = broadcast.Kept(event.runs)
        return super().handle(event, now)


class EndsWithoutAWord(Cables):
    """Closes links as if it had died."""

    def end(self, number: int, reason: str) -> None:
        """Close; the other side is not told why."""
        end = self._ends.pop(number, None)
        if end is not None:
            end.open = False
            self._in_order(end, 0.0, lambda: self._lose(end.other, None))


MUTANTS = {
    "never refutes": Mutant(Species(swim=NeverRefutes), caught=2),
    "buries whom it suspects": Mutant(
        Species(swim=BuriesWhomItSuspects),
        {"swim_config": SwimConfig(indirect_checks=0)},
    ),
    "does not know that it is alone": Mutant(
        settings={"swim_config": SwimConfig(cut_off_after=0)}, caught=1
    ),
    "looks after nobody": Mutant(
        settings={"swim_config": SwimConfig(probe_interval=600, proof_of_death=False)},
        caught=1,
    ),
    "waits to be asked after a cut": Mutant(
        settings={"swim_config": SwimConfig(contact_tries=0.0, heal=False)}, caught=14
    ),
    "shows before it is on disk": Mutant(Species(chat=ShowsBeforeDisk)),
    "shows its own alone": Mutant(Species(chat=ShowsItsOwnAlone)),
    "receipts before it is on disk": Mutant(Species(chat=ReceiptsBeforeDisk)),
    "answers before it is on disk": Mutant(Species(chat=AnswersBeforeDisk)),
    "trusts a full disk": Mutant(Species(chat=TrustsAFullDisk)),
    "says nothing twice": Mutant(Species(chat=SaysNothingTwice)),
    "orders by wall clock": Mutant(Species(chat=OrdersByWallClock), caught=51),
    "waits for no question": Mutant(Species(chat=WaitsForNoQuestion), caught=18),
    "uses an epoch again": Mutant(Species(author=UsesOneEpoch)),
    "tells nobody of the past": Mutant(Species(broadcast=sending(not_the_past))),
    "compares no digests": Mutant(Species(broadcast=ComparesNoDigests), caught=19),
    "passes on nothing": Mutant(
        Species(broadcast=sending(no_runs_of_others)), caught=1
    ),
    "claims more than it has": Mutant(Species(broadcast=ClaimsMoreThanItHas)),
    "ends links without a word": Mutant(Species(cables=EndsWithoutAWord), caught=2),
}
