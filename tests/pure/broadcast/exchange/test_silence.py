"""Links across a cut, from which the network takes nothing."""

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.events import Dial, EndLink, LinkSilent
from gossipchat.effects import Notify
from gossipchat.wire.ours.frames import Runs, Vector
from tests.pure.broadcast.builders import HERE, Machine, key, some_runs, tip

NEAR, OTHER = 110, 120  # both larger than ME, who therefore dials them


def linked_members() -> Machine:
    machine = Machine()
    machine.up(NEAR, OTHER)
    for link in (NEAR, OTHER):
        machine.open(link)
        machine.drain(link)
    machine.now += 60.0
    machine.effects.clear()
    return machine


def speak(machine: Machine) -> None:
    """A neighbour says something, which is due to the other one at once."""
    (run,) = some_runs(OTHER, 1)
    machine.hear_runs(OTHER, run)
    assert machine.sent(NEAR) == [Runs((run.encoded,))]
    assert tip(run)


def test_a_silent_link_with_full_buffers_is_cut_and_another_is_dialled() -> None:
    """What is in them would come beside what others are asked for by then."""
    machine = linked_members()
    speak(machine)
    effects = machine.feed(LinkSilent(NEAR))
    assert EndLink(NEAR, "silent") in effects
    assert Dial(key(NEAR), HERE) in effects
    assert Notify(happened.LinkDown(key(NEAR), "silent")) in effects


def test_a_silent_link_with_little_in_it_stays_until_another_is_there() -> None:
    """TCP repeats it as late as the cut was long; a dial is answered at once."""
    machine = linked_members()
    speak(machine)
    machine.drain(NEAR)
    assert machine.feed(LinkSilent(NEAR)) == [Dial(key(NEAR), HERE)]
    assert machine.feed(LinkSilent(NEAR)) == [Dial(key(NEAR), HERE)]
    assert machine.core.link_to(key(NEAR)) == NEAR
    machine.feed(happened.DialFailed(key(NEAR), "it timed out"))
    effects = machine.feed(happened.LinkOpened(1, key(NEAR), True))
    assert EndLink(NEAR, "replaced") in effects
    assert machine.core.link_to(key(NEAR)) == 1


def test_who_is_held_dead_is_dialled_while_its_link_is_silent() -> None:
    """A cut that kills nobody is seen to be over as soon as it is; not for ever."""
    machine = linked_members()
    machine.feed(happened.MemberDown(key(NEAR)))
    assert machine.feed(LinkSilent(NEAR)) == [Dial(key(NEAR), HERE)]
    machine.feed(happened.LinkEnded(NEAR, None))
    assert machine.feed(LinkSilent(NEAR)) == []


def test_who_leaves_dials_nobody() -> None:
    """Its links are ended anyway."""
    machine = linked_members()
    machine.feed(happened.LeaveAsked())
    assert machine.feed(LinkSilent(NEAR)) == []


def test_a_new_link_asks_for_what_the_cut_one_should_have_brought() -> None:
    """From the vector on: once, as after any cut."""
    machine = linked_members()
    speak(machine)
    machine.feed(LinkSilent(NEAR))
    machine.feed(happened.LinkOpened(1, key(NEAR), True))
    first = machine.sent(1)
    assert not any(isinstance(frame, Runs) for frame in first)
    assert any(isinstance(frame, Vector) and frame.holdings for frame in first)
