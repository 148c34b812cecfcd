"""
Our own datagrams: sent to tagged members only, and taken from them only.
"""

from gossipchat.effects import Count
from gossipchat.names import AuthorKey, NodeName
from gossipchat.swim.events import Member, PacketReceived, SendPacket
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.ours.datagrams import (
    DatagramReceived,
    Own,
    SendDatagram,
    UnknownDatagram,
)


class Post:
    """
    Knows where tagged members are, dead ones too, as swim tells it.

    A member that is not gossipchat would ignore such a datagram; it gets none.
    """

    def __init__(self, me: AuthorKey) -> None:
        self._me = me
        self._members: dict[AuthorKey, Member] = {}
        self._keys: dict[NodeName, AuthorKey] = {}

    def name(self, key: AuthorKey) -> NodeName | None:
        """The tagged member that has *key*."""
        member = self._members.get(key)
        return member.name if member else None

    def member_changed(self, member: Member) -> None:
        """*member* is there, elsewhere, or under another key than before."""
        self.forget(member.name)
        if member.key is not None and member.key != self._me:
            self._keys[member.name] = member.key
            self._members[member.key] = member

    def forget(self, name: NodeName) -> None:
        """That member is remembered no more."""
        key = self._keys.pop(name, None)
        if key is not None:
            self._members.pop(key, None)

    def send(self, sent: SendDatagram) -> SendPacket | Count:
        """*sent* as a packet; a count when its receiver is not known."""
        member = self._members.get(sent.to)
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
            elif message.sender not in self._members:
                dropped.append(Count("dropped.datagram_of_a_stranger"))
            else:
                sender, source = message.sender, packet.source
                received.append(DatagramReceived(sender, source, message.datagram))
        return received, dropped
