"""The cluster's keys: in the file first, then in the ring, or in neither."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed

from gossipchat.node.care.keys import KeyKeeper
from gossipchat.swim.events import KeyTask, KeyTaskDone
from gossipchat.wire.layers.keyring import KeyRing, format_key

OLD, NEW = bytes(16), bytes(range(16))


class Threads:
    """Runs what is given to a thread at once, or when it is told to."""

    def __init__(self, at_once: bool = True) -> None:
        self.at_once = at_once
        self.waiting: list[tuple[Callable[[], None], Deferred[None]]] = []

    def run(self, work: Callable[[], None]) -> "Deferred[None]":
        if self.at_once:
            work()
            return succeed(None)
        fires: Deferred[None] = Deferred()
        self.waiting.append((work, fires))
        return fires

    def go_on(self) -> None:
        work, fires = self.waiting.pop(0)
        work()
        fires.callback(None)


class Keys:
    """A keeper with a ring, a file and a note of each change."""

    def __init__(self, path: Path | None, at_once: bool = True) -> None:
        self.path = path
        self.ring = KeyRing([OLD])
        self.threads = Threads(at_once)
        self.changes = 0
        self.keeper = KeyKeeper(self.ring, path, self.threads.run, self._changed)
        self.done: list[KeyTaskDone] = []

    def _changed(self) -> None:
        self.changes += 1

    def ask(self, operation: str, key: bytes | None = None) -> None:
        self.keeper.carry_out(KeyTask(7, operation, key)).addCallback(self.done.append)

    @property
    def on_disk(self) -> Any:
        assert self.path is not None
        return json.loads(self.path.read_text(encoding="ascii"))


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keyring.json")


def test_a_key_is_kept_before_it_is_used(tmp_path: Path) -> None:
    """A node that used what it did not keep would be locked out at its next start."""
    keys = Keys(tmp_path / "keyring.json", at_once=False)
    keys.ask("install", NEW)
    assert (keys.ring.keys, keys.changes, keys.done) == ((OLD,), 0, [])
    keys.threads.go_on()
    assert (keys.ring.keys, keys.changes) == ((OLD, NEW), 1)
    (done,) = keys.done
    assert (done.task, done.ok, done.primary) == (7, True, format_key(OLD))
    assert done.keys == (format_key(OLD), format_key(NEW))


def test_one_task_waits_for_the_other(tmp_path: Path) -> None:
    """Two files written at once would keep the later one only."""
    keys = Keys(tmp_path / "keyring.json", at_once=False)
    keys.ask("install", NEW)
    keys.ask("use", NEW)
    idle: list[None] = []
    keys.keeper.idle().addCallback(idle.append)
    assert len(keys.threads.waiting) == 1
    keys.threads.go_on()
    keys.threads.go_on()
    assert keys.ring.primary == NEW
    assert keys.on_disk == [format_key(NEW), format_key(OLD)]
    assert idle == [None]


def test_a_rotation_ends_in_one_key(keys: Keys) -> None:
    """Install, use, remove: the file is nobody else's to read."""
    keys.ask("install", NEW)
    keys.ask("use", NEW)
    keys.ask("remove", OLD)
    assert [done.ok for done in keys.done] == [True] * 3
    assert keys.on_disk == [format_key(NEW)]
    assert keys.path is not None
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("operation", "key", "word"),
    [
        ("use", NEW, "install it first"),
        ("remove", OLD, "primary"),
        ("install", b"short", "16, 24 or 32"),
        ("install", None, "which key"),
        ("melt", NEW, "nothing to do"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    keys: Keys, operation: str, key: bytes | None, word: str
) -> None:
    """The answer names all keys there are all the same."""
    keys.ask(operation, key)
    (done,) = keys.done
    assert not done.ok
    assert word in done.message
    assert done.keys == (format_key(OLD),)
    assert (keys.ring.keys, keys.changes) == ((OLD,), 0)
    assert keys.path is not None and not keys.path.exists()


@pytest.mark.parametrize(
    ("operation", "key"), [("list", None), ("install", OLD), ("use", OLD)]
)
def test_what_is_so_already_writes_nothing(
    keys: Keys, operation: str, key: bytes | None
) -> None:
    """Serf asks every member, whatever it has."""
    keys.ask(operation, key)
    assert keys.done[0].ok
    assert keys.changes == 0
    assert keys.path is not None and not keys.path.exists()


def test_a_disk_that_takes_nothing_leaves_the_ring_as_it_is(tmp_path: Path) -> None:
    """And the sentence says which file."""
    keys = Keys(tmp_path / "no folder" / "keyring.json")
    keys.ask("install", NEW)
    (done,) = keys.done
    assert not done.ok
    assert "no folder/keyring.json: No such file" in done.message
    assert keys.ring.keys == (OLD,)


def test_keys_without_a_file_live_in_memory() -> None:
    """Those of a library."""
    keys = Keys(None)
    keys.ask("install", NEW)
    assert keys.ring.keys == (OLD, NEW)


def test_a_node_without_keys_says_so() -> None:
    """Whatever is asked."""
    done: list[KeyTaskDone] = []
    keeper = KeyKeeper(None, None, Threads().run, lambda: None)
    keeper.carry_out(KeyTask(3, "list", None)).addCallback(done.append)
    assert done == [KeyTaskDone(3, False, "this node has no key ring: its cluster is"
                                " not encrypted")]  # fmt: skip
    assert not keeper.has_keys


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    """An administrator's arrangement is not undone."""
    path = tmp_path / "keyring.json"
    path.symlink_to(tmp_path / "real.json")
    keys = Keys(path)
    keys.ask("install", NEW)
    assert path.is_symlink()
    assert keys.on_disk == [format_key(OLD), format_key(NEW)]
