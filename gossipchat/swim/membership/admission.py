"""
Whether a claim may be believed at all: its version, its key, and room for it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from gossipchat.effects import Count, Notify
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import Effect, Warned
from gossipchat.swim.membership.claims import vsn_fault
from gossipchat.swim.membership.identity import TAG, Identities
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.swim.membership.once import Once
from gossipchat.swim.membership.tags import read_tags
from gossipchat.wire.memberlist.messages import Vsn

LOOK_INTERVAL = 1.0
"""Seconds from one look through a full table for who may go to the next: a flood of
made-up names must not have all members looked at for each."""


class Papers(NamedTuple):
    """What a member's meta says of it."""

    tags: Mapping[str, str]
    key: AuthorKey | None


class Admission:
    """Objections to claims. Each is counted, and told to people once."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        identities: Identities,
        once: Once,
    ) -> None:
        self._limit = config.max_members
        self._members = members
        self._identities = identities
        self._once = once
        self._may_go: list[Entry] = []
        """The dead as of the last look, the longest dead last."""
        self._next_look = float("-inf")

    def read(self, name: NodeName, meta: bytes) -> tuple[Papers, list[Effect]]:
        """
        What *meta* says. Unreadable tags and false proofs count as none at all.
        """
        tags = read_tags(meta)
        if tags is None:
            return Papers({}, None), [Count("dropped.tags")]
        key = self._identities.key_in(name, tags)
        if key is not None or TAG not in tags:
            return Papers(tags, key), []
        what = "its tag gc proves no identity for this name and cluster: ignored"
        return Papers(tags, None), self._warn("proof", name, what, tags[TAG])

    def object_to_vsn(self, name: NodeName, vsn: Vsn) -> list[Effect]:
        """Empty when a member of that version can be one of us."""
        fault = vsn_fault(vsn)
        return self._warn("vsn", name, f"is left out: {fault}") if fault else []

    def object_to_key(
        self, name: NodeName, key: AuthorKey | None, now: float
    ) -> list[Effect]:
        """Empty when *name* may bring *key* (None: no key)."""
        entry = self._members.get(name)
        pinned = self._identities.pinned(name, now)
        if entry is not None and entry.lives and entry.key is not None:
            pinned = entry.key
        if pinned is None or pinned == key:
            return []
        other = f"key {key.hex()[:16]}…" if key is not None else "no key"
        what = (
            f"somebody with {other} claims this name, which belongs to"
            f" key {pinned.hex()[:16]}…: not believed"
            f" (if it is right, say: gossipchat forget {name})"
        )
        return self._warn("key", name, what, key)

    def object_to_address(self, name: NodeName, address: Address) -> list[Effect]:
        """Never empty: the name is held by a member elsewhere."""
        entry = self._members.get(name)
        where = f", which we know at {entry.address}" if entry is not None else ""
        return self._warn(
            "conflict", name, f"{address} claims this name{where}", address
        )

    def has_room(self, now: float) -> bool:
        """Whether one more member may come."""
        full = self._members.count >= self._limit
        return not full or self.who_must_go(now) is not None

    def who_must_go(self, now: float) -> Entry | None:
        """Who was dead longest, in a full table; None: there is room, or none dies."""
        if self._members.count < self._limit:
            return None
        if not self._may_go and now >= self._next_look:
            self._next_look = now + LOOK_INTERVAL
            us = self._members.us
            dead = [one for one in self._members if not one.lives and one is not us]
            self._may_go = sorted(dead, key=lambda one: one.changed, reverse=True)
        while self._may_go:
            entry = self._may_go[-1]
            if not entry.lives and self._members.get(entry.name) is entry:
                return entry
            self._may_go.pop()
        return None

    def _warn(
        self, kind: str, name: NodeName, what: str, *detail: object
    ) -> list[Effect]:
        effects: list[Effect] = [Count(f"dropped.{kind}")]
        if self._once.first(kind, name, *detail):
            effects.append(Notify(Warned(name, what)))
        return effects
