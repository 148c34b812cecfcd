"""
`say ROOM -`: each line of standard input is said as it comes.
"""

import os
import select
import time
from collections import deque
from typing import Any

from gossipchat.cli.output import put_json
from gossipchat.errors import GossipChatError, Refused, TooFast
from gossipchat.faces.socket.client import Client
from gossipchat.faces.socket.client.connection import error_in

MAX_UNANSWERED = 256
"""Lines on their way at once. A node that is told much in a short time writes it in
batches, ten a second: waiting for each line would mean ten lines a second."""

MAX_LINE_BYTES = 64 * 1024
PIECE_BYTES = 65536


class Saying:
    """
    Says the lines of file descriptor *source* and prints an id for each, in order.

    Empty lines say nothing. What comes faster than the node takes it waits here. The
    first line that is refused for good ends it: nothing is read after it, and ids are
    printed for all that was said.

    Lines on their way at once are one *chain*: when the node refuses one as too fast,
    it refuses those behind it too, so nothing overtakes what is said again.
    """

    def __init__(
        self, client: Client, source: int, do: str, arguments: dict[str, Any]
    ) -> None:
        self._client = client
        self._source = source
        self._do = do
        self._arguments = arguments
        self._rest = b""
        self._lines: deque[tuple[int, str]] = deque()
        self._count = 0
        self._ended = False
        self._asked: deque[tuple[int, int, str]] = deque()
        self._answers: dict[int, dict[str, Any]] = {}
        self._refusal: GossipChatError | None = None
        self._chain = 0
        self._window = MAX_UNANSWERED
        self._again: list[tuple[int, str]] = []
        self._ready_at = 0.0

    def run(self) -> None:
        """Until the end of the input. Raises the first refusal, with its line."""
        while self._asked or self._lines or not self._ended:
            self._wait()
            self._say()
            self._print()
        if self._refusal is not None:
            raise self._refusal

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self._client, select.POLLIN)
        wants_more = not self._ended and not self._lines
        if wants_more:
            poll.register(self._source, select.POLLIN)
        ready = [descriptor for descriptor, _ in poll.poll(self._pause())]
        if self._client.fileno() in ready:
            for message in self._client.received():
                self._answers[message.get("id", 0)] = message
        if wants_more and self._source in ready:
            self._read()

    def _pause(self) -> float | None:
        """Milliseconds until a line may be sent though nothing else happens."""
        if not self._lines or self._asked:
            return None
        return max(0.0, self._ready_at - time.monotonic()) * 1000

    def _read(self) -> None:
        piece = os.read(self._source, PIECE_BYTES)
        *whole, self._rest = (self._rest + piece).split(b"\n")
        if not piece:
            self._ended = True
            whole, self._rest = [self._rest], b""
        for line in whole:
            self._count += 1
            text = line.decode("utf-8", "replace").rstrip("\r")
            if text:
                self._lines.append((self._count, text))
        if len(self._rest) > MAX_LINE_BYTES:
            self._stop(Refused(f"line {self._count + 1} is too long to be said"))

    def _say(self) -> None:
        if self._again or time.monotonic() < self._ready_at:
            return
        while self._lines and len(self._asked) < self._window:
            line, text = self._lines.popleft()
            number = self._client.send(
                self._do, text=text, chain=self._chain, **self._arguments
            )
            self._asked.append((number, line, text))

    def _print(self) -> None:
        while self._asked and self._asked[0][0] in self._answers:
            number, line, text = self._asked.popleft()
            message = self._answers.pop(number)
            if "error" not in message:
                put_json(message["ok"])
                self._window = min(self._window + 1, MAX_UNANSWERED)
            elif self._again:
                self._again.append((line, text))
            else:
                self._refused(line, text, error_in(message))
        if self._again and not self._asked:
            self._lines.extendleft(reversed(self._again))
            self._again = []
            self._chain += 1

    def _refused(self, line: int, text: str, problem: GossipChatError) -> None:
        if isinstance(problem, TooFast) and self._refusal is None:
            self._again = [(line, text)]
            self._window = 1
            self._ready_at = time.monotonic() + problem.retry_after
        else:
            whose = Refused if isinstance(problem, TooFast) else type(problem)
            self._stop(whose(f"line {line} was not said: {problem}"))

    def _stop(self, refusal: GossipChatError) -> None:
        self._refusal = self._refusal or refusal
        self._ended = True
        self._lines.clear()
