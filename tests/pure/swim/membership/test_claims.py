"""Which word wins."""

import pytest

from gossipchat.swim.membership.claims import (
    MAX_LEAP,
    Held,
    Verdict,
    judge_alive,
    judge_dead,
    judge_suspect,
    vsn_fault,
)
from gossipchat.wire.memberlist.messages import OUR_VSN, State, Vsn
from tests.pure.swim.builders import (
    BOB,
    STATES,
    address_of,
    alive,
    dead,
    suspect,
)

ALIVE, SUSPECT, DEAD, LEFT = STATES
NEWS, STALE, CONFIRMS, CONFLICT, LEAP = (
    Verdict.NEWS,
    Verdict.STALE,
    Verdict.CONFIRMS,
    Verdict.CONFLICT,
    Verdict.LEAP,
)
ELSEWHERE = address_of("elsewhere")


def held(state: State, incarnation: int = 5) -> Held:
    return Held(incarnation, state, address_of(BOB))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("incarnation", "verdict"), [(4, STALE), (5, STALE), (6, NEWS), (7, NEWS)]
)
def test_life_needs_a_newer_incarnation(
    state: State, incarnation: int, verdict: Verdict
) -> None:
    """Drop an alive with incarnation <= the known one, whatever the state."""
    assert judge_alive(alive(incarnation=incarnation), held(state)) is verdict


@pytest.mark.parametrize(
    ("state", "verdicts"),
    [
        (ALIVE, [STALE, NEWS, NEWS]),
        (SUSPECT, [STALE, CONFIRMS, NEWS]),
        (DEAD, [STALE, STALE, STALE]),
        (LEFT, [STALE, STALE, STALE]),
    ],
)
def test_a_suspicion_needs_no_newer_incarnation(
    state: State, verdicts: list[Verdict]
) -> None:
    """Equal is enough; against a suspect it confirms; it never wakes the dead."""
    claims = [suspect(incarnation=incarnation) for incarnation in (4, 5, 6)]
    assert [judge_suspect(claim, held(state)) for claim in claims] == verdicts


@pytest.mark.parametrize(
    ("state", "verdicts"),
    [
        (ALIVE, [STALE, NEWS, NEWS]),
        (SUSPECT, [STALE, NEWS, NEWS]),
        (DEAD, [STALE, STALE, NEWS]),
        (LEFT, [STALE, STALE, NEWS]),
    ],
)
def test_death_needs_no_newer_incarnation(
    state: State, verdicts: list[Verdict]
) -> None:
    """Equal is enough against the living."""
    claims = [dead(incarnation=incarnation) for incarnation in (4, 5, 6)]
    assert [judge_dead(claim, held(state)) for claim in claims] == verdicts


def test_a_goodbye_beats_an_accuser() -> None:
    """From == Node: it says so itself."""
    assert judge_dead(dead(incarnation=5, by=BOB), held(DEAD)) is NEWS
    assert judge_dead(dead(incarnation=5), held(LEFT)) is STALE


@pytest.mark.parametrize("state", [ALIVE, SUSPECT, DEAD])
@pytest.mark.parametrize("incarnation", [1, 5, 6])
def test_a_name_does_not_move_while_it_is_held(state: State, incarnation: int) -> None:
    """Another address is a name conflict, however new the claim."""
    claim = alive(incarnation=incarnation, address=ELSEWHERE)
    assert judge_alive(claim, held(state)) is CONFLICT


@pytest.mark.parametrize(("state", "reclaimable"), [(LEFT, False), (DEAD, True)])
def test_a_name_that_is_free_may_move(state: State, reclaimable: bool) -> None:
    """Left, or dead for long enough: at any incarnation but 0."""
    assert judge_alive(alive(address=ELSEWHERE), held(state), reclaimable) is NEWS
    nobody = alive(incarnation=0, address=ELSEWHERE)
    assert judge_alive(nobody, held(state), reclaimable) is not NEWS


def test_addresses_are_compared_byte_by_byte() -> None:
    """The v4-mapped form of an address is another address."""
    known = Held(1, ALIVE, address_of(BOB))
    mapped = known.address._replace(host=f"::ffff:{known.address.host}")
    assert judge_alive(alive(incarnation=2, address=mapped), known) is CONFLICT


def test_an_unknown_member_begins_at_one() -> None:
    """An alive with incarnation 0 about an unknown node is ignored."""
    assert judge_alive(alive(incarnation=0), None) is STALE
    assert judge_alive(alive(incarnation=1), None) is NEWS
    assert judge_alive(alive(incarnation=5_000_000), None) is NEWS


def test_an_unknown_member_must_have_room_to_refute() -> None:
    """At 2**32 - 1 it never could."""
    assert judge_alive(alive(incarnation=2**32 - 1), None) is LEAP


@pytest.mark.parametrize("state", STATES)
def test_incarnations_do_not_leap(state: State) -> None:
    """A jump by more than 1,000,000 is dropped, the last step of it is not."""
    known, far, further = held(state), 5 + MAX_LEAP, 6 + MAX_LEAP
    assert judge_alive(alive(incarnation=far), known) is NEWS
    assert judge_alive(alive(incarnation=further), known) is LEAP
    assert judge_suspect(suspect(incarnation=further), known) is LEAP
    assert judge_dead(dead(incarnation=further), known) is LEAP


@pytest.mark.parametrize(
    "vsn",
    [
        OUR_VSN,
        (1, 5, 2, 2, 5, 4),  # Consul and other users of Serf's library
        (1, 5, 5, 2, 5, 5),
        (2, 2, 2, 5, 5, 5),
    ],
)
def test_who_speaks_our_versions_is_welcome(vsn: Vsn) -> None:
    """Each may be ahead of the other within what both understand."""
    assert vsn_fault(vsn) is None


@pytest.mark.parametrize(
    "vsn",
    [
        (0, 5, 2, 2, 5, 5),
        (1, 0, 2, 2, 5, 5),
        (3, 2, 2, 2, 5, 5),
        (1, 5, 6, 2, 5, 5),
        (1, 5, 2, 0, 0, 0),  # a memberlist without Serf
        (1, 5, 2, 2, 4, 4),
        (1, 5, 2, 2, 5, 0),
        (0, 0, 0, 0, 0, 0),
    ],
)
def test_who_would_fail_every_exchange_is_left_out(vsn: Vsn) -> None:
    """One such entry in our table, and no push/pull of ours succeeds any more."""
    assert vsn_fault(vsn) is not None
