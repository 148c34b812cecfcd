"""Joined, failed, left, updated: what befell a member, without the doubts between."""

import pytest

from gossipchat.names import Address, NodeName
from gossipchat.node.library.changes import Changes, News
from gossipchat.swim.events import Member, MemberChanged, Status

BOB = NodeName("bob")
HOME, AWAY = Address("192.0.2.1", 1), Address("192.0.2.2", 1)
ALIVE, SUSPECT, DEAD, LEFT = Status.ALIVE, Status.SUSPECT, Status.DEAD, Status.LEFT
JOINED, FAILED, GONE, UPDATED = News.JOINED, News.FAILED, News.LEFT, News.UPDATED


def told(*states: Status) -> list[News | None]:
    """What is told of a member that goes through *states*."""
    changes = Changes()
    news: list[News | None] = []
    for status in states:
        change = changes.of(MemberChanged(Member(BOB, HOME, status, 1), None))
        news.append(change.news if change else None)
    return news


@pytest.mark.parametrize(
    ("states", "news"),
    [
        ([ALIVE, SUSPECT, ALIVE], [JOINED, None, None]),
        ([ALIVE, SUSPECT, DEAD, ALIVE], [JOINED, None, FAILED, JOINED]),
        ([ALIVE, LEFT, ALIVE], [JOINED, GONE, JOINED]),
        ([ALIVE, DEAD, DEAD, LEFT], [JOINED, FAILED, None, GONE]),
        ([DEAD, DEAD], [None, None]),
        ([DEAD, ALIVE], [None, JOINED]),
        ([SUSPECT, ALIVE], [JOINED, None]),
    ],
)
def test_suspicion_is_no_news(states: list[Status], news: list[News | None]) -> None:
    """Nor is the death of one who was never here."""
    assert told(*states) == news


def test_new_tags_and_addresses_are_updates() -> None:
    """Each told once, with the member as it is then."""
    changes = Changes()

    def of(address: Address, tags: dict[str, str]) -> News | None:
        member = Member(BOB, address, ALIVE, 1, None, tags)
        change = changes.of(MemberChanged(member, ALIVE))
        assert change is None or change.member is member
        return change.news if change else None

    assert of(HOME, {}) is JOINED
    assert of(HOME, {"a": "1"}) is UPDATED
    assert of(HOME, {"a": "1"}) is None
    assert of(AWAY, {"a": "1"}) is UPDATED
    changes.forget(BOB)
    assert of(AWAY, {"a": "1"}) is JOINED
