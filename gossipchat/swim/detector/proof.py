"""
A process's death is proven, not suspected (as in Falcon, SOSP 2011).

A machine whose process is gone refuses connections at once: that is a fact, where
silence is a guess. Evidence is a link that ends without a word, or a TCP ping that is
refused. The witness then pings twice, briefly, and connects to the member's address.
Refused and unanswered, it asks others to test the same over links (VERIFY); when all
of them find the same, the member is dead, at exactly the incarnation that is known.

Any answer, a connection that is accepted, a time-out, "unreachable", anyone who finds
it there, or nobody who could be asked: no proof, and the member is probed as any. A
firewall that rejects between two members must never kill one of them.
"""

from random import Random

from gossipchat.effects import Count, StartTimer
from gossipchat.names import AuthorKey, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.evidence import (
    LifeTest,
    ProofDue,
    ProofStream,
    VerdictDue,
)
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.events import Effect, OpenStream, SendOverLinks, SendPacket
from gossipchat.swim.healing.hearsay import Hearsay
from gossipchat.swim.membership.judging import Membership
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Dead, IndirectPing, Ping, State, Suspect
from gossipchat.wire.ours.membership_frames import NONCE_BYTES, Told, Verified, Verify

SECOND_PING_AFTER = 0.06
"""Seconds from the first ping of a test to the second,"""
TEST_TAKES = 0.15
"""and to its end: a process that lives answers in one of the two."""

OTHERS_TAKE = 0.5
"""Seconds from the evidence until those who were asked must have answered."""

ASKED = 4
"""Others who are asked to test the same; all who answer must agree."""

NEEDED = 2
"""How many of them must have answered, unless there are fewer."""

HELPERS = 12
"""Members beside those that ping it for us: who is reached by anyone is not gone."""

TOLD_AT_ONCE = 8
"""Members that are told of the death by UDP, beside all links."""

MOST_TESTS = 16
"""Tests at a time; evidence beyond it is left to the probes."""


