"""Names are looked up beside all else: a silent name service holds up nothing."""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Event, current_thread
from typing import Any, cast

from twisted.trial.unittest import SynchronousTestCase

from gossipchat.errors import UsageError
from gossipchat.names import Address
from gossipchat.transport.addresses.lookups import LookUps

PATIENCE_S = 30.0


class Calls:
    """What threads want to be called in the reactor's."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def callFromThread(self, call: Callable[..., None], *given: object) -> None:
        self._calls.put(lambda: call(*given))

    def take_one(self) -> None:
        self._calls.get(timeout=PATIENCE_S)()


class LookUpTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.calls = Calls()
        self.daemons: list[bool] = []
        self.known: dict[str, Sequence[str]] = {}

    def look_up(self, host: str, port: int) -> Sequence[str]:
        self.daemons.append(current_thread().daemon)
        if host not in self.known:
            raise RuntimeError if host == "odd" else OSError
        return self.known[host]

    def look_ups(self) -> LookUps:
        return LookUps(cast(Any, self.calls), self.look_up)

    def test_a_literal_needs_no_look_up(self) -> None:
        """At once."""
        found = self.successResultOf(self.look_ups().find("::ffff:10.0.0.1", 7))
        assert found == (Address("10.0.0.1", 7),)

    def test_addresses_come_in_order_and_once(self) -> None:
        """By a thread that does not outlive the process."""
        self.known["a"] = ["10.0.0.2", "10.0.0.1", "10.0.0.2"]
        found = self.look_ups().find("a", 7)
        self.assertNoResult(found)  # type: ignore[no-untyped-call]
        self.calls.take_one()
        both = (Address("10.0.0.2", 7), Address("10.0.0.1", 7))
        assert self.successResultOf(found) == both
        assert self.daemons == [True]

    def test_a_name_that_nobody_knows_is_a_sentence(self) -> None:
        """For people."""
        for name in ("b", "odd"):
            found = self.look_ups().find(name, 7)
            self.calls.take_one()
            failed = self.failureResultOf(found, UsageError)  # type: ignore[no-untyped-call]
            assert repr(name) in str(failed.value)

    def test_one_that_hangs_keeps_no_other_from_its_answer(self) -> None:
        """However many hang."""
        enough = Event()

        def hang(host: str, port: int) -> Sequence[str]:
            if host.startswith("slow"):
                enough.wait(PATIENCE_S)
                raise OSError
            return ["10.0.0.1"]

        look_ups = LookUps(cast(Any, self.calls), hang)
        slow = [look_ups.find(f"slow{number}", 1) for number in range(20)]
        quick = look_ups.find("quick", 1)
        self.calls.take_one()
        assert self.successResultOf(quick) == (Address("10.0.0.1", 1),)
        enough.set()
        for _ in slow:
            self.calls.take_one()
        for each in slow:
            self.failureResultOf(each, UsageError)  # type: ignore[no-untyped-call]
