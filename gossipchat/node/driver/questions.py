"""
What has been asked of swim and is not answered yet.
"""

from collections.abc import Callable, Hashable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from gossipchat.chat.events import ReceiptAsked
from gossipchat.errors import Refused
from gossipchat.swim.events import (
    Answered,
    Declined,
    EventAsked,
    KeysAsked,
    QueryAsked,
    QueryHeard,
    QueryReply,
    ReachabilityAsked,
    RttAsked,
    TagsAsked,
)

log = Logger()

Heard = Callable[[QueryReply], None]

Request = (
    EventAsked
    | QueryAsked
    | KeysAsked
    | TagsAsked
    | ReachabilityAsked
    | RttAsked
    | ReceiptAsked
)
"""What is asked of the peer and answered once."""


class Questions:
    """Those who wait for an outcome, by the *ask* that it will carry."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, tuple[Deferred[Any], Heard | None]] = {}

    def begin(self, ask: Hashable, heard: Heard | None = None) -> Deferred[Any]:
        """
        Fires with the outcome of *ask*; fails with Refused and why there is none.

        *heard* is called with each reply that comes before.
        """
        fires: Deferred[Any] = Deferred()
        self._waiting[ask] = fires, heard
        return fires

    def take(self, answer: Answered | Declined | QueryHeard) -> None:
        """Hand *answer* to whoever asked; what nobody waits for is nothing."""
        if answer.ask not in self._waiting:
            return
        match answer:
            case QueryHeard(ask, reply):
                self._reply(ask, reply)
            case Answered(ask, outcome):
                self._waiting.pop(ask)[0].callback(outcome)
            case Declined(ask, why):
                self._waiting.pop(ask)[0].errback(Refused(why))

    def _reply(self, ask: Hashable, reply: QueryReply) -> None:
        fires, heard = self._waiting[ask]
        if heard is None:
            return
        try:
            heard(reply)
        except Exception:
            self._waiting[ask] = fires, None
            log.failure("whoever asked raised at an answer and hears no more")

    def stop(self) -> None:
        """Nobody will be answered any more."""
        waiting, self._waiting = self._waiting, {}
        for fires, _ in waiting.values():
            fires.errback(Refused("the node is stopping: this was not answered"))
