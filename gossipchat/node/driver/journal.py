"""
What the log says: one line for each thing that a person who runs a node would
want to know, once.

Logging lives here and in the driver; the rooms say what happened, never how it
reads. Texts from the network are quoted, so that no line can be forged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from twisted.logger import Logger

from gossipchat.broadcast.events import ForkSeen, LinkDown, LinkUp
from gossipchat.names import Address, NodeName
from gossipchat.node.care.seeds import SeedUnresolved
from gossipchat.node.care.upkeep import CheckFailed, RowsMended, RunDamaged
from gossipchat.swim.events import (
    Joined,
    JoinFailed,
    MemberChanged,
    MemberForgotten,
    Status,
    Warned,
)

log = Logger()

MAX_REMEMBERED = 1000
"""Of how many sources and seeds the complaints are remembered."""

MAX_GISTS = 16
"""How many different complaints about one of them."""

MOST_LINES = 5000
"""At once: a cluster of thousands is met in a moment, but whoever has the key could
tell of new members for ever, and fill the disk."""

LINES_A_SECOND = 5.0
"""For long: some 50 MB a day."""

STRANGERS = "packets from"

TWIN = (
    "somebody else speaks in this node's name: a copy of this machine that was made"
    " while it ran, or a stolen key. What both said is kept and marked; end one of the"
    " two, or move its identity.json away"
)


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A packet from *source* could not be read; *why* is a sentence for people."""

    source: Address
    why: str
    key: bool = False
    """Whether it was sealed with a key that we don't have."""


@dataclass(frozen=True, slots=True)
class StoreSetAside:
    """The store was damaged; it is at *aside* now, and a new one has begun."""

    aside: Path
    is_unread: bool = False
    """It is the disk that does not give back all of it."""

    def __str__(self) -> str:
        """As a sentence for people."""
        fails = "the disk fails to read all of it (see the system's log, dmesg), and it"
        how = fails if self.is_unread else "it"
        return (
            f"the store was damaged: {how} is {self.aside} now; what can be read of it,"
            " and what other nodes hold, comes back"
        )


class Journal:
    """Writes happenings to the log; a complaint that repeats is written once."""

    def __init__(self, now: Callable[[], float]) -> None:
        """*now*: seconds on a clock that only goes forward."""
        self._now = now
        self._room = float(MOST_LINES)
        self._filled_at = now()
        self._left_out = 0
        self._said: dict[tuple[str, str], tuple[str, ...]] = {}

    def write(self, happening: object) -> None:
        """Log *happening*, if it is worth a line."""
        match happening:
            case MemberChanged(member, was, why) if member.status is not was:
                self._write_change(happening)
            case MemberForgotten(name):
                self._say(log.info, "{name!r} is forgotten", name=name)
            case Joined(address, members):
                self._said.pop(("join", str(address)), None)
                self._say(
                    log.info,
                    "joined by {address}: {members} members",
                    address=str(address),
                    members=members,
                )
            case JoinFailed(address, why):
                self._once("join", str(address), f"{why}; trying again")
            case SeedUnresolved(seed, why):
                self._once("join", seed, f"{why}; trying again")
            case Warned(member, what):
                self._once("member", member, what)
            case Undecodable(source, why):
                # By what was wrong, not by the bytes: those a stranger may vary.
                self._once(STRANGERS, source.host, why, why.partition(":")[0])
            case ForkSeen(own=True):
                self._once("this node's key", "", TWIN)
            case ForkSeen(feed, seq):
                what = f"has two tails at {seq}: a cloned machine, or a stolen key"
                self._once("author", f"{feed.author.hex()[:8]}/{feed.epoch}", what)
            case RunDamaged() | RowsMended() | CheckFailed() | StoreSetAside():
                self._write_of_store(happening)
            case LinkUp(peer):
                log.debug("link to {peer}", peer=peer.hex()[:8])
            case LinkDown(peer, reason):
                log.debug(
                    "link to {peer} ended: {reason}",
                    peer=peer.hex()[:8],
                    reason=reason or "it broke",
                )

    def _write_of_store(
        self, happening: RunDamaged | RowsMended | CheckFailed | StoreSetAside
    ) -> None:
        match happening:
            case RunDamaged(run):
                log.warn(
                    "entries {first} to {last} of {feed} were damaged on disk:"
                    " asked for again",
                    first=run.first,
                    last=run.last,
                    feed=f"{run.feed.author.hex()[:8]}/{run.feed.epoch}",
                )
            case RowsMended(entries, indexes):
                log.warn(
                    "{what} damaged on disk: made anew of what was sealed",
                    what="an index was"
                    if indexes
                    else f"what is shown of {entries} entries was",
                )
            case CheckFailed(why):
                log.error("the store could not be checked: {why}", why=why)
            case StoreSetAside():
                log.error("{what}", what=str(happening))

    def _write_change(self, change: MemberChanged) -> None:
        member = change.member
        told = log.warn if member.status is Status.DEAD else log.info
        self._say(
            told,
            "{name!r} at {address} is {status}{why}",
            name=str(member.name),
            address=str(member.address),
            status=member.status.value,
            why=f" ({one_line(change.why)})" if change.why else "",
        )

    def _once(
        self, kind: str, who: str | NodeName, what: str, gist: str | None = None
    ) -> None:
        """Log *what*, unless one with the same *gist* was logged about *who*."""
        gist = gist or what
        known = self._said.get((kind, who), ())
        if gist in known:
            return
        if len(self._said) >= MAX_REMEMBERED:
            if kind == STRANGERS:
                return  # whoever forges a thousand senders doesn't fill the disk
            self._said.clear()
        self._said[kind, who] = (*known[1 - MAX_GISTS :], gist)
        text, plain = "{kind} {who!r}: {what}", one_line(what)
        self._say(log.warn, text, kind=kind, who=str(who), what=plain)

    def _say(self, told: Callable[..., None], text: str, **fields: object) -> None:
        """Log it, unless too much was logged just before; then how much, afterwards."""
        now = self._now()
        gained = (now - self._filled_at) * LINES_A_SECOND
        self._room, self._filled_at = min(MOST_LINES, self._room + gained), now
        if self._room < 1:
            self._left_out += 1
            return
        self._room -= 1
        if self._left_out:
            log.warn("{count} more were left out here", count=self._left_out)
            self._left_out = 0
        told(text, **fields)


def one_line(text: str) -> str:
    """*text* with what could end a line, or steer a terminal, written out."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
