"""
Who is believed to be what: claims are judged, adopted, passed on, or refuted.

The rules are memberlist's; ``claims`` says which word wins, ``admission`` whose word
counts, ``ourselves`` answers what is said of us. Serf's standing follows from it.
"""

from dataclasses import replace

from gossipchat.effects import Count, Notify
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.suspicion import SuspicionDue
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import (
    Effect,
    MemberChanged,
    MemberForgotten,
    RememberMember,
    Status,
)
from gossipchat.swim.membership.admission import Admission, Papers
from gossipchat.swim.membership.claims import (
    Held,
    Verdict,
    judge_alive,
    judge_dead,
    judge_suspect,
    state_of,
)
from gossipchat.swim.membership.identity import Identities
from gossipchat.swim.membership.members import Entry, Members, Standing
from gossipchat.swim.membership.movers import Movers
from gossipchat.swim.membership.myself import Myself
from gossipchat.swim.membership.ourselves import Ourselves
from gossipchat.swim.membership.suspects import Suspects
from gossipchat.swim.serf.recent import RecentIntents
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Alive, Dead, State, Suspect


class Membership:
    """Hears claims and verdicts, keeps the table true, and passes on what is new."""

    def __init__(
        self,
        me: Myself,
        config: SwimConfig,
        members: Members,
        broadcasts: Broadcasts,
        ourselves: Ourselves,
        admission: Admission,
        identities: Identities,
        recent: RecentIntents,
        suspects: Suspects,
    ) -> None:
        self._me = me
        self._config = config
        self._members = members
        self._broadcasts = broadcasts
        self._ourselves = ourselves
        self._admission = admission
        self._identities = identities
        self._recent = recent
        self.movers = Movers(
            members,
            admission,
            identities,
            self._judge_alive,
            self._move,
            self.hear_alive,
        )
        self.suspects = suspects

    # --- claims -------------------------------------------------------------

    def hear_alive(self, claim: Alive, now: float) -> list[Effect]:
        """*claim* says that a member lives, and where."""
        if not claim.address.port:
            claim = replace(claim, address=self._me.reached_at(claim.address))
        if claim.node == self._members.us.name:
            return self._ourselves.hear_alive(claim, now)
        if objections := self._admission.object_to_vsn(claim.node, claim.vsn):
            return objections
        entry = self._members.get(claim.node)
        verdict = self._judge_alive(entry, claim, now)
        if verdict is Verdict.STALE:
            return []
        if verdict is Verdict.LEAP:
            return [Count("dropped.leap")]
        if entry is None and not self._admission.has_room(now):
            return [Count("dropped.members-full")]
        papers, effects = self._admission.read(claim.node, claim.meta)
        if objections := self._admission.object_to_key(claim.node, papers.key, now):
            return effects + objections
        first = self.movers.look_into(entry, claim, verdict, papers, now)
        if first is not None:
            return effects + first
        if entry is None:
            return effects + self._admit(claim, papers, now)
        return effects + self._move(entry, claim, papers, now)

    def hear_suspect(self, claim: Suspect, now: float) -> list[Effect]:
        """Somebody got no answer from a member."""
        if claim.node == self._members.us.name:
            return self._accused_ourselves(claim, now)
        entry = self._members.get(claim.node)
        held = _held(entry)
        if entry is None or held is None:
            return []
        match judge_suspect(claim, held):
            case Verdict.NEWS:
                return self._suspect(entry, claim, now)
            case Verdict.CONFIRMS:
                return self._confirm(entry, claim, now)
            case Verdict.LEAP:
                return [Count("dropped.leap")]
            case _:
                return []

    def hear_dead(self, claim: Dead, now: float) -> list[Effect]:
        """Somebody declares a member dead, or a member says goodbye."""
        if claim.node == self._members.us.name:
            return self._accused_ourselves(claim, now)
        entry = self._members.get(claim.node)
        held = _held(entry)
        if entry is None or held is None:
            return []
        match judge_dead(claim, held):
            case Verdict.NEWS:
                return self._bury(entry, claim, now)
            case Verdict.LEAP:
                return [Count("dropped.leap")]
            case _:
                return []

    def _accused_ourselves(self, claim: Suspect | Dead, now: float) -> list[Effect]:
        accuser = self._members.get(claim.accuser)
        refuted = self._ourselves.hear_accusation(claim.incarnation)
        return refuted or self._ourselves.answer_late(claim, accuser, now)

    # --- time ---------------------------------------------------------------

    def suspicion_due(self, due: SuspicionDue, now: float) -> list[Effect]:
        """The suspect had its time, unless it refuted or the time has changed."""
        entry = self.suspects.due(due)
        if entry is None:
            return []
        claim = Dead(entry.incarnation, entry.name, self._members.us.name)
        return self.hear_dead(claim, now)

    def acquit(self, entry: Entry, now: float) -> None:
        """Its suspicion was ours alone, and void."""
        if entry.state is State.SUSPECT:
            entry.state, entry.suspicion, entry.changed = State.ALIVE, None, now
            self._broadcasts.withdraw(entry.name)

    # --- Serf's word --------------------------------------------------------

    def gone_by_intent(self, entry: Entry, now: float) -> list[Effect]:
        """A dead member turns out to have left on purpose."""
        was = entry.status
        entry.standing = Standing.LEFT
        return [*self._remember(entry, now), *_changed(entry, was, "left")]

    def forget(self, name: NodeName) -> list[Effect]:
        """Keep nothing of *name* but its pin."""
        self._members.forget(name)
        return [Notify(MemberForgotten(name))]

    def still_lives(self, entry: Entry, now: float) -> list[Effect]:
        """Tell the disk, now and then, that *entry* lives."""
        self._identities.saw_alive(entry.name, entry.key, now)
        if now - entry.told_disk < self._config.remember_interval:
            return []
        return self._remember(entry, now)

    # --- what claims change -------------------------------------------------

    def _judge_alive(self, entry: Entry | None, claim: Alive, now: float) -> Verdict:
        return judge_alive(claim, _held(entry), self._reclaimable(entry, now))

    def _move(
        self, entry: Entry, claim: Alive, papers: Papers, now: float
    ) -> list[Effect]:
        return self._adopt(entry, entry.status, claim, papers, now)

    def _admit(self, claim: Alive, papers: Papers, now: float) -> list[Effect]:
        gone = self._admission.who_must_go(now)
        effects = self.forget(gone.name) if gone is not None else []
        entry = Entry(claim.node, claim.address)
        return effects + self._adopt(entry, None, claim, papers, now)

    def _adopt(
        self,
        entry: Entry,
        was: Status | None,
        claim: Alive,
        papers: Papers,
        now: float,
    ) -> list[Effect]:
        shown = (was, entry.address, entry.key, entry.tags)
        moved = was is None or (entry.address, entry.key) != (claim.address, papers.key)
        if not (entry.listed and entry.lives):
            entry.changed = now
            self._stand_up(entry, was, now)
        why = _why_alive(was)
        entry.incarnation, entry.state = claim.incarnation, State.ALIVE
        entry.suspicion = None
        if entry.address != claim.address:
            entry.rtt, entry.rtts = None, ()
        entry.address, entry.meta, entry.vsn = claim.address, claim.meta, claim.vsn
        entry.tags, entry.key = papers
        self._members.list_anew(entry)
        self._identities.saw_alive(entry.name, entry.key, now)
        refuted = was is Status.SUSPECT
        self._broadcasts.claim(entry.name, encode(claim), urgent=refuted)
        back = was in (Status.DEAD, Status.LEFT)
        if was is Status.ALIVE and shown[1] != entry.address:
            why = "moved"
        effects = self._remember(entry, now) if moved or back else []
        if shown != (entry.status, entry.address, entry.key, entry.tags):
            effects.append(Notify(MemberChanged(entry.as_member(), was, why)))
        return effects

    def _stand_up(self, entry: Entry, was: Status | None, now: float) -> None:
        """Serf's view of a member that has come: what it intends may be known."""
        entry.standing = Standing.ALIVE
        intent = self._recent.of(entry.name, now) if was is None else None
        if intent is not None:
            entry.status_ltime = intent.ltime
            entry.standing = Standing.LEAVING if intent.leaving else Standing.ALIVE

    def _suspect(self, entry: Entry, claim: Suspect, now: float) -> list[Effect]:
        was = entry.status
        if entry.state is not State.SUSPECT:
            entry.changed = now
        timer = self.suspects.begin(entry, claim, now)
        entry.incarnation, entry.state = claim.incarnation, State.SUSPECT
        self._broadcasts.claim(entry.name, encode(claim))
        changed = _changed(entry, was, f"suspected by {claim.accuser}")
        return [timer, *changed, *self.movers.look_elsewhere(entry, now)]

    def _confirm(self, entry: Entry, claim: Suspect, now: float) -> list[Effect]:
        timer = self.suspects.confirm(entry, claim, now)
        if timer is None:
            return []
        self._broadcasts.claim(entry.name, encode(claim))
        return [timer]

    def _bury(self, entry: Entry, claim: Dead, now: float) -> list[Effect]:
        was, lived = entry.status, entry.lives
        confirmed = _confirmed(entry)
        entry.incarnation, entry.state = claim.incarnation, state_of(claim)
        entry.suspicion = None
        self._broadcasts.claim(entry.name, encode(claim), urgent=lived)
        if lived:
            entry.changed = now
            leaving = entry.standing is Standing.LEAVING
            entry.standing = Standing.LEFT if leaving else Standing.FAILED
            self._identities.saw_alive(entry.name, entry.key, now)
        if entry.status is was:
            return []
        left = entry.status is Status.LEFT
        why = "left" if left else f"declared dead by {claim.accuser}{confirmed}"
        told = [*self._remember(entry, now), *_changed(entry, was, why)]
        return [*told, *self.movers.look_elsewhere(entry, now)]

    def _remember(self, entry: Entry, now: float) -> list[Effect]:
        entry.told_disk = now
        left = entry.status is Status.LEFT
        return [RememberMember(entry.name, entry.address, entry.key, left=left)]

    def _reclaimable(self, entry: Entry | None, now: float) -> bool:
        after = self._config.reclaim_dead_after
        return entry is not None and 0 < after < now - entry.changed


def _held(entry: Entry | None) -> Held | None:
    """What SWIM holds of it; a member that is only remembered is unknown to it."""
    if entry is None or not entry.listed:
        return None
    return Held(entry.incarnation, entry.state, entry.address)


def _changed(entry: Entry, was: Status, why: str) -> list[Effect]:
    if entry.status is was:
        return []
    return [Notify(MemberChanged(entry.as_member(), was, why))]


def _confirmed(entry: Entry) -> str:
    """How many accused it after the first, on whom the length of its time depends."""
    heard = entry.suspicion.heard if entry.suspicion is not None else 0
    return f"; the suspicion was confirmed by {heard}" if heard else ""


def _why_alive(was: Status | None) -> str:
    match was:
        case None:
            return "joined"
        case Status.SUSPECT:
            return "refuted"
        case Status.ALIVE:
            return "updated"
        case _:
            return "returned"
