"""
The cluster's keys as this node holds them: in memory for all who seal and open,
and in the key ring file, which is what the next start reads.

The file comes first: a key that is used but not kept would lock the node out of its
cluster at its next start.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock

from gossipchat.errors import UsageError
from gossipchat.node.home import write_secret
from gossipchat.swim.events import KeyTask, KeyTaskDone
from gossipchat.wire.layers.keyring import KeyRing, format_key, format_keyring_file

NO_KEYS = "this node has no key ring: its cluster is not encrypted"

InThread = Callable[[Callable[[], None]], Deferred[Any]]


class KeyKeeper:
    """
    Carries out what is to become of the keys, one task after the other.

    Args:
        keyring: shared with all who seal and open; None: there are no keys.
        path: the key ring file; None: the keys live in memory only.
        in_thread: runs a function that blocks.
        changed: is told when the ring is another.
    """

    def __init__(
        self,
        keyring: KeyRing | None,
        path: Path | None,
        in_thread: InThread,
        changed: Callable[[], None],
    ) -> None:
        self._keyring = keyring
        self._path = path
        self._in_thread = in_thread
        self._changed = changed
        self._turn = DeferredLock()

    @property
    def has_keys(self) -> bool:
        """Whether there is a ring."""
        return self._keyring is not None

    def carry_out(self, task: KeyTask) -> Deferred[KeyTaskDone]:
        """Fires with how it went, from when on the keys are changed and on disk."""
        return self._turn.run(lambda: Deferred.fromCoroutine(self._carry_out(task)))

    def idle(self) -> Deferred[None]:
        """Fires when no file is being written."""
        return self._turn.run(lambda: None)

    async def _carry_out(self, task: KeyTask) -> KeyTaskDone:
        ring = self._keyring
        if ring is None:
            return KeyTaskDone(task.task, False, NO_KEYS)
        try:
            wanted = KeyRing(ring.keys)
            _change(wanted, task)
            if wanted.keys != ring.keys:
                await self._keep(wanted.keys)
                _change(ring, task)
                self._changed()
        except UsageError as mistake:
            return self._done(task, ring, str(mistake))
        except OSError as problem:
            why = f"can't write the key ring {self._path}: {problem.strerror}"
            return self._done(task, ring, why)
        return self._done(task, ring)

    async def _keep(self, keys: tuple[bytes, ...]) -> None:
        if self._path is not None:
            text = format_keyring_file(keys)
            # where a link leads to, the file is replaced, not the link
            await self._in_thread(partial(_write, self._path, text))

    @staticmethod
    def _done(task: KeyTask, ring: KeyRing, problem: str = "") -> KeyTaskDone:
        keys = tuple(map(format_key, ring.keys))
        return KeyTaskDone(task.task, not problem, problem, keys, keys[0])


def _write(path: Path, text: str) -> None:
    write_secret(path.resolve(), text)


def _change(ring: KeyRing, task: KeyTask) -> None:
    """Do *task* to *ring*. Raises UsageError with what stands against it."""
    if task.operation == "list":
        return
    if task.key is None:
        raise UsageError(f"{task.operation}: which key?")
    match task.operation:
        case "install":
            ring.install(task.key)
        case "use":
            ring.use(task.key)
        case "remove":
            ring.remove(task.key)
        case _:
            raise UsageError(f"{task.operation!r} is nothing to do with keys")
