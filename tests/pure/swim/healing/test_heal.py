"""After contact: one push/pull shows who differs, and those are named."""

from gossipchat.swim.events import (
    LinkMade,
    OpenStream,
    SendOverLinks,
    StreamAnswered,
    WantLink,
)
from gossipchat.wire.memberlist.messages import (
    PushPull,
    State,
)
from gossipchat.wire.ours.membership_frames import (
    Heal,
)
from tests.pure.swim.builders import (
    BOB,
    DEAD,
    ME,
    address_of,
    alive,
    of_kind,
    proven,
)
from tests.pure.swim.healing.builders import (
    BOBS_KEY,
    frames,
    greeted,
    heals_of,
    listed,
)


def test_the_push_pull_lists_the_living_alone() -> None:
    """And a link to who answered is made meanwhile."""
    _, effects = greeted()
    opened = of_kind(effects, OpenStream)[0]
    assert isinstance(opened.message, PushPull)
    names = {node.name for node in opened.message.nodes}
    assert names == {ME, "anna", "carl", "dora"}
    assert of_kind(effects, WantLink) == [WantLink(BOBS_KEY, address_of(BOB))]


def test_who_differs_is_named_to_all() -> None:
    """Dead here or there, with the incarnation to beat; who is dead to both is not."""
    node, effects = greeted()
    stream = of_kind(effects, OpenStream)[0].stream
    theirs = PushPull(
        False,
        (
            listed(BOB, State.ALIVE),
            listed("anna", State.DEAD, 3),
            listed("carl", State.ALIVE),
            listed("emil", State.DEAD),
        ),
    )
    effects = node.feed(StreamAnswered(stream, theirs))
    heal = next(f for f in frames(effects) if isinstance(f, Heal))
    assert dict(heal.named) == {BOB: 1, "anna": 3, "dora": 1}
    assert node.status("anna") is not DEAD
    owed = of_kind(node.feed(LinkMade(BOBS_KEY)), SendOverLinks)
    assert owed[0] == SendOverLinks(heal, (BOBS_KEY,))


def test_who_has_risen_already_is_to_beat_what_the_dead_one_is_held_at() -> None:
    """It need not rise again: saying once more how it lives is enough."""
    node, effects = greeted()
    stream = of_kind(effects, OpenStream)[0].stream
    node.hear(alive("anna", 7, meta=proven("anna")))
    living = (listed("carl", State.ALIVE), listed("dora", State.ALIVE))
    theirs = (listed(BOB, State.ALIVE, 5), listed("anna", State.DEAD, 3), *living)
    (heal,) = heals_of(node.feed(StreamAnswered(stream, PushPull(False, theirs))))
    assert dict(heal.named) == {BOB: 1, "anna": 3}


def test_an_absurd_incarnation_is_not_passed_on() -> None:
    """Its owner would leave the HEAL alone as a leap."""
    node, effects = greeted()
    stream = of_kind(effects, OpenStream)[0].stream
    living = (listed("carl", State.ALIVE), listed("dora", State.ALIVE))
    theirs = (listed(BOB, State.ALIVE), listed("anna", State.DEAD, 2**32 - 1), *living)
    (heal,) = heals_of(node.feed(StreamAnswered(stream, PushPull(False, theirs))))
    assert dict(heal.named) == {BOB: 1}


def test_nothing_differs_nothing_is_said() -> None:
    """Bob had merely slept."""
    node, effects = greeted()
    stream = of_kind(effects, OpenStream)[0].stream
    alike = [listed(name, State.ALIVE) for name in ("anna", "carl", "dora")]
    node.hear(alive(BOB, 2, meta=proven(BOB)))
    theirs = PushPull(False, (listed(BOB, State.ALIVE, 2), *alike))
    effects = node.feed(StreamAnswered(stream, theirs))
    assert not [frame for frame in frames(effects) if isinstance(frame, Heal)]
