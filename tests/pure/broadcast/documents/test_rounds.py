"""How documents travel over links."""

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.core import DigestDue
from gossipchat.broadcast.documents.rounds import DocumentsDue
from gossipchat.effects import StartTimer, TimerFired
from gossipchat.wire.ours.frames import DocumentDigest, Documents, DocumentsHeld, Frame
from tests.pure.broadcast.builders import Machine, frames_to
from tests.pure.broadcast.documents.builders import document

ABOUT = (Documents, DocumentDigest, DocumentsHeld)


def about(machine: Machine, link: int) -> list[Frame]:
    """The frames about documents that went over *link*."""
    return [frame for frame in machine.sent(link) if isinstance(frame, ABOUT)]


def hear(machine: Machine, link: int, *documents: bytes) -> None:
    machine.hear(link, Documents(documents))


def test_news_goes_to_all_links_but_the_one_it_came_over() -> None:
    """At once, and only once."""
    machine = Machine.linked(1, 2, 3)
    news = document(7)
    hear(machine, 1, news.encoded)
    hear(machine, 2, news.encoded)
    assert [about(machine, link) for link in (1, 2, 3)] == [
        [],
        [Documents((news.encoded,))],
        [Documents((news.encoded,))],
    ]
    assert machine.all(happened.DocumentsCame) == [happened.DocumentsCame((news,))]


def test_a_second_batch_waits_for_a_second() -> None:
    """However fast somebody comes and goes; then only the last one is sent."""
    machine = Machine.linked(1, 2)
    for edition in (1, 2, 3):
        hear(machine, 1, document(7, edition=edition).encoded)
        machine.drain(2)
    assert len(about(machine, 2)) == 1
    (timer,) = [t for t in machine.all(StartTimer) if t.key == DocumentsDue()]
    assert 0 < timer.delay <= 1
    machine.now += 1
    machine.feed(TimerFired(DocumentsDue()))
    assert about(machine, 2)[1:] == [Documents((document(7, edition=3).encoded,))]


def test_the_second_batch_goes_when_its_timer_fires() -> None:
    """Also where rounding makes a second shorter than a second."""
    machine = Machine.linked(1, 2)
    machine.now = 1.3436424411240122  # one more second, and back, is less than one
    for edition in (1, 2):
        hear(machine, 1, document(7, edition=edition).encoded)
        machine.drain(2)
    (timer,) = [t for t in machine.all(StartTimer) if t.key == DocumentsDue()]
    machine.now += timer.delay
    machine.feed(TimerFired(DocumentsDue()))
    assert len(about(machine, 2)) == 2


def test_a_link_that_opens_compares() -> None:
    """And is sent what it lacks; where nothing is held, nothing is said."""
    assert about(Machine.linked(1), 1) == []
    machine = Machine.linked(1)
    held, known = document(7), document(8)
    hear(machine, 1, held.encoded, known.encoded)
    machine.effects.clear()
    machine.open(2)
    (digest,) = about(machine, 2)
    assert isinstance(digest, DocumentDigest)
    other = Machine.linked(9)
    hear(other, 9, known.encoded)
    other.open(5)
    other.hear(5, digest)
    other.drain(5)
    (lists,) = [f for f in other.sent(5) if isinstance(f, DocumentsHeld)]
    machine.drain(2)
    machine.hear(2, lists)
    assert about(machine, 2)[1:] == [Documents((held.encoded,))]


def test_a_forged_document_ends_its_link() -> None:
    """A neighbour's word is worth nothing."""
    machine = Machine.linked(1, 2)
    forged = bytearray(document(7).encoded)
    forged[-1] ^= 1
    effects = machine.hear(1, Documents((bytes(forged),)))
    assert happened.EndLink(1, "bad document") in effects
    assert about(machine, 2) == []


def test_own_documents_of_another_life_are_told_and_not_held() -> None:
    """Whoever writes here outdoes them."""
    machine = Machine.linked(1, 2)
    mine = document(100)
    machine.core._rounds._me = mine.author
    hear(machine, 1, mine.encoded)
    assert machine.all(happened.DocumentsCame) == [happened.DocumentsCame((mine,))]
    assert about(machine, 2) == []
    machine.feed(happened.Posted((document(100, edition=2),)))
    assert about(machine, 2) == [Documents((document(100, edition=2).encoded,))]


def test_a_change_is_compared_once_and_silence_costs_nothing() -> None:
    """At the digests' timer."""
    machine = Machine.linked(1)
    hear(machine, 1, document(7).encoded)
    effects = machine.feed(TimerFired(DigestDue()))
    machine.drain(1)
    assert any(isinstance(f, DocumentDigest) for f in frames_to(1, effects))
    effects = machine.feed(TimerFired(DigestDue()))
    assert not any(isinstance(f, ABOUT) for f in frames_to(1, effects))
