"""
What is wrong between us and a member that stays a member all the same: told once, and
told again when it is over.
"""

from gossipchat.effects import Notify
from gossipchat.names import Address, NodeName
from gossipchat.swim.events import Effect, Warned, WarningOver
from gossipchat.swim.members import Entry, Members

UDP = "udp"
KEY = "key"

MAX_KNOWN = 256
"""Members, or senders, of which troubles are remembered."""

SEALED_IN_A_ROW = 3
"""Unreadable packets before we say so: one may come in the midst of a key's change."""

SEARCH_INTERVAL = 0.1
"""Seconds from one search for a sender among the members to the next."""


class Diagnosis:
    """Whose UDP is blocked, and who seals with a key that we don't have."""

    def __init__(self, members: Members) -> None:
        self._members = members
        self._blocked: dict[NodeName, None] = {}
        self._unreadable: dict[Address, int] = {}
        self._sealed: dict[Address, NodeName] = {}
        self._last_search = float("-inf")

    # --- UDP ----------------------------------------------------------------------

    def answered_by_tcp_only(self, name: NodeName) -> list[Effect]:
        """*name* got our ping over TCP; over UDP, neither we nor a helper reach it."""
        if name in self._blocked or len(self._blocked) >= MAX_KNOWN:
            return []
        self._blocked[name] = None
        what = (
            "answers over TCP but not over UDP: a firewall, a NAT or a proxy between"
            " us drops its datagrams"
        )
        return [Notify(Warned(name, what, UDP))]

    def answered_by_udp(self, name: NodeName) -> list[Effect]:
        """An ack came."""
        if name not in self._blocked:
            return []
        del self._blocked[name]
        return [Notify(WarningOver(name, UDP))]

    # --- keys ---------------------------------------------------------------------

    def refused(self, source: Address, now: float) -> list[Effect]:
        """A packet from *source* was sealed with a key that we don't have."""
        if source in self._sealed:
            return []
        if source not in self._unreadable and len(self._unreadable) >= MAX_KNOWN:
            del self._unreadable[next(iter(self._unreadable))]
        self._unreadable[source] = self._unreadable.get(source, 0) + 1
        if self._unreadable[source] < SEALED_IN_A_ROW or len(self._sealed) >= MAX_KNOWN:
            return []
        if now - self._last_search < SEARCH_INTERVAL:
            return []
        self._last_search = now
        member = self._member_at(source)
        if member is None:
            return []
        self._sealed[source] = member.name
        what = (
            f"packets from {source.host} are sealed with a key that we don't have: one"
            " of us has missed a change of keys (compare `gossipchat keys list`, and"
            " the key ring files)"
        )
        return [Notify(Warned(member.name, what, KEY))]

    def read(self, source: Address) -> list[Effect]:
        """A packet from *source* could be read."""
        if not self._unreadable:
            return []
        self._unreadable.pop(source, None)
        name = self._sealed.pop(source, None)
        return [] if name is None else [Notify(WarningOver(name, KEY))]

    def _member_at(self, source: Address) -> Entry | None:
        """Who lives there; else somebody on that host, as behind a NAT."""
        others = [entry for entry in self._members if entry is not self._members.us]
        for entry in others:
            if entry.address == source:
                return entry
        hosts = [entry for entry in others if entry.address.host == source.host]
        return hosts[0] if hosts else None
