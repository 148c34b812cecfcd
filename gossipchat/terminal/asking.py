"""
What was asked of the node, and what its answers become: lines to be shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gossipchat.faces.socket.client.show import plain

Message = dict[str, Any]
Hears = Callable[[Message], list[str]]
"""What an item or an answer becomes."""


class Asks(Protocol):
    """What sends a request to the node, and says under which number."""

    def send(self, do: str, **arguments: object) -> int:
        """See ``Client``."""


@dataclass(frozen=True)
class Request:
    """A request under way: who hears its items, and who its end."""

    item: Hears
    end: Hears
    endless: bool = False


class Asking:
    """The requests of one conversation."""

    def __init__(self, node: Asks) -> None:
        self._node = node
        self._open: dict[int, Request] = {}

    @property
    def unanswered(self) -> int:
        """How many requests are under way, those apart that never end."""
        return sum(not request.endless for request in self._open.values())

    def ask(
        self, do: str, problem: str, then: Hears | None = None, **arguments: object
    ) -> list[str]:
        """Ask; *then* gets the answer. If the node declines, *problem* is told."""

        def end(message: Message) -> list[str]:
            if then is None or "error" in message:
                return []
            return then(message.get("ok", {}))

        self._send(do, Request(_nothing, _or_problem(problem, end)), arguments)
        return []

    def follow(self, do: str, item: Hears, **arguments: object) -> None:
        """*item* gets what comes, for ever."""
        self._send(do, Request(item, _nothing, endless=True), arguments)

    def fetch(
        self, do: str, problem: str, item: Hears, end: Hears, **arguments: object
    ) -> int:
        """*item* gets what there is; *end* comes after the last, or after *problem*."""
        return self._send(do, Request(item, _or_problem(problem, end)), arguments)

    def drop(self, number: int) -> None:
        """Nobody wants to hear of that request any more."""
        self._open.pop(number, None)

    def heard(self, message: Message) -> list[str]:
        """What is to be shown now that the node has sent *message*."""
        number = message.get("id", 0)
        request = self._open.get(number)
        if request is None:
            return []
        if "item" in message:
            return request.item(message["item"])
        if not request.endless:
            self.drop(number)
        return request.end(message)

    def _send(self, do: str, request: Request, arguments: dict[str, object]) -> int:
        number = self._node.send(do, **arguments)
        self._open[number] = request
        return number


def _nothing(_: Message) -> list[str]:
    return []


def _or_problem(problem: str, end: Hears) -> Hears:
    """*end*, after *problem* and the node's reason if it declined."""

    def told(message: Message) -> list[str]:
        if "error" not in message:
            return end(message)
        reason = plain(message["error"]["text"])
        return [f"-- {plain(problem)} ({reason})", *end(message)]

    return told
