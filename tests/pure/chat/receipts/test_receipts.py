"""Receipts: who has an entry on disk, as the members say."""

import pytest

from gossipchat.chat.events import (
    Effect,
    MemberForgotten,
    MemberNamed,
    Receipt,
    ReceiptAsked,
    ReceiptChanged,
    ReceiptTold,
)
from gossipchat.chat.receipts.questions import AnswerDue
from gossipchat.chat.receipts.receipts import Receipts
from gossipchat.chat.receipts.reports import MOMENT, ReportsDue
from gossipchat.chat.receipts.tallies import TallyDue
from gossipchat.effects import Notify, StartTimer, TimerFired
from gossipchat.names import Address, AuthorKey, EntryId, FeedId, NodeName
from gossipchat.wire.ours.datagrams import (
    Datagram,
    DatagramReceived,
    HasAsked,
    HasUpTo,
    SendDatagram,
)

ME, BOB, CARL = (AuthorKey(bytes([number]) * 32) for number in (1, 2, 3))
MINE, BOBS = FeedId(ME, 7), FeedId(BOB, 9)
FIRST = EntryId(*MINE, 5)
THERE = Address("10.0.0.2", 7946)


def receipts(*others: AuthorKey, reach: int = 8) -> Receipts:
    """Mine, where *others* are members; feeds reach to *reach* here."""
    made = Receipts(ME, NodeName("me"), lambda feed: reach)
    for key in others:
        made.member(member(key))
    return made


def member(key: AuthorKey, reachable: bool = True, left: bool = False) -> MemberNamed:
    return MemberNamed(NodeName(f"n{key[0]}"), key, reachable, left)


def from_(sender: AuthorKey, datagram: Datagram) -> DatagramReceived:
    return DatagramReceived(sender, THERE, datagram)


def receipt(have: str, of: int) -> Receipt:
    """*have*: names, with spaces between."""
    return Receipt(tuple(map(NodeName, have.split())), of, of)


def told(effects: list[Effect]) -> list[Receipt]:
    """What the faces hear."""
    return [
        effect.happening.receipt
        for effect in effects
        if isinstance(effect, Notify) and isinstance(effect.happening, ReceiptChanged)
    ]


def test_what_is_kept_is_told_to_its_author_a_moment_later_once_a_second() -> None:
    """The end up to which it is there; the last one counts."""
    mine = receipts(BOB)
    fired, report = TimerFired(ReportsDue()), [SendDatagram(BOB, HasUpTo(BOBS, 8))]
    assert mine.kept([BOBS], 10.0) == [StartTimer(ReportsDue(), MOMENT)]
    assert mine.kept([BOBS], 10.1) == []
    assert mine.timer(fired, 10.0 + MOMENT) == report
    (timer,) = mine.kept([BOBS], 10.5)
    assert isinstance(timer, StartTimer)
    assert timer.delay == pytest.approx(0.5 + MOMENT)
    assert mine.timer(fired, 11.0 + MOMENT) == report


def test_those_that_wait_to_be_told_are_told_together() -> None:
    """A wake-up costs more than what is said; none is told twice in a second."""
    mine = receipts(BOB, CARL)
    carls = FeedId(CARL, 3)
    bob, carl = (SendDatagram(feed.author, HasUpTo(feed, 8)) for feed in (BOBS, carls))
    fired = TimerFired(ReportsDue())
    mine.kept([BOBS], 10.0)
    assert mine.timer(fired, 10.25) == [bob]
    mine.kept([carls], 10.25)
    mine.kept([BOBS, carls], 10.5)
    assert mine.timer(fired, 10.5) == [carl, StartTimer(ReportsDue(), 1.0)]
    mine.kept([carls], 11.0)
    assert mine.timer(fired, 11.5) == [bob, carl]


def test_of_what_was_just_said_nobody_is_asked() -> None:
    """They tell by themselves; who says much asks about what is two seconds old."""
    mine = receipts(BOB)
    mine.published(FIRST, 0.0)
    mine.published(EntryId(*MINE, 6), 1.5)
    asked = SendDatagram(BOB, HasAsked(MINE, 5))
    assert mine.timer(TimerFired(TallyDue()), 2.0) == [asked, StartTimer(TallyDue(), 2)]
    mine.heard(from_(BOB, HasUpTo(MINE, 5)))
    mine.published(EntryId(*MINE, 7), 3.0)
    asked = SendDatagram(BOB, HasAsked(MINE, 6))
    assert mine.timer(TimerFired(TallyDue()), 4.0) == [asked, StartTimer(TallyDue(), 2)]


def test_an_own_entry_is_counted_as_members_tell() -> None:
    """Only who has it whole, and everybody once."""
    mine = receipts(BOB, CARL)
    assert told(mine.published(FIRST, 0.0)) == [receipt("me", 3)]
    assert told(mine.heard(from_(BOB, HasUpTo(MINE, 4)))) == []
    both = receipt("me n2", 3)
    assert told(mine.heard(from_(BOB, HasUpTo(MINE, 9)))) == [both]
    assert told(mine.heard(from_(BOB, HasUpTo(MINE, 9)))) == []
    assert told(mine.heard(from_(CARL, HasUpTo(BOBS, 9)))) == []


