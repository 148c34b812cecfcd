"""
The service that twistd runs: a node made of its options, not started.

twistd asks for it before it forks, so nothing here opens or binds anything.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from twisted.application.service import IService

from gossipchat.errors import UsageError
from gossipchat.options.command_line import Options

if TYPE_CHECKING:
    from gossipchat.node.api import IChatNode


def makeService(options: Options) -> IService:
    """
    The node of *options*, not started.

    Raises SystemExit with the sentence when it would be refused anyway.
    """
    with imported_for_good():
        from twisted.internet import reactor

        from gossipchat.faces.socket.server import SocketFace
        from gossipchat.node.node import NodeService
        from gossipchat.node.steady import forward, go_by

    go_by(forward(), reactor)
    settings = options.settings
    try:
        settings.require_key()
    except UsageError as refusal:
        raise SystemExit(f"gossipchat: {refusal}") from None

    def socket_face(door: "IChatNode") -> IService:
        return SocketFace(door, settings.socket, reactor)

    return NodeService(settings, reactor, [socket_face])


@contextmanager
def imported_for_good() -> Iterator[None]:
    """
    What is made meanwhile stays as long as the process, so nobody looks through it for
    garbage: neither now, which is a tenth of what a start costs, nor in each of the
    collections to come, which stop the whole node.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
