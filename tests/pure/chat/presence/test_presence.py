"""Who is logged in: what is told of the users here, what is shown of the others."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.chat.config import ChatConfig
from gossipchat.chat.events import (
    Attended,
    Departed,
    DocumentsCame,
    LeaveAsked,
    MemberForgotten,
    MemberNamed,
    Post,
    User,
    UserChanged,
)
from gossipchat.chat.presence.presence import GraceDue, LingerDue, PostDue, Presence
from gossipchat.effects import Notify, StartTimer, TimerFired
from gossipchat.errors import Refused, UsageError
from gossipchat.feeds.author import Author
from gossipchat.feeds.clock import HybridClock
from gossipchat.feeds.document import Document
from gossipchat.names import AuthorKey, NodeName, RoomName
from tests.pure.chat.builders import ANN, BOB, CARL, at, key_of, say

LOBBY = RoomName("#lobby")


class Place:
    """A node's presence, what it has posted, and what it holds of others."""

    def __init__(self, key: Ed25519PrivateKey = ANN, name: str = "a") -> None:
        self.held: dict[AuthorKey, dict[str, Document]] = {}
        self.presence = Presence(
            Author(key, 7),
            NodeName(name),
            HybridClock(),
            ChatConfig(),
            lambda author: self.held.get(author, {}).values(),
        )
        self.name = NodeName(name)
        self.key = key_of(key)
        self.posted: list[Document] = []
        self.changes: list[User] = []
        self.timers: list[StartTimer] = []

    def feed(self, event: object, seconds: float = 0.0) -> None:
        for effect in self.presence.handle(event, at(seconds)):  # type: ignore[arg-type]
            match effect:
                case Post(documents):
                    self.posted += documents
                case Notify(UserChanged(user)):
                    self.changes.append(user)
                case StartTimer():
                    self.timers.append(effect)

    def login(self, nick: str, *rooms: str, away: str | None = None) -> None:
        names = tuple(RoomName(room) for room in rooms)
        self.feed(Attended(nick, nick, nick, names, away))

    def meets(self, other: "Place", seconds: float = 0.0, **standing: bool) -> None:
        """*other* is a member, and all that it has posted comes."""
        for document in other.posted:
            self.held.setdefault(document.author, {})[document.account] = document
        self.feed(MemberNamed(other.name, other.key, **standing), seconds)
        self.feed(DocumentsCame(tuple(other.posted)), seconds)

    @property
    def nicks(self) -> list[tuple[str, str]]:
        return [(user.nick, user.node) for user in self.presence.users()]


def test_who_logs_in_is_told_to_all() -> None:
    """With rooms and why they are away; and is listed here."""
    ann, bob = Place(), Place(BOB, "b")
    ann.login("ann", "#lobby", away="tea")
    bob.meets(ann)
    (user,) = bob.presence.users()
    assert (user.nick, user.node, user.rooms) == ("ann", "a", (LOBBY,))
    assert (user.away, user.reachable) == ("tea", True)
    assert ann.presence.users() == [user]
    assert bob.presence.counts() == {LOBBY: 1}


def test_one_batch_a_second_tells_the_last_of_each() -> None:
    """However often a user comes and goes."""
    ann = Place()
    ann.login("ann")
    ann.login("ann", "#lobby")
    ann.login("eve")
    assert len(ann.posted) == 1
    assert [timer.key for timer in ann.timers] == [PostDue()]
    ann.feed(TimerFired(PostDue()), 1.0)
    assert [one.account for one in ann.posted] == ["ann", "ann", "eve"]


def test_two_sessions_are_one_user() -> None:
    """In the rooms of both, away when both are, here until both have ended."""
    ann = Place()
    ann.feed(Attended(1, "ann", "ann", (LOBBY,), "tea"))
    ann.feed(Attended(2, "ann", "ann", (RoomName("#garden"),)), 2)
    (user,) = ann.presence.users()
    assert (user.rooms, user.away) == (("#garden", "#lobby"), None)
    ann.feed(Departed(2), 4)
    assert ann.presence.users()[0].away == "tea"
    ann.feed(Departed(1), 6)
    assert ann.presence.users() == []


def test_of_two_claims_the_earlier_keeps_the_nick_and_nobody_is_killed() -> None:
    """On both sides alike."""
    ann, bob = Place(), Place(BOB, "b")
    ann.login("Zoe")
    bob.feed(Attended(1, "zoe", "zoe"), 1.0)
    ann.meets(bob)
    bob.meets(ann)
    mark = key_of(BOB).hex()[:4]
    assert ann.nicks == bob.nicks == [("Zoe", "a"), (f"zoe~{mark}", "b")]
    for place in (ann, bob):
        assert place.presence.shown_nick(key_of(ANN), "zoe") == "zoe"
        assert place.presence.shown_nick(key_of(BOB), "zoe") == f"zoe~{mark}"
        assert place.presence.shown_nick(key_of(BOB), "bob") == "bob"


def test_a_nick_that_looks_like_a_mark_is_marked() -> None:
    """Or anyone could look like the loser of a clash."""
    ann = Place()
    mark = key_of(ANN).hex()[:4]
    assert ann.presence.shown_nick(key_of(ANN), "bob~1234") == f"bob~1234~{mark}"


