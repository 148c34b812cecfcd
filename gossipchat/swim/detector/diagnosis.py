"""
What is wrong between us and a member that stays a member all the same: told once, and
told again when it is over.
"""

from gossipchat.effects import Notify
from gossipchat.names import Address, NodeName
from gossipchat.swim.events import Effect, Warned, WarningOver
from gossipchat.swim.membership.members import Entry, Members, Standing

UDP = "udp"
KEY = "key"

MAX_KNOWN = 256
"""Members, or senders, of which troubles are remembered."""

ROUNDS_BEFORE_TOLD = 3
"""In a row, before a member's UDP is called blocked: one round may fall into a moment
of loss, or of a node's last."""

SEALED_BEFORE_TOLD = 3
"""Unreadable packets of a host within MEMORY seconds, before we say so: one may be
damaged, or come in the midst of a change of keys. Of streams one is enough."""

MEMORY = 300.0

SEARCH_INTERVAL = 0.1
"""Seconds from one search for a sender among the members to the next."""


class Diagnosis:
    """Whose UDP is blocked, and who seals with a key that we don't have."""

    def __init__(self, members: Members) -> None:
        self._members = members
        self._blocked: dict[NodeName, None] = {}
        self._rounds: dict[NodeName, int] = {}
        """In a row, that only TCP brought an answer to."""
        self._unreadable: dict[str, tuple[int, float]] = {}
        self._sealed: dict[Address, NodeName] = {}
        self._last_search = float("-inf")

    # --- UDP ----------------------------------------------------------------------

    def answered_by_tcp_only(self, name: NodeName) -> list[Effect]:
        """*name* got our ping over TCP; over UDP, neither we nor a helper reach it."""
        rounds = self._rounds.pop(name, 0) + 1
        if name in self._blocked or not self._stay(name):
            return []
        if rounds < ROUNDS_BEFORE_TOLD:
            if len(self._rounds) >= MAX_KNOWN:
                del self._rounds[next(iter(self._rounds))]
            self._rounds[name] = rounds
            return []
        if len(self._blocked) >= MAX_KNOWN:
            return []
        self._blocked[name] = None
        what = (
            "answers over TCP but not over UDP: a firewall, a NAT or a proxy between"
            " us drops its datagrams"
        )
        return [Notify(Warned(name, what, UDP))]

    def answered_by_udp(self, name: NodeName) -> list[Effect]:
        """An ack came."""
        self._rounds.pop(name, None)
        if name not in self._blocked:
            return []
        del self._blocked[name]
        return [Notify(WarningOver(name, UDP))]

    def _stay(self, name: NodeName) -> bool:
        """Whether both of us do: who leaves stops answering by and by."""
        them, us = self._members.get(name), self._members.us
        return them is not None and them.standing is us.standing is Standing.ALIVE

    # --- keys ---------------------------------------------------------------------

    def refused(self, source: Address, now: float) -> list[Effect]:
        """Something from *source* was sealed with a key that we don't have."""
        count, since = self._unreadable.pop(source.host, (0, now))
        if now - since > MEMORY:
            count, since = 0, now
        if len(self._unreadable) >= MAX_KNOWN:
            del self._unreadable[next(iter(self._unreadable))]
        self._unreadable[source.host] = (count + 1, since)
        if now - self._last_search < SEARCH_INTERVAL or len(self._sealed) >= MAX_KNOWN:
            return []
        self._last_search = now
        member = self._member_at(source)
        if member is None or member.address in self._sealed:
            return []
        if member.address == source and count + 1 < SEALED_BEFORE_TOLD:
            return []
        self._sealed[member.address] = member.name
        what = (
            f"packets from {source.host} are sealed with a key that we don't have: one"
            " of us has missed a change of keys (compare `gossipchat keys list`, and"
            " the key ring files)"
        )
        return [Notify(Warned(member.name, what, KEY))]

    def read(self, source: Address) -> list[Effect]:
        """A packet from *source* could be read."""
        if not self._sealed or source not in self._sealed:
            return []
        self._unreadable.pop(source.host, None)
        return [Notify(WarningOver(self._sealed.pop(source), KEY))]

    def _member_at(self, source: Address) -> Entry | None:
        """
        Who lives there; for streams, whose port tells nothing, the only one on that
        host, if there is but one.
        """
        others = [entry for entry in self._members if entry is not self._members.us]
        exact = [entry for entry in others if entry.address == source]
        hosts = [entry for entry in others if entry.address.host == source.host]
        if exact:
            return exact[0]
        return hosts[0] if len(hosts) == 1 else None
