"""
memberlist streams that we open: one message, one answer.
"""

from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IConnector
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from gossipchat.errors import DecodeError, PeerError, Unreachable
from gossipchat.names import Address
from gossipchat.transport.common import Common
from gossipchat.transport.connections import Outgoing, tune, why_unreachable
from gossipchat.wire.memberlist.messages import Err, Message

NO_ANSWER = (
    "closed the stream without an answer: see whether its label and keys are ours"
)


class Asking:
    """Asks others over streams."""

    def __init__(self, common: Common) -> None:
        self.layers = common.layers
        self.turns = common.turns
        self._reactor = common.reactor
        self._connections = common.connections
        self._questions: dict[Question, None] = {}
        self._stopped = False

    def ask(self, to: Address, message: Message, timeout: float) -> Deferred[Message]:
        """See ``Transport.open_stream``."""
        if self._stopped:
            return fail(Unreachable("this node has stopped"))
        question = Question(self, to, timeout)
        self._questions[question] = None
        self._connections.opened(question)
        encoded = self.layers.encode_stream(message, answer=False)
        encoded.addCallback(lambda data: self._dial(question, data, timeout))
        encoded.addErrback(question.not_sent)
        return question.answered

    def stop(self) -> None:
        """Fail all that is asked."""
        self._stopped = True
        for question in list(self._questions):
            question.fail(Failure(Unreachable("this node has stopped")))

    def gone(self, question: "Question") -> None:
        self._questions.pop(question, None)
        self._connections.closed(question)

    def _dial(self, question: "Question", data: bytes, timeout: float) -> None:
        if question.settled:  # it took too long to encode
            self.gone(question)
            return
        question.data = data
        question.connector = self._reactor.connectTCP(
            question.to.host,
            question.to.port,
            Outgoing(question, question.not_connected),
            timeout=2 * timeout,  # the question's own comes first
        )


class Question(Protocol):
    """One message to one member, and its answer."""

    transport: Any

    def __init__(self, asking: Asking, to: Address, timeout: float) -> None:
        self.to = to
        self.answered: Deferred[Message] = Deferred()
        self.settled = False
        self.data = b""
        self.connector: IConnector | None = None
        self._asking = asking
        self._received = 0
        self._reader = asking.layers.stream_reader(answering=True)
        self._whole = False
        self._cancel = asking.turns.later(timeout, self._too_slow)
        self._timeout = timeout

    def connectionMade(self) -> None:
        tune(self.transport)
        self.transport.write(self.data)
        self.data = b""

    def dataReceived(self, data: bytes) -> None:
        if self._whole or self.settled:
            return
        self._received += len(data)
        try:
            self._whole = self._reader.feed(data)
        except DecodeError:
            self.fail(Failure())
            return
        if self._whole:
            self.transport.loseConnection()
            heavy_bytes = self._received if self._reader.heavy else 0
            finished = self._asking.layers.finish(self._reader.finish, heavy_bytes)
            finished.addCallbacks(self._succeed, self.fail)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self._whole:
            self.fail(Failure(Unreachable(f"{self.to} {NO_ANSWER}")))
        self._asking.gone(self)

    def not_connected(self, reason: Failure) -> None:
        """Nobody was there."""
        self.not_sent(Failure(why_unreachable(self.to, reason)))

    def not_sent(self, failure: Failure) -> None:
        """There never was a connection."""
        self.fail(failure)
        self._asking.gone(self)

    def fail(self, failure: Failure) -> None:
        """Fail once, and cut the connection."""
        if not self.settled:
            self.settled = True
            self._cancel()
            self.abort()
            self.answered.errback(failure)

    def abort(self) -> None:
        """Cut it now."""
        if self.transport is not None:
            self.transport.abortConnection()
        elif self.connector is not None:
            self.connector.disconnect()

    def _succeed(self, message: Message) -> None:
        if isinstance(message, Err):
            said = message.error[:200]
            self.fail(Failure(PeerError(f"{self.to} refused the stream: {said}")))
        elif not self.settled:
            self.settled = True
            self._cancel()
            self.answered.callback(message)

    def _too_slow(self) -> None:
        verb = "reachable" if self.transport is None else "answering"
        why = f"{self.to} was not {verb} within {self._timeout:g} s"
        self.fail(Failure(Unreachable(why)))
