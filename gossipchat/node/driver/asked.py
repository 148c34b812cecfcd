"""
What is asked of others over the network, and what comes of it as an event.
"""

from collections.abc import Callable

from twisted.python.failure import Failure

from gossipchat.errors import Unreachable
from gossipchat.peer.events import Event
from gossipchat.swim import events as swim
from gossipchat.transport.transport import Transport
from gossipchat.wire.memberlist.messages import Message

Feed = Callable[[Event], None]


def open_stream(transport: Transport, effect: swim.OpenStream, feed: Feed) -> None:
    """``StreamAnswered`` or ``StreamFailed`` follows."""

    def answered(message: Message) -> None:
        feed(swim.StreamAnswered(effect.stream, message))

    def failed(failure: Failure) -> None:
        refused = isinstance(failure.value, Unreachable) and failure.value.refused
        feed(swim.StreamFailed(effect.stream, failure.getErrorMessage(), refused))

    opened = transport.open_stream(effect.to, effect.message, effect.timeout)
    opened.addCallbacks(answered, failed)


def prove(transport: Transport, effect: swim.ProveAddress, feed: Feed) -> None:
    """``AddressProven`` or ``AddressNotProven`` follows."""
    key, address = effect.key, effect.address

    def failed(failure: Failure) -> None:
        feed(swim.AddressNotProven(key, address, failure.getErrorMessage()))

    transport.prove(key, address).addCallbacks(
        lambda _: feed(swim.AddressProven(key, address)), failed
    )
