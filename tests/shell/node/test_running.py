"""A member's end: what can't be closed keeps nothing else open."""

from pathlib import Path
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gossipchat.node.running import Running
from gossipchat.node.settings import NodeSettings


class EndTests(SynchronousTestCase):
    def test_all_is_closed_though_something_fails(self) -> None:
        """Its folder is gone, say: the port is free and the store closed then."""
        nowhere = NodeSettings(data=Path("/nonexistent"))
        running = Running(nowhere, cast(Any, Clock()), print, print)
        closed: list[str] = []

        def fail() -> None:
            raise FileNotFoundError

        running._open = [lambda: closed.append("port"), fail]
        self.successResultOf(Deferred.fromCoroutine(running.close()))
        assert closed == ["port"]
        logged = self.flushLoggedErrors(FileNotFoundError)  # type: ignore[no-untyped-call]
        assert len(logged) == 1
