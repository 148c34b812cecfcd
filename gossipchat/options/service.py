"""
The service that twistd runs: a node made of its options, not started.

twistd asks for it before it forks, so nothing here opens or binds anything.
"""

from twisted.application.service import IService

from gossipchat.errors import UsageError
from gossipchat.node.api import IChatNode
from gossipchat.options.command_line import Options


def makeService(options: Options) -> IService:
    """
    The node of *options*, not started.

    Raises SystemExit with the sentence when it would be refused anyway.
    """
    from twisted.internet import reactor

    from gossipchat.faces.socket.server import SocketFace
    from gossipchat.node.node import NodeService

    settings = options.settings
    try:
        settings.require_key()
    except UsageError as refusal:
        raise SystemExit(f"gossipchat: {refusal}") from None

    def socket_face(door: IChatNode) -> IService:
        return SocketFace(door, settings.socket, reactor)

    return NodeService(settings, reactor, [socket_face])
