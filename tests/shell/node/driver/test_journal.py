"""The log says each thing once, whoever tries to fill it."""

from collections.abc import Iterator

import pytest
from twisted.internet.task import Clock
from twisted.logger import LogEvent, formatEvent, globalLogPublisher

from gossipchat.names import Address, NodeName
from gossipchat.node.driver.journal import (
    LINES_A_SECOND,
    MAX_REMEMBERED,
    MOST_LINES,
    Journal,
    Undecodable,
)
from gossipchat.swim.events import Joined, JoinFailed, MemberForgotten

SEED = Address("192.0.2.1", 7946)


@pytest.fixture
def logged() -> Iterator[list[LogEvent]]:
    """What has been logged, as events."""
    events: list[LogEvent] = []
    globalLogPublisher.addObserver(events.append)  # type: ignore[arg-type]
    yield events
    globalLogPublisher.removeObserver(events.append)  # type: ignore[arg-type]


def texts(logged: list[LogEvent]) -> list[str]:
    return [formatEvent(event) for event in logged]


def test_a_seed_that_stays_away_is_told_once(logged: list[LogEvent]) -> None:
    """And again when it was there in between."""
    journal = Journal(Clock().seconds)
    journal.write(JoinFailed(SEED, "nobody there"))
    journal.write(JoinFailed(SEED, "nobody there"))
    assert texts(logged) == ["join '192.0.2.1:7946': nobody there; trying again"]
    journal.write(Joined(SEED, 2))
    journal.write(JoinFailed(SEED, "nobody there"))
    assert len(logged) == 3


def test_reasons_that_take_turns_are_told_once_each(logged: list[LogEvent]) -> None:
    """Not at every turn."""
    journal = Journal(Clock().seconds)
    for _ in range(5):
        journal.write(JoinFailed(SEED, "one reason"))
        journal.write(JoinFailed(SEED, "another"))
    assert len(logged) == 2


def test_a_stranger_varies_bytes_in_vain(logged: list[LogEvent]) -> None:
    """Complaints about packets are told apart by what was wrong with them."""
    journal = Journal(Clock().seconds)
    for number in range(100):
        journal.write(Undecodable(SEED, f"type byte: got {number}, want 0 to 13"))
    assert len(logged) == 1


def test_forged_senders_do_not_fill_the_disk(logged: list[LogEvent]) -> None:
    """After a thousand of them it is silent about strangers, not about seeds."""
    journal = Journal(Clock().seconds)
    for number in range(MAX_REMEMBERED + 500):
        source = Address(f"198.51.{number >> 8}.{number & 255}", 1)
        journal.write(Undecodable(source, "type byte: got 99"))
    assert len(logged) == MAX_REMEMBERED
    journal.write(JoinFailed(SEED, "nobody there"))
    assert len(logged) == MAX_REMEMBERED + 1


def test_members_made_up_do_not_fill_the_disk(logged: list[LogEvent]) -> None:
    """Whoever has the key can tell of new ones for ever; how many is said."""
    clock = Clock()
    journal = Journal(clock.seconds)
    for number in range(MOST_LINES + 500):
        journal.write(MemberForgotten(NodeName(f"{number}")))
    assert len(logged) == MOST_LINES
    clock.advance(1 / LINES_A_SECOND)
    journal.write(MemberForgotten(NodeName("bob")))
    assert texts(logged)[-2:] == ["500 more were left out here", "'bob' is forgotten"]


def test_no_word_of_others_begins_a_line_or_steers_a_terminal(
    logged: list[LogEvent],
) -> None:
    """A seed's error message is whatever it likes."""
    Journal(Clock().seconds).write(
        JoinFailed(SEED, "no\n2026 all is well\x1b[2J \u202eö")
    )
    (line,) = texts(logged)
    assert "no\\n2026 all is well\\x1b[2J \\u202eö" in line