def test_who_has_not_told_is_asked_until_half_a_minute_is_over() -> None:
    """Datagrams get lost. Who is known to be dead is not asked."""
    mine = receipts(BOB, CARL)
    effects = mine.published(FIRST, 0.0)
    assert effects[-1] == StartTimer(TallyDue(), 2.0)
    mine.heard(from_(BOB, HasUpTo(MINE, 5)))
    asked = SendDatagram(CARL, HasAsked(MINE, 5))
    assert mine.timer(TimerFired(TallyDue()), 2.0) == [asked, StartTimer(TallyDue(), 2)]
    assert mine.timer(TimerFired(TallyDue()), 30.0) == []
    mine.published(FIRST, 40.0)
    for key in (BOB, CARL):
        mine.member(member(key, reachable=False))
    assert mine.timer(TimerFired(TallyDue()), 42.0) == []


def test_the_dead_are_counted_and_those_who_left_are_not() -> None:
    """2 of 3 have it, and the third will."""
    mine = receipts(BOB, CARL)
    mine.member(member(CARL, reachable=False))
    assert told(mine.published(FIRST, 0.0)) == [receipt("me", 3)]
    mine.member(member(CARL, reachable=False, left=True))
    assert told(mine.published(FIRST, 0.0)) == [receipt("me", 2)]
    mine.forget(MemberForgotten(NodeName("n2")))
    assert mine.published(FIRST, 0.0) == []


def test_a_receipt_on_demand_asks_all_and_waits_for_the_living() -> None:
    """Here the author is another."""
    mine = receipts(BOB, CARL)
    wanted = EntryId(*BOBS, 8)
    effects = mine.ask(ReceiptAsked("ask", wanted))
    asks = [SendDatagram(key, HasAsked(BOBS, 8)) for key in (BOB, CARL)]
    assert effects == [*asks, StartTimer(AnswerDue("ask", 1), 0.3)]
    assert mine.heard(from_(BOB, HasUpTo(BOBS, 8))) == []
    answer = ReceiptTold("ask", receipt("n2 me", 3))
    assert mine.heard(from_(CARL, HasUpTo(BOBS, 7))) == [answer]
    assert mine.timer(TimerFired(AnswerDue("ask", 1)), 0.3) == []


def test_who_stays_silent_is_asked_thrice() -> None:
    """Then the answer is given without them."""
    mine = receipts(BOB, reach=0)
    mine.ask(ReceiptAsked("ask", FIRST))
    for tries in (1, 2):
        effects = mine.timer(TimerFired(AnswerDue("ask", tries)), tries)
        assert effects[0] == SendDatagram(BOB, HasAsked(MINE, 5))
    last = mine.timer(TimerFired(AnswerDue("ask", 3)), 3)
    assert last == [ReceiptTold("ask", receipt("", 2))]


def test_whoever_asks_is_told() -> None:
    """Also of a feed that nobody here has heard of: nothing."""
    mine = receipts(BOB, reach=0)
    asked = from_(BOB, HasAsked(FeedId(CARL, 1), 3))
    assert mine.heard(asked) == [SendDatagram(BOB, HasUpTo(FeedId(CARL, 1), 0))]


def test_above_64_members_the_same_64_tell_and_are_counted() -> None:
    """Both sides come to the same by hash(author, member)."""
    keys = [AuthorKey(bytes([number, 9]) * 16) for number in range(100)]
    author, *others = keys
    counted = None
    for me in keys[:10]:
        one = Receipts(me, NodeName("me"), lambda feed: 1)
        for key in keys:
            one.member(member(key))
        assert len(one.reporters.counted(author)) == 65
        counted = counted or set(one.reporters.counted(author))
        assert set(one.reporters.counted(author)) == counted
        if me != author:
            assert bool(one.kept([FeedId(author, 1)], 0.0)) == (me in counted)
    assert len(others) == 99


def test_what_is_remembered_is_bounded() -> None:
    """However much is said, and whoever asks."""
    mine = receipts(BOB)
    for number in range(200):
        mine.published(EntryId(*MINE, number + 1), 0.0)
        mine.ask(ReceiptAsked(number, FIRST))
    assert len(mine.tallies) == len(mine.questions) == 64
    assert mine.ask(ReceiptAsked("x", FIRST)) == [ReceiptTold("x", None)]


def test_who_is_counted_is_found_out_anew_when_members_change_only() -> None:
    """Among a thousand members that is a thousand hashes, for each tally and report."""
    mine = receipts(BOB, CARL)
    chosen: list[AuthorKey] = []
    choose = mine.reporters._chosen

    def choosing(author: AuthorKey) -> list[AuthorKey]:
        chosen.append(author)
        return choose(author)

    mine.reporters._chosen = choosing  # type: ignore[method-assign]
    for seq in range(1, 30):
        mine.published(EntryId(*MINE, seq), 0.0)
    assert len(mine.heard(from_(BOB, HasUpTo(MINE, 30)))) == 29
    mine.member(member(BOB, reachable=False))
    assert chosen == [ME]
    mine.member(member(CARL, left=True))
    assert mine.reporters.counted(ME) == [ME, BOB]
    mine.forget(MemberForgotten(NodeName("n2")))
    assert mine.reporters.counted(ME) == [ME]
    mine.member(member(CARL))
    assert mine.reporters.counted(ME) == [ME, CARL]


def test_where_nobody_watches_nothing_is_told_of_receipts() -> None:
    """Sixteen nodes would make fifteen of them for each line, for nobody."""
    mine = receipts(BOB)
    mine.is_watched = lambda: False
    assert told(mine.published(FIRST, 0.0)) == []
    assert told(mine.heard(from_(BOB, HasUpTo(MINE, 5)))) == []
    mine.is_watched = lambda: True
    assert told(mine.published(EntryId(*MINE, 6), 1.0)) == [receipt("me", 2)]
