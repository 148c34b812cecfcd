"""
Serf's intents: members say that they come and that they are about to go.

SWIM sees a member vanish; the intent says that it was meant. Intents carry Lamport
times, so that the newer one wins in whatever order they come.
"""

from dataclasses import dataclass

from gossipchat.effects import StartTimer
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import Effect
from gossipchat.swim.membership.judging import Membership
from gossipchat.swim.membership.members import Entry, Members, Standing
from gossipchat.swim.serf.lamport import LamportClock
from gossipchat.swim.serf.recent import RecentIntents
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import User
from gossipchat.wire.serf.codec import encode_serf
from gossipchat.wire.serf.messages import JoinIntent, LeaveIntent


@dataclass(frozen=True, slots=True)
class PruneDue:
    """Timer: *name*, told at *ltime* to leave and be forgotten, had time to leave."""

    name: NodeName
    ltime: int


class Intents:
    """
    Hears intents and tells ours.

    Where *body* is asked for it is the message as it came, which is passed on byte
    for byte; None: it was implied by a push/pull, and is not passed on.
    """

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        membership: Membership,
        recent: RecentIntents,
        broadcasts: Broadcasts,
        clock: LamportClock,
    ) -> None:
        self._config = config
        self._members = members
        self._membership = membership
        self._recent = recent
        self._broadcasts = broadcasts
        self.clock = clock
        self.leaving = False
        """Whether we are about to go, and no longer deny it."""
        self.farewell = b""
        """The message that said so."""

    def tell_join(self) -> None:
        """Say that we are here, after whatever was said of us so far."""
        us, ltime = self._members.us, self.clock.stamp()
        us.status_ltime = ltime
        self._tell(encode_serf(JoinIntent(ltime, us.name)))

    def tell_leave(self) -> int:
        """Say that we are about to go; returns the message's serial in its queue."""
        us, ltime = self._members.us, self.clock.stamp()
        self.leaving = True
        us.status_ltime, us.standing = ltime, Standing.LEAVING
        intent = encode_serf(LeaveIntent(ltime, us.name))
        self.farewell = encode(User(intent))
        return self._tell(intent)

    def tell_gone(self, entry: Entry) -> None:
        """Say that a dead member is to be forgotten, as Serf's force-leave does."""
        ltime = self.clock.stamp()
        entry.status_ltime = ltime
        self._tell(encode_serf(LeaveIntent(ltime, entry.name, prune=True)))

    def hear_join(
        self, intent: JoinIntent, body: bytes | None, now: float
    ) -> list[Effect]:
        """A member has come (back), on purpose."""
        self.clock.witness(intent.ltime)
        entry = self._members.get(intent.node)
        if entry is None:
            if self._recent.keep(intent.node, intent.ltime, False, now):
                self._pass_on(body)
            return []
        if intent.ltime <= entry.status_ltime:
            return []
        entry.status_ltime = intent.ltime
        if entry.standing is Standing.LEAVING and not self._is_leaving_us(entry):
            entry.standing = Standing.ALIVE
        self._pass_on(body)
        return []

    def hear_leave(
        self, intent: LeaveIntent, body: bytes | None, now: float
    ) -> list[Effect]:
        """A member is about to go; or somebody wants it gone, which may be wrong."""
        self.clock.witness(intent.ltime)
        entry = self._members.get(intent.node)
        if entry is None:
            if self._recent.keep(intent.node, intent.ltime, True, now):
                self._pass_on(body)
            return []
        if intent.ltime <= entry.status_ltime:
            return []
        if entry is self._members.us and not self.leaving:
            self.tell_join()
            return []
        entry.status_ltime = intent.ltime
        effects = self._go(entry, now)
        if intent.prune:
            effects += self._prune(entry)
        self._pass_on(body)
        return effects

    def prune_due(self, due: PruneDue) -> list[Effect]:
        """Forget it, unless it came back or said that it stays."""
        entry = self._members.get(due.name)
        if entry is None or entry.lives or entry.status_ltime != due.ltime:
            return []
        return self._membership.forget(due.name)

    def _go(self, entry: Entry, now: float) -> list[Effect]:
        if entry.standing is Standing.ALIVE:
            entry.standing = Standing.LEAVING
        elif entry.standing is Standing.FAILED:
            return self._membership.gone_by_intent(entry, now)
        return []

    def _prune(self, entry: Entry) -> list[Effect]:
        if entry is self._members.us:
            return []
        if not entry.lives:
            return self._membership.forget(entry.name)
        due = PruneDue(entry.name, entry.status_ltime)
        return [StartTimer(due, self._config.prune_wait)]

    def _is_leaving_us(self, entry: Entry) -> bool:
        return entry is self._members.us and self.leaving

    def _pass_on(self, body: bytes | None) -> None:
        if body is not None:
            self._tell(body)

    def _tell(self, body: bytes) -> int:
        message = encode(User(body))
        if not self._broadcasts.fits(message):
            return 0
        return self._broadcasts.intents.put(message)