def test_users_of_a_dead_node_leave_after_the_grace_and_come_back_with_it() -> None:
    """Unreachable first."""
    ann, bob = Place(), Place(BOB, "b")
    bob.login("bob", "#lobby")
    ann.meets(bob)
    ann.meets(bob, 10.0, reachable=False)
    assert [user.reachable for user in ann.presence.users()] == [False]
    assert ann.presence.counts() == {}
    assert ann.timers[-1] == StartTimer(GraceDue(bob.key, 10.0), 30.0)
    ann.feed(TimerFired(GraceDue(bob.key, 10.0)), 40.0)
    assert ann.presence.users() == []
    assert not ann.changes[-1].here
    ann.meets(bob, 50.0)
    assert ann.nicks == [("bob", "b")]


def test_a_short_cut_is_no_netsplit() -> None:
    """The grace of an earlier death finds nothing to do."""
    ann, bob = Place(), Place(BOB, "b")
    bob.login("bob")
    for seconds, reachable in ((0, True), (10, False), (20, True), (30, False)):
        ann.meets(bob, seconds, reachable=reachable)
    ann.feed(TimerFired(GraceDue(bob.key, 10)), 40)
    assert ann.nicks == [("bob", "b")]


def test_who_leaves_the_cluster_logs_all_out() -> None:
    """At once; nobody comes after that."""
    ann, bob = Place(), Place(BOB, "b")
    ann.login("ann")
    ann.feed(LeaveAsked())
    bob.meets(ann)
    assert bob.presence.users() == []
    ann.login("eve")
    ann.feed(Departed("ann"))  # its connection ends after that
    ann.feed(Departed("eve"))
    assert len(ann.posted) == 2


def test_a_member_that_is_forgotten_loses_its_users_and_their_nicks() -> None:
    """Until then a dead node's claims stand."""
    ann, bob = Place(), Place(BOB, "b")
    bob.login("zoe")
    ann.feed(Attended(1, "zoe", "zoe"), 1.0)
    ann.meets(bob)
    assert ann.nicks[1] == (f"zoe~{key_of(ANN).hex()[:4]}", "a")
    ann.feed(MemberForgotten(bob.name))
    assert ann.nicks == [("zoe", "a")]


def test_what_an_earlier_life_told_is_made_void() -> None:
    """Though nobody is logged in now; a claim of that life is kept."""
    before, after = Place(), Place()
    before.login("zoe")
    after.feed(DocumentsCame(tuple(before.posted)), 60.0)
    (void,) = after.posted
    assert void.born > before.posted[0].born
    bob = Place(BOB, "b")
    bob.feed(Attended(1, "zoe", "zoe"), 30.0)
    after.feed(Attended(1, "zoe", "zoe"), 70.0)
    bob.meets(after)
    assert bob.nicks[0] == ("zoe", "a")


def test_a_twin_is_outdone_now_and_then_only() -> None:
    """Two machines with one identity must not keep the network busy."""
    ann, twin = Place(), Place()
    ann.login("ann")
    twin.feed(Attended(1, "eve", "eve"), 5.0)
    ann.feed(DocumentsCame(tuple(twin.posted)), 6.0)
    assert ann.posted[-1].born > twin.posted[-1].born
    twin.feed(DocumentsCame(tuple(ann.posted)), 7.0)
    count = len(ann.posted)
    ann.feed(DocumentsCame(tuple(twin.posted)), 8.0)
    assert len(ann.posted) == count


def test_who_speaks_is_there_for_a_while() -> None:
    """Scripts need not log in."""
    ann = Place()
    ann.feed(say("hello", nick="cron"))
    assert ann.presence.users()[0].rooms == (LOBBY,)
    linger = ann.timers[0]
    assert isinstance(linger.key, LingerDue)
    assert linger.delay == 600
    ann.feed(say("hello", nick="cron"), 100)
    ann.feed(TimerFired(linger.key), 600)
    assert ann.timers[-1] == StartTimer(linger.key, 100)
    ann.feed(TimerFired(linger.key), 700)
    assert ann.presence.users() == []


@pytest.mark.parametrize(
    ("session", "error"),
    [
        (Attended(1, "eve", "ANN"), Refused),
        (Attended(1, "eve", "two words"), UsageError),
        (Attended(1, "", "eve"), UsageError),
        (Attended(1, "eve", "eve", (RoomName("a,b"),)), UsageError),
        (Attended(1, "eve", "eve", (), "x" * 101), UsageError),
        (
            Attended(1, "e", "eve", tuple(RoomName(f"{n:060}") for n in range(20))),
            UsageError,
        ),
    ],
)
def test_what_cannot_be_told_is_refused(
    session: Attended, error: type[Exception]
) -> None:
    """A sentence, before anything changes."""
    ann = Place()
    ann.login("ann")
    with pytest.raises(error):
        ann.presence.check(session)


def test_what_makes_no_sense_shows_nobody() -> None:
    """Any member may seal any bytes about its own users."""
    ann, carl = Place(), Author(CARL, 1)
    ann.feed(MemberNamed(NodeName("c"), key_of(CARL)))
    for number, body in enumerate((b"", b"\xc1", b"\x80", b"\x81\xa4nick\xa1x")):
        document = carl.document("c", 1, number, body)
        ann.held[key_of(CARL)] = {"c": document}
        ann.feed(DocumentsCame((document,)))
    assert ann.presence.users() == []


def test_a_node_with_another_name_outlives_the_one_of_before() -> None:
    """What is forgotten is the name, not whose it was."""
    ann, bob = Place(), Place(BOB, "b")
    bob.login("zoe")
    ann.meets(bob)
    bob.name = NodeName("b2")
    ann.meets(bob)
    ann.feed(MemberForgotten(NodeName("b")))
    assert ann.nicks == [("zoe", "b2")]
    ann.feed(MemberForgotten(NodeName("b2")))
    assert ann.nicks == []