class Proof:
    """Tests whose process is gone, for us and for others."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        membership: Membership,
        hearsay: Hearsay,
        seq_nos: SeqNos,
        chance: Random,
    ) -> None:
        self._config = config
        self._members = members
        self._membership = membership
        self._hearsay = hearsay
        self._seq_nos = seq_nos
        self._chance = chance
        self._tests: dict[int, LifeTest] = {}
        self._linked: dict[AuthorKey, None] = {}
        self._serial = 0

    # --- evidence -----------------------------------------------------------

    def linked(self, peer: AuthorKey) -> None:
        """There is a link to *peer*: it can be asked."""
        self._linked[peer] = None

    def unlinked(self, peer: AuthorKey, meant: bool) -> list[Effect]:
        """It has ended; not *meant*: that is evidence."""
        self._linked.pop(peer, None)
        if meant:
            return []
        entry = self._with_key(peer)
        return self._suspicious(entry) if entry is not None else []

    def refused(self, name: NodeName) -> list[Effect]:
        """A TCP ping to *name* was refused."""
        entry = self._members.get(name)
        return self._suspicious(entry) if entry is not None else []

    def _suspicious(self, entry: Entry) -> list[Effect]:
        if not self._can_be_proven(entry) or not self._config.proof_of_death:
            return []
        running = self._test_of(entry)
        if running is not None and running.own:
            return []
        if running is not None:
            running.own = True
            return self._ask_others(running) if running.refused else []
        return self._begin(entry, own=True)

    # --- a test -------------------------------------------------------------

    def verify(self, peer: AuthorKey, asked: Verify) -> list[Effect]:
        """*peer* wants to know whether we find that member gone, too."""
        entry = self._members.get(asked.name)
        if entry is None or entry.incarnation != asked.incarnation:
            return [_answer(peer, asked.nonce, gone=False)]
        if not self._can_be_proven(entry):
            return [_answer(peer, asked.nonce, gone=entry.state is State.DEAD)]
        effects: list[Effect] = []
        if self._test_of(entry) is None:
            effects = self._begin(entry, own=False)
        running = self._test_of(entry)
        if running is None or running.over:
            gone = running is not None and running.refused
            return [*effects, _answer(peer, asked.nonce, gone)]
        if len(running.askers) < MOST_TESTS:
            running.askers.append((peer, asked.nonce))
        return effects

    def _begin(self, entry: Entry, own: bool) -> list[Effect]:
        if len(self._tests) >= MOST_TESTS:
            return [Count("proof.full")]
        self._serial += 1
        test = LifeTest(entry.name, entry.address, entry.incarnation, self._serial, own)
        self._tests[test.serial] = test
        us = self._members.us
        ping = Ping(self._seq_nos.next(), entry.name, us.address, us.name)
        stream = ProofStream(test.serial)
        return [
            Count("proof.tests"),
            self._ping(test),
            OpenStream(stream, entry.address, ping, OTHERS_TAKE),
            StartTimer(ProofDue(test.serial, False), SECOND_PING_AFTER),
            StartTimer(ProofDue(test.serial, True), TEST_TAKES),
            StartTimer(VerdictDue(test.serial), OTHERS_TAKE),
        ]

    def _ping(self, test: LifeTest) -> SendPacket:
        us, seq = self._members.us, self._seq_nos.next()
        test.pings.append(seq)
        ping = Ping(seq, test.name, us.address, us.name)
        return SendPacket(test.address, (encode(ping),))

    def acked(self, seq: int) -> list[Effect] | None:
        """Not None when the ack was to a test's ping: it lives."""
        for test in self._tests.values():
            if seq in test.pings:
                return self._acquit(test, silent=False)
        return None

    def stream_answered(self, stream: ProofStream) -> list[Effect]:
        """It accepts connections, and answers."""
        test = self._tests.get(stream.serial)
        return self._acquit(test, silent=False) if test is not None else []

    def stream_failed(self, stream: ProofStream, refused: bool) -> list[Effect]:
        """Refused, which tells something; or not, which tells nothing."""
        test = self._tests.get(stream.serial)
        if test is None:
            return []
        if not refused:
            return self._acquit(test, silent=True)
        test.refused = True
        if test.own:
            return self._ask_others(test)
        return []

    def due(self, due: ProofDue, now: float) -> list[Effect]:
        """Ping once more; or the pings had their time."""
        test = self._tests.get(due.serial)
        if test is None:
            return []
        if not due.end:
            return [self._ping(test)]
        test.over = True
        if not test.refused:
            return self._acquit(test, silent=True)
        effects = self._answer(test, gone=True)
        return effects + self._judge(test, now)

    # --- the verdict --------------------------------------------------------

    def _ask_others(self, test: LifeTest) -> list[Effect]:
        test.nonce = self._chance.randbytes(NONCE_BYTES)
        others = [entry.key for entry in self._members if self._can_be_asked(entry)]
        others = [key for key in others if key in self._linked]
        chosen = self._chance.sample(others, min(ASKED, len(others)))
        keys = tuple(key for key in chosen if key is not None)
        test.asked = dict.fromkeys(keys)
        if not keys:
            return []
        asked = Verify(test.nonce, test.name, test.incarnation)
        return [SendOverLinks(asked, keys), *self._ask_helpers(test)]

    def _ask_helpers(self, test: LifeTest) -> list[Effect]:
        """A firewall around the member may let somebody through."""

        def helps(one: Entry) -> bool:
            beside = one.name != test.name and one.key not in test.asked
            return beside and one.state is State.ALIVE

        us = self._members.us
        effects: list[Effect] = []
        for helper in self._members.choose(HELPERS, helps):
            seq = self._seq_nos.next()
            test.pings.append(seq)
            request = IndirectPing(
                seq, test.address, test.name, False, us.address, us.name
            )
            effects.append(SendPacket(helper.address, (encode(request),)))
        return effects

    def verified(self, peer: AuthorKey, found: Verified, now: float) -> list[Effect]:
        """One of those whom we asked says what it found."""
        for test in self._tests.values():
            if test.nonce and test.nonce == found.nonce and peer in test.asked:
                test.asked[peer] = found.gone
                if not found.gone:
                    return self._acquit(test, silent=True)
                return self._judge(test, now)
        return []

    def verdict_due(self, due: VerdictDue, now: float) -> list[Effect]:
        """Who has not answered by now is not waited for."""
        test = self._tests.get(due.serial)
        if test is None:
            return []
        effects = self._judge(test, now, last=True)
        if due.serial in self._tests:
            effects += self._acquit(test, silent=True)
        return effects

    def _judge(self, test: LifeTest, now: float, last: bool = False) -> list[Effect]:
        """Bury it, if all that is needed has been found."""
        found = [gone for gone in test.asked.values() if gone is not None]
        enough = len(found) >= min(NEEDED, len(test.asked)) > 0
        all_in = last or len(found) == len(test.asked)
        proven = test.own and test.over and test.refused and enough and all(found)
        if not (proven and all_in):
            return []
        del self._tests[test.serial]
        entry = self._members.get(test.name)
        if entry is None or not self._is_as_tested(entry, test):
            return []
        return [Count("proof.buried"), *self._bury(entry, now)]

    def _bury(self, entry: Entry, now: float) -> list[Effect]:
        us = self._members.us
        claim = Dead(entry.incarnation, entry.name, us.name)
        parts = (
            encode(Suspect(entry.incarnation, entry.name, us.name)),
            encode(claim),
        )
        others = self._members.choose(
            TOLD_AT_ONCE, lambda one: one.state is State.ALIVE and one is not entry
        )
        return [
            *self._membership.hear_dead(claim, now),
            SendOverLinks(Told((parts[1],))),
            *(SendPacket(one.address, parts, one.takes_checksums) for one in others),
        ]

    def hear_verdict(self, peer: AuthorKey, verdict: Dead, now: float) -> list[Effect]:
        """
        A death that was proven elsewhere, told over a link: believed, and told on.

        But not by who has a link to the member: that would have ended.
        """
        entry = self._members.get(verdict.node)
        if entry is not None and entry.key in self._linked and entry.lives:
            return self._hearsay.look_into(entry, verdict.incarnation, now)
        if not self._config.proof_of_death:
            return self._hearsay.hear_dead(verdict, now)
        effects = self._membership.hear_dead(verdict, now)
        if effects:
            told = Told((encode(verdict),))
            effects.append(SendOverLinks(told, but=peer))
        return effects

    def _acquit(self, test: LifeTest, silent: bool) -> list[Effect]:
        """No proof. Of who is *silent* the next probe will tell."""
        del self._tests[test.serial]
        entry = self._members.get(test.name)
        if silent and entry is not None:
            self._members.probe_soon(entry)
        return self._answer(test, gone=False)

    def _answer(self, test: LifeTest, gone: bool) -> list[Effect]:
        askers, test.askers = test.askers, []
        return [_answer(asker, nonce, gone) for asker, nonce in askers]

    # --- who ----------------------------------------------------------------

    def _can_be_proven(self, entry: Entry) -> bool:
        tagged = entry.key is not None and entry is not self._members.us
        return tagged and entry.listed and entry.lives

    def _can_be_asked(self, entry: Entry) -> bool:
        return entry.state is State.ALIVE and self._can_be_proven(entry)

    def _is_as_tested(self, entry: Entry, test: LifeTest) -> bool:
        known = (entry.address, entry.incarnation)
        return entry.lives and known == (test.address, test.incarnation)

    def _test_of(self, entry: Entry) -> LifeTest | None:
        for test in self._tests.values():
            if test.name == entry.name:
                return test
        return None

    def _with_key(self, key: AuthorKey) -> Entry | None:
        """Who lives by it: under a name of before its owner may be held dead."""
        bearers = [entry for entry in self._members if entry.key == key]
        return next((entry for entry in bearers if entry.lives), None)


def _answer(peer: AuthorKey, nonce: bytes, gone: bool) -> SendOverLinks:
    return SendOverLinks(Verified(nonce, gone), (peer,))
