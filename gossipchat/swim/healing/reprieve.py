"""
A cut is over: verdicts that still wait to be told are of no worth, and who is suspected
has its time again, and is asked.
"""

from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import Effect, SendPacket
from gossipchat.swim.healing.accusing import accuse
from gossipchat.swim.healing.claims_by_link import ClaimsByLink
from gossipchat.swim.healing.seeking import MOST_SOUGHT
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.swim.membership.suspects import Suspects
from gossipchat.wire.memberlist.messages import State

HEALING = 30.0
"""Seconds after a contact, or a HEAL, in which claims go over links too."""

AGAIN = 1.0
"""Seconds from one reprieve to the next."""


class Reprieve:
    """What a contact with the dead and a HEAL grant alike."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        suspects: Suspects,
        broadcasts: Broadcasts,
        claims: ClaimsByLink,
        seq_nos: SeqNos,
    ) -> None:
        self._config = config
        self._members = members
        self._suspects = suspects
        self._broadcasts = broadcasts
        self._claims = claims
        self._seq_nos = seq_nos
        self._granted = float("-inf")

    def grant(self, now: float) -> list[Effect]:
        """To all suspects, once in a while; and claims go over links from now on."""
        self._claims.open_for(HEALING, now)
        if not self._config.heal or now < self._granted + AGAIN:
            return []
        self._granted = now
        self._broadcasts.drop_accusations()
        effects: list[Effect] = [*self._suspects.restart_all(now)]
        suspects = self._members.choose(
            MOST_SOUGHT, lambda entry: entry.state is State.SUSPECT
        )
        return effects + [self._ask(entry) for entry in suspects]

    def _ask(self, suspect: Entry) -> SendPacket:
        seq = self._seq_nos.next()
        return accuse(self._members.us, suspect, seq, suspect.incarnation)
