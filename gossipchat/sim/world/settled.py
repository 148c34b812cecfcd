"""
Members that have known each other for long: a start after the start.

The first minute of a thousand members is a million introductions. Scenarios that are
about what comes later begin here, and say so.
"""

from collections.abc import Sequence

from gossipchat.sim.world.machine import Node
from gossipchat.swim.core import Swim
from gossipchat.swim.events import RememberMember
from gossipchat.swim.membership.members import Entry


def settle(swims: Sequence[Swim], now: float) -> None:
    """
    Let all of *swims*, which have just started, hold all alive since *now*.

    As if each had been introduced to each, all had been told, and the last ack of each
    had said so: nobody has anything to tell. Effects of this are left to whoever
    asks (``remembered``); no shell ever needs it.
    """
    selves = [swim._parts.members.us for swim in swims]
    for swim in swims:
        members, identities = swim._parts.members, swim._parts.identities
        for other in selves:
            if other is not members.us:
                members.list_anew(_introduced(other, now))
                identities.saw_alive(other.name, other.key, now)
        swim._parts.broadcasts.withdraw(members.us.name)
        swim._parts.broadcasts.news.clear()
    for swim in swims:
        view = swim._parts.views.mark(now)
        for entry in swim._parts.members:
            entry.view, entry.acked = view, now


def remembered(swims: Sequence[Swim]) -> list[RememberMember]:
    """What a disk would have been told of each of them."""
    selves = [swim._parts.members.us for swim in swims]
    return [RememberMember(us.name, us.address, us.key) for us in selves]


def introduce(nodes: Sequence[Node], now: float) -> None:
    """The same for whole peers: disks, links and chat know all members too."""
    peers = [node.peer for node in nodes if node.peer is not None]
    swims = [peer.swim for peer in peers]
    settle(swims, now)
    told = remembered(swims)
    members = [swim._parts.members.us.as_member() for swim in swims]
    for node, peer in zip(nodes, peers, strict=True):
        moment = node.moment
        for fact, member in zip(told, members, strict=True):
            if member.name != node.name:
                node.disk.remember(fact)
                node.carry_out(peer._tell_of_member(member, moment))


def _introduced(other: Entry, now: float) -> Entry:
    """How *other* is known to somebody else; what can be shared is."""
    known = Entry(
        other.name,
        other.address,
        other.meta,
        other.vsn,
        other.incarnation,
        other.state,
        now,
        other.tags,
        other.key,
        standing=other.standing,
        told_disk=now,
    )
    known.told = other.as_node_state()
    return known
