"""
Who this node is among the members.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.membership.claims import MAX_FIRST_INCARNATION


@dataclass(frozen=True, slots=True)
class Myself:
    """This node as it starts. The counters begin above all that it ever used."""

    name: NodeName
    address: Address
    """Where others reach us, UDP and TCP."""
    key: AuthorKey
    tags: dict[str, str] = field(default_factory=dict)
    """All of them, ``gc`` (see ``identity``) included."""
    incarnation: int = 1
    """1 on a fresh node; one above the stored one at every later start."""
    clock: int = 1
    event_clock: int = 1
    query_clock: int = 1
    event_heard: int | None = None
    """The newest time of which this node has heard user events; None: it is new."""

    def reached_at(self, address: Address) -> Address:
        """*address* as it is meant: port 0 is the one that all use, ours."""
        return address if address.port else Address(address.host, self.address.port)

    @classmethod
    def restored(
        cls,
        name: NodeName,
        address: Address,
        key: AuthorKey,
        tags: dict[str, str],
        counters: Mapping[str, int],
    ) -> "Myself":
        """
        With what ``RememberCounter`` kept (*what* -> value), raised by one each.

        An incarnation to which only an enemy can have driven us begins anew: newcomers
        would not believe it, and those who held it forget it with us.
        """
        incarnation = counters.get("incarnation", 0) + 1
        return cls(
            name,
            address,
            key,
            tags,
            incarnation=incarnation if incarnation <= MAX_FIRST_INCARNATION else 1,
            clock=counters.get("clock", 0) + 1,
            event_clock=counters.get("event-clock", 0) + 1,
            query_clock=counters.get("query-clock", 0) + 1,
            event_heard=counters.get("event-heard"),
        )
