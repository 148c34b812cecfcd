"""
Pinging for others: who can't hear a member themselves may ask us.
"""

from dataclasses import dataclass

from gossipchat.effects import Count, StartTimer
from gossipchat.names import Address, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.pathways import Pathways
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import Effect, SendPacket
from gossipchat.swim.membership.members import Members
from gossipchat.swim.membership.myself import Myself
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Ack, IndirectPing, Nack, Ping


@dataclass(frozen=True, slots=True)
class RelayDue:
    """Timer: the target of our ping *seq*, sent for another, is silent."""

    seq: int


@dataclass(frozen=True, slots=True)
class _Errand:
    asker: Address
    seq: int
    nack: bool


class Relays:
    """The pings under way for others, by our own numbers; at most ``max_relays``."""

    def __init__(
        self,
        me: Myself,
        config: SwimConfig,
        members: Members,
        broadcasts: Broadcasts,
        seq_nos: SeqNos,
        pathways: Pathways,
    ) -> None:
        self._me = me
        self._config = config
        self._broadcasts = broadcasts
        self._seq_nos = seq_nos
        self._members = members
        self._pathways = pathways
        self._errands: dict[int, _Errand] = {}

    def __len__(self) -> int:
        return len(self._errands)

    def asked(self, request: IndirectPing, source: Address) -> list[Effect]:
        """Ping the target; its ack, or a nack, goes to whoever asked."""
        if len(self._errands) >= self._config.max_relays:
            return [Count("dropped.relays-full")]
        seq = self._seq_nos.next()
        asker = request.source or source
        self._errands[seq] = _Errand(asker, request.seq_no, request.nack)
        us = self._members.us
        ping = Ping(seq, request.node, us.address, us.name)
        return [
            self._send(self._me.reached_at(request.target), encode(ping)),
            StartTimer(RelayDue(seq), self._patience(request)),
        ]

    def acked(self, seq: int) -> list[Effect]:
        """The target is there: say so under the asker's number."""
        errand = self._errands.pop(seq, None)
        return [self._send(errand.asker, encode(Ack(errand.seq)))] if errand else []

    def due(self, due: RelayDue) -> list[Effect]:
        """It is silent. After a nack there is no ack any more."""
        errand = self._errands.pop(due.seq, None)
        if errand is None or not errand.nack:
            return []
        return [self._send(errand.asker, encode(Nack(errand.seq)))]

    def _patience(self, request: IndirectPing) -> float:
        """An asker without an identity keeps memberlist's time, so we keep it too."""
        asker = self._members.get(request.source_node or NodeName(""))
        target = self._members.get(request.node)
        if asker is None or asker.key is None or target is None:
            return self._config.probe_timeout
        return self._pathways.patience(target)

    def _send(self, target: Address, message: bytes) -> SendPacket:
        return SendPacket(target, self._broadcasts.riding_on(message))
