"""
Which word wins: what to do with a claim about a member of whom something is held.

A plain order, (incarnation, state), so that claims may come in any order and more
than once. Its exceptions are memberlist's, and named where they stand.
"""

from enum import Enum
from typing import NamedTuple

from gossipchat.names import Address
from gossipchat.wire.memberlist.messages import (
    OUR_VSN,
    Alive,
    Dead,
    State,
    Suspect,
    Vsn,
)

MAX_LEAP = 1_000_000
"""No member is accused that often; who claims so would exhaust its 32 bits."""

MAX_FIRST_INCARNATION = 2**31
"""What is believed of a member never heard of: it must have room to refute."""

LAST_INCARNATION = 2**32 - 1
"""What fits the wire. No member gets there by itself: who is accused once a second
needs a century."""


class Verdict(Enum):
    """What a claim is worth."""

    NEWS = "believe it, and pass it on"
    STALE = "the same or better is known"
    CONFIRMS = "one more accuser of a suspect"
    CONFLICT = "the same name at another address"
    LEAP = "an incarnation out of nowhere"


class Held(NamedTuple):
    """What is held true of a member."""

    incarnation: int
    state: State
    address: Address


def judge_alive(claim: Alive, held: Held | None, reclaimable: bool = False) -> Verdict:
    """
    *held* None: the member is not known.

    A name moves to another address only when it has left, or is dead for long
    enough to be *reclaimable*; then at any incarnation, for it may be a new machine.
    """
    if held is None:
        if claim.incarnation > MAX_FIRST_INCARNATION:
            return Verdict.LEAP
        return Verdict.NEWS if claim.incarnation > 0 else Verdict.STALE
    if _leaps(claim.incarnation, held):
        return Verdict.LEAP
    if claim.address != held.address:
        free = held.state is State.LEFT or (held.state is State.DEAD and reclaimable)
        return Verdict.NEWS if free and claim.incarnation > 0 else Verdict.CONFLICT
    news = _supersedes(claim.incarnation, State.ALIVE, held)
    return Verdict.NEWS if news else Verdict.STALE


def judge_suspect(claim: Suspect, held: Held) -> Verdict:
    """The exception: a suspicion never wakes the dead, whatever its incarnation."""
    if _leaps(claim.incarnation, held):
        return Verdict.LEAP
    if held.state >= State.DEAD:
        return Verdict.STALE
    if _supersedes(claim.incarnation, State.SUSPECT, held):
        return Verdict.NEWS
    if claim.incarnation == held.incarnation:
        return Verdict.CONFIRMS
    return Verdict.STALE


def judge_dead(claim: Dead, held: Held) -> Verdict:
    """From the member itself it is a goodbye, which beats any accuser's "dead"."""
    if _leaps(claim.incarnation, held):
        return Verdict.LEAP
    news = _supersedes(claim.incarnation, state_of(claim), held)
    return Verdict.NEWS if news else Verdict.STALE


def state_of(claim: Dead) -> State:
    """LEFT when the member says so itself, else DEAD."""
    return State.LEFT if claim.accuser == claim.node else State.DEAD


def vsn_fault(vsn: Vsn) -> str | None:
    """
    Why a member that speaks these versions can't be in one cluster with us, or None.

    memberlist refuses a whole push/pull for one such entry, so an entry that could
    never pass a push/pull with us must not get into our table.
    """
    if vsn[0] == 0:
        return "it names no protocol that it speaks"
    for layer, theirs, ours in (
        ("protocol", vsn[:3], OUR_VSN[:3]),
        ("delegate protocol", vsn[3:], OUR_VSN[3:]),
    ):
        least, most, current = theirs
        if not (least <= current <= most and least <= ours[2] <= most):
            return f"its {layer} {least}..{most} ({current}) excludes our {ours[2]}"
        if not ours[0] <= current <= ours[1]:
            return f"its {layer} {current} is outside our {ours[0]}..{ours[1]}"
    return None


def _supersedes(incarnation: int, state: State, held: Held) -> bool:
    """
    Newer, or worse news of the same incarnation.

    A member alone raises its own incarnation; accusers repeat what they saw (SWIM,
    section 4.2).
    """
    return (incarnation, state) > (held.incarnation, held.state)


def _leaps(incarnation: int, held: Held) -> bool:
    return incarnation > held.incarnation + MAX_LEAP
