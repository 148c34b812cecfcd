"""What a peer is told of what we have."""

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.spans import NONE, span
from gossipchat.broadcast.telling.telling import PART, Telling
from gossipchat.feeds.ranges import Ranges
from gossipchat.names import FeedId
from gossipchat.wire.ours.frames import Digest, Frame, Note, Vector
from tests.pure.broadcast.builders import (
    author,
    bare,
    feed_of,
    holding,
    holdings_with,
    say,
    some_runs,
    take,
)

RUNS = [*some_runs(1, 3), *some_runs(2, 3)]
ONE, TWO = RUNS[0].feed, RUNS[3].feed
OTHER = bytes(32)


class Bare(Telling):
    """Leaves out how hashes begin: not what these tests are about."""

    def frames(self, now: float) -> list[Frame]:
        return [bare(frame) for frame in super().frames(now)]


def telling_of(holdings: Holdings, due: dict[FeedId, Ranges] | None = None) -> Telling:
    coming = due or {}
    return Bare(BroadcastConfig(), holdings, lambda feed: coming.get(feed, NONE))


def settled(holdings: Holdings) -> Telling:
    """A link that is told all, at second 0."""
    telling = telling_of(holdings)
    telling.frames(0.0)
    return telling


def test_a_new_link_is_told_everything() -> None:
    """Both sides begin with their vector; an empty one says so."""
    assert telling_of(holdings_with(RUNS)).frames(0.0) == [
        Vector((holding(ONE, (1, 3)), holding(TWO, (1, 3))))
    ]
    nothing = telling_of(holdings_with([]))
    assert nothing.is_due()
    assert nothing.frames(0.0) == [Vector(())]
    assert not nothing.is_due()


def test_a_long_vector_comes_in_parts() -> None:
    """What is new meanwhile comes at its end."""
    holdings = holdings_with([])
    telling = settled(holdings)
    pens = [author(7, epoch) for epoch in range(PART + 9)]
    for pen in pens:
        take(holdings, say(pen))
    telling.compare(OTHER, 9.0)
    first, _ = telling.frames(9.0)
    take(holdings, RUNS[0])
    (second,) = telling.frames(9.0)
    assert isinstance(first, Vector) and isinstance(second, Vector)
    assert (len(first.holdings), first.last) == (PART, False)
    assert (len(second.holdings), second.last) == (10, True)


def test_a_vector_leaves_out_what_is_on_its_way_to_the_peer() -> None:
    """Or it would be asked for as well."""
    telling = telling_of(holdings_with(RUNS), due={ONE: span(3, 3), TWO: span(1, 3)})
    assert telling.frames(0.0) == [Vector((holding(ONE, (1, 2)),))]


def test_equal_digests_need_no_vector() -> None:
    """Nothing is said."""
    holdings = holdings_with(RUNS)
    telling = settled(holdings)
    telling.compare(holdings.digest(), 60.0)
    assert not telling.is_due()


def test_another_digest_is_answered_with_what_changed_since() -> None:
    """And with our own digest, so that the other side tells us, too."""
    holdings = holdings_with(RUNS[:4])
    telling = settled(holdings)
    take(holdings, RUNS[4])
    telling.compare(OTHER, 60.0)
    assert telling.frames(60.0) == [
        Vector((holding(TWO, (1, 2)),)),
        Digest(holdings.digest()),
    ]


def test_when_nothing_changed_another_digest_is_answered_with_everything() -> None:
    """Then something was missed that was thought to be known."""
    holdings = holdings_with(RUNS)
    telling = settled(holdings)
    telling.compare(OTHER, 60.0)
    vector, _ = telling.frames(60.0)
    assert vector == Vector((holding(ONE, (1, 3)), holding(TWO, (1, 3))))


def test_a_flood_of_digests_brings_few_vectors() -> None:
    """At most one in vector_pause, and a look later at what was put off."""
    telling = settled(holdings_with(RUNS))
    said = []
    for step in range(100):
        telling.compare(bytes([step]) * 32, 10 + step / 100)
        said += telling.frames(10 + step / 100)
    assert [type(frame) for frame in said] == [Vector, Digest]


def test_a_difference_that_stays_is_looked_at_again() -> None:
    """What changed did not explain it: after the next digest comes everything."""
    holdings = holdings_with(RUNS[:4])
    telling = settled(holdings)
    take(holdings, RUNS[4])
    telling.compare(OTHER, 60.0)
    assert len(telling.frames(60.0)) == 2
    telling.tick()
    assert telling.frames(75.0) == [Digest(holdings.digest())]
    telling.compare(OTHER, 76.0)
    assert telling.frames(76.0) == [
        Vector((holding(ONE, (1, 3)), holding(TWO, (1, 2))))
    ]
    telling.tick()
    assert not telling.is_due()


def test_while_all_changes_every_fourth_difference_brings_everything() -> None:
    """Or what was forgotten would wait for a quiet moment."""
    holdings = holdings_with(RUNS[:1])
    telling = settled(holdings)
    sizes = []
    writer = author(5)
    for minute in range(1, 9):
        take(holdings, say(writer))
        telling.compare(OTHER, 60.0 * minute)
        vector = telling.frames(60.0 * minute)[0]
        assert isinstance(vector, Vector)
        sizes.append(len(vector.holdings))
    assert sizes == [1, 1, 1, 2, 1, 1, 1, 2]


def test_a_tick_sends_a_digest_only_after_changes() -> None:
    """An idle cluster is silent."""
    holdings = holdings_with(RUNS[:4])
    telling = settled(holdings)
    telling.tick()
    assert not telling.is_due()
    take(holdings, RUNS[4])
    telling.tick()
    assert telling.frames(15.0) == [Digest(holdings.digest())]
    telling.tick()
    assert not telling.is_due()


def test_offers_are_gathered_until_there_is_room() -> None:
    """All feeds in one frame; what is not held any more is not offered."""
    holdings = holdings_with(RUNS[:4])
    telling = settled(holdings)
    telling.offer(ONE, span(1, 1))
    telling.offer(TWO, span(1, 9))
    telling.offer(ONE, span(2, 2))
    assert telling.frames(1.0) == [
        Vector((holding(ONE, (1, 2)), holding(TWO, (1, 1))), last=False)
    ]
    telling.offer(feed_of(9), span(1, 1))
    assert telling.frames(1.0) == []
    assert not telling.is_due()


def test_what_is_due_to_the_peer_is_not_offered() -> None:
    """It asked on the chance, before it was told: it would ask for it once more."""
    holdings = holdings_with(RUNS)
    due = {ONE: span(1, 2)}
    telling = telling_of(holdings, due)
    telling.frames(0.0)
    telling.offer(ONE, span(1, 3))
    telling.offer(TWO, span(1, 3))
    (offered,) = telling.frames(1.0)
    assert offered == Vector((holding(ONE, (3, 3)), holding(TWO, (1, 3))), last=False)
    telling.offer(ONE, span(1, 2))
    assert telling.frames(2.0) == []


def test_what_a_tick_passes_over_is_told_at_the_next() -> None:
    """Unless the peer has it by then; until then no vector tells of it either."""
    telling = settled(holdings_with(RUNS))
    telling.note_later(ONE, span(1, 2))
    assert telling.release(lambda feed: NONE, hold=True) == 0
    telling.note_later(TWO, span(3, 3))
    assert telling.release(lambda feed: span(1, 1), hold=True) == 1
    assert telling.frames(1.0) == [Note((holding(ONE, (2, 2)),))]
    assert telling.is_noting()
    assert telling.withdraw(TWO.author) == [(TWO, span(3, 3))]
