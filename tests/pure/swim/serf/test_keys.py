"""The cluster's keys: asked of all, counted, and changed by the shell."""

import pytest

from gossipchat.swim.events import (
    KeysAsked,
    KeysOutcome,
    KeyTask,
    KeyTaskDone,
)
from gossipchat.wire.serf.codec import encode_serf
from gossipchat.wire.serf.messages import (
    KeyResponse,
    QueryResponse,
)
from tests.pure.swim.builders import (
    BOB,
    EVE,
    of_kind,
    serf,
    serf_sent,
)
from tests.pure.swim.serf.asking import CAROL, asked, idle, outcome, respond


def test_keys_are_counted_over_all_answers() -> None:
    """Per key; the primary of most; problems by name."""
    node = idle(BOB, EVE, CAROL)
    query = asked(node, KeysAsked("k", "list"))
    (task,) = of_kind(node.effects, KeyTask)
    assert (task.operation, task.key) == ("list", None)
    node.feed(KeyTaskDone(task.task, True, "", ("new", "old"), "new"))
    for who, keys in ((BOB, ("new", "old")), (EVE, ("old",))):
        answer = KeyResponse(True, "", keys, keys[0])
        respond(node, query, who, encode_serf(answer))
    respond(node, query, CAROL, b"nonsense")
    assert outcome(node, "k") == KeysOutcome(
        "new", {"new": 2, "old": 3}, 4, 4, {CAROL: "its answer could not be read"}
    )


def test_keys_that_somebody_makes_up_do_not_fill_the_memory() -> None:
    """So many are counted, none that is too long, and of each problem the beginning."""
    names = [f"m{number}" for number in range(8)]
    node = idle(*names)
    query = asked(node, KeysAsked("k", "list"))
    for name in names:
        keys = (*(f"{name}-{number}" for number in range(200)), name * 40)
        answer = KeyResponse(False, "no" * 9999, keys, keys[-1])
        respond(node, query, name, encode_serf(answer))
    node.advance(60)
    found = outcome(node, "k")
    assert isinstance(found, KeysOutcome)
    assert len(found.keys) == 1024
    assert max(map(len, [*found.keys, *found.problems.values()])) <= 200
    assert found.primary == ""


@pytest.mark.parametrize("operation", ["install", "use", "remove"])
def test_a_key_is_changed_by_the_shell_and_answered_for(operation: str) -> None:
    """Whoever asks, the task is the same, and the answer says how it went."""
    asker = idle(BOB)
    query = asked(asker, KeysAsked("k", operation, bytes(16)))
    node = idle(BOB)
    (task,) = of_kind(node.hear(serf(query)), KeyTask)
    assert (task.operation, task.key) == (operation, bytes(16))
    effects = node.feed(KeyTaskDone(task.task, False, "the disk is full"))
    (response,) = serf_sent(effects, QueryResponse)
    answer = KeyResponse(False, "the disk is full", None, "")
    assert response.payload == encode_serf(answer)
    assert not node.feed(KeyTaskDone(task.task, True))


def test_a_list_of_many_keys_is_cut_to_what_serf_takes() -> None:
    """1024 bytes, and it is said."""
    node = idle(BOB)
    query = asked(idle(BOB), KeysAsked("k", "list"))
    (task,) = of_kind(node.hear(serf(query)), KeyTask)
    keys = tuple(f"{number:044}" for number in range(64))
    effects = node.feed(KeyTaskDone(task.task, True, "", keys, keys[0]))
    (response,) = serf_sent(effects, QueryResponse)
    assert 900 < len(encode_serf(response)) <= 1024
    assert b"of 64 keys" in (response.payload or b"")
