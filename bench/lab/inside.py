"""Connections made in another network namespace."""

import ctypes
import socket
import threading
from pathlib import Path

CLONE_NEWNET = 0x40000000


def connected_inside(namespace: str, where: tuple[str, int]) -> socket.socket:
    """
    A TCP connection made in *namespace*; it works from here, too. OSError if none.

    A socket belongs to the namespace of the thread that makes it, so one is sent there.
    """
    found: list[socket.socket | OSError] = []

    def connect() -> None:
        try:
            with Path(f"/var/run/netns/{namespace}").open("rb") as there:
                if ctypes.CDLL(None, use_errno=True).setns(
                    there.fileno(), CLONE_NEWNET
                ):
                    raise OSError(ctypes.get_errno(), "setns")
            found.append(socket.create_connection(where, timeout=5))
        except OSError as problem:
            found.append(problem)

    thread = threading.Thread(target=connect)
    thread.start()
    thread.join()
    if isinstance(found[0], OSError):
        raise found[0]
    found[0].settimeout(None)
    return found[0]
