"""What `status` warns of: each thing once, for as long as it goes on."""

from gossipchat.names import Address, NodeName
from gossipchat.node.api import Trouble
from gossipchat.node.care.seeds import SeedAnswered, SeedSilent, SeedUnresolved
from gossipchat.node.care.troubles import MAX_TROUBLES, QUIET, Troubles
from gossipchat.node.care.upkeep import SaidMuch
from gossipchat.node.driver.journal import Undecodable
from gossipchat.swim.events import (
    Member,
    MemberChanged,
    MemberForgotten,
    Status,
    Warned,
    WarningOver,
)

BOB = NodeName("bob")
PLACE = Address("192.0.2.7", 7946)


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def seconds(self) -> float:
        return self.now


def changed(status: Status) -> MemberChanged:
    return MemberChanged(Member(BOB, PLACE, status, 1), Status.ALIVE)


def test_a_node_that_says_much_is_told_what_others_keep_of_it() -> None:
    """As long as it does."""
    troubles = Troubles(Watch().seconds)
    troubles.hear(SaidMuch(80 << 20, 64 << 20))
    (told,) = troubles.list()
    assert "80 MiB today: others keep the newest 64 MiB" in told.what
    troubles.hear(SaidMuch(0, 64 << 20))
    assert troubles.list() == ()


def test_a_warning_stands_until_it_is_over() -> None:
    """Said again it stands once, in its last words."""
    troubles = Troubles(Watch().seconds)
    troubles.hear(Warned(BOB, "its UDP is blocked", "udp"))
    troubles.hear(Warned(BOB, "its UDP is still blocked", "udp"))
    troubles.hear(Warned(BOB, "its clock is wrong", "clock"))
    assert troubles.list() == (
        Trouble(BOB, "its UDP is still blocked"),
        Trouble(BOB, "its clock is wrong"),
    )
    troubles.hear(WarningOver(BOB, "udp"))
    assert troubles.list() == (Trouble(BOB, "its clock is wrong"),)


def test_of_those_who_are_gone_nothing_is_said() -> None:
    """One who left, one who is forgotten; the dead may still need help."""
    troubles = Troubles(Watch().seconds)
    for end, left in (
        (changed(Status.DEAD), 1),
        (changed(Status.LEFT), 0),
        (MemberForgotten(BOB), 0),
    ):
        troubles.hear(Warned(BOB, "another key is shown for this name"))
        troubles.hear(end)
        assert len(troubles.list()) == left


def test_a_host_that_can_t_be_read_is_named_while_it_goes_on() -> None:
    """By host: each try of a node with another key comes from another port."""
    watch = Watch()
    troubles = Troubles(watch.seconds)
    for port in (1, 2, 3):
        source = Address("198.51.100.9", port)
        troubles.hear(Undecodable(source, "encryption: got another", key=True))
    (trouble,) = troubles.list()
    assert trouble.member is None
    assert "198.51.100.9" in trouble.what
    assert "key" in trouble.what
    watch.now += QUIET - 1
    assert troubles.list()
    watch.now += 2
    assert troubles.list() == ()


def test_the_disk_comes_first() -> None:
    """It is this node's own."""
    troubles = Troubles(Watch().seconds)
    troubles.hear(Warned(BOB, "x"))
    assert troubles.list("the disk is full")[0] == Trouble(None, "the disk is full")


def test_strangers_do_not_fill_the_memory() -> None:
    """Those of today make room for nobody, those of an hour ago do."""
    watch = Watch()
    troubles = Troubles(watch.seconds)
    for number in range(2 * MAX_TROUBLES):
        source = Address(f"198.51.{number >> 8}.{number & 255}", 1)
        troubles.hear(Undecodable(source, "x: y"))
        troubles.hear(Warned(NodeName(f"n{number}"), "x"))
    assert len(troubles.list()) == 2 * MAX_TROUBLES
    watch.now += QUIET + 1
    troubles.hear(Undecodable(PLACE, "x: y"))
    assert len(troubles.list()) == MAX_TROUBLES + 1


def test_a_seed_stands_there_until_it_answers() -> None:
    """With the last reason."""
    troubles = Troubles(Watch().seconds)
    troubles.hear(SeedUnresolved("chat.example:7946", "it has no address"))
    troubles.hear(SeedSilent("chat.example:7946", "it refused us: another key"))
    what = "the seed chat.example:7946 does not take us in: it refused us: another key"
    assert troubles.list() == (Trouble(None, what),)
    troubles.hear(SeedAnswered("chat.example:7946"))
    assert troubles.list() == ()
