"""
Our own datagrams: sent to tagged members only, and taken from them only.
"""

from gossipchat.effects import Count
from gossipchat.names import AuthorKey, NodeName
from gossipchat.swim.events import Member, PacketReceived, SendPacket, Status
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.ours.datagrams import (
    DatagramReceived,
    Own,
    SendDatagram,
    UnknownDatagram,
)

REACHABLE = (Status.ALIVE, Status.SUSPECT)
"""Whom messages may reach; who is surely there first."""


class Post:
    """
    Knows where tagged members are, dead ones too, as swim tells it.

    A member that is not gossipchat would ignore such a datagram; it gets none. Of a key
    that goes by several names (a node that was given another name is dead under the
    one of before) the one counts that lives, or was heard of last.
    """

    def __init__(self, me: AuthorKey) -> None:
        self._me = me
        self._members: dict[NodeName, Member] = {}
        self._names: dict[AuthorKey, dict[NodeName, None]] = {}
        """By which names each key goes, the one heard of last at the end."""

    def bearer(self, key: AuthorKey) -> Member | None:
        """The tagged member that has *key*."""
        named = [self._members[name] for name in reversed(self._names.get(key, {}))]
        return min(named, key=_rank, default=None)

    def member_changed(self, member: Member) -> Member | None:
        """
        *member* is there, elsewhere, or under another key than before.

        Returns who goes for its key now; None: it has no key.
        """
        self.forget(member.name)
        if member.key is None:
            return None
        if member.key == self._me:
            return member  # our name of before, or a copy: nothing is sent there
        self._members[member.name] = member
        self._names.setdefault(member.key, {})[member.name] = None
        return self.bearer(member.key)

    def forget(self, name: NodeName) -> None:
        """That member is remembered no more."""
        member = self._members.pop(name, None)
        if member is None or member.key is None:
            return
        del self._names[member.key][name]
        if not self._names[member.key]:
            del self._names[member.key]

    def send(self, sent: SendDatagram) -> SendPacket | Count:
        """*sent* as a packet; a count when its receiver is not known."""
        member = self.bearer(sent.to)
        if member is None:
            return Count("datagrams.unaddressed")
        return SendPacket(member.address, (encode(Own(self._me, sent.datagram)),))

    @staticmethod
    def has_mail(packet: PacketReceived) -> bool:
        """Whether *packet* brings anything of ours; nearly none does."""
        return any(type(message) is Own for message in packet.messages)

    @staticmethod
    def without_mail(packet: PacketReceived) -> PacketReceived:
        """What is left of *packet* for swim."""
        rest = tuple(m for m in packet.messages if not isinstance(m, Own))
        return PacketReceived(packet.source, rest)

    def open(
        self, packet: PacketReceived
    ) -> tuple[list[DatagramReceived], list[Count]]:
        """What *packet* brings for the rooms, and what was dropped."""
        received: list[DatagramReceived] = []
        dropped: list[Count] = []
        for message in packet.messages:
            if not isinstance(message, Own):
                continue
            if isinstance(message.datagram, UnknownDatagram):
                dropped.append(Count("dropped.datagram_of_unknown_kind"))
            elif message.sender not in self._names:
                dropped.append(Count("dropped.datagram_of_a_stranger"))
            else:
                sender, source = message.sender, packet.source
                received.append(DatagramReceived(sender, source, message.datagram))
        return received, dropped


def _rank(member: Member) -> int:
    return [*REACHABLE, member.status].index(member.status)
