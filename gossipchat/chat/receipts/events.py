"""
What goes into chat and comes out of it about receipts: how far messages got.
"""

from collections.abc import Hashable
from dataclasses import dataclass

from gossipchat.names import EntryId, NodeName


@dataclass(frozen=True, slots=True)
class Receipt:
    """Who has an entry on disk, as the members say themselves."""

    have: tuple[NodeName, ...]
    of: int
    """Members that are counted: those that did not leave, 64 and the author at most."""
    members: int
    """All that did not leave."""


# --- events -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReceiptAsked:
    """Who has the entry *id*? One ``ReceiptTold`` follows for *ask*."""

    ask: Hashable
    id: EntryId


# --- effects ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReceiptTold:
    """Answers ``ReceiptAsked``; None: too many ask at once."""

    ask: Hashable
    receipt: Receipt | None


# --- happenings (inside Notify) ---------------------------------------------


@dataclass(frozen=True, slots=True)
class ReceiptChanged:
    """The own entry *id*, the last of what was written at once, has got further."""

    id: EntryId
    receipt: Receipt
