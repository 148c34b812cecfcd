"""
Push/pull: all members and Serf's state, swapped over a stream.

``06 | {Nodes, UserStateLen, Join} | Nodes x member | UserStateLen raw bytes``

The state is not wrapped in anything, and what comes behind it is ignored.
"""

from contextlib import suppress
from functools import lru_cache

from gossipchat.errors import DecodeError, UsageError
from gossipchat.wire.cursor import Cursor
from gossipchat.wire.fields import (
    I64,
    U16,
    U32,
    Fields,
    address,
    flag,
    number,
    pack,
    raw_host,
    uint,
    unpack,
)
from gossipchat.wire.limits import MAX_NODE_BYTES, MAX_NODES, MAX_USER_STATE_BYTES
from gossipchat.wire.memberlist.member_fields import (
    read_member,
    read_meta,
    read_vsn,
    write_member,
    write_meta,
    write_vsn,
)
from gossipchat.wire.memberlist.messages import NodeState, PushPull, State

PUSH_PULL = 6

ROWS_KEPT = 4096
"""Members of which the row is kept, written and read: the same come with each
push/pull. A row has 100 to 700 bytes."""

NODE_ORDER = (b"Name", b"Addr", b"Port", b"Meta", b"Incarnation", b"State", b"Vsn")


def encode_push_pull(message: PushPull) -> bytes:
    """The message with its type byte. Raises UsageError above the limits."""
    if len(message.nodes) > MAX_NODES:
        raise UsageError(f"{len(message.nodes)} members, {MAX_NODES} at most")
    if len(message.user_state) > MAX_USER_STATE_BYTES:
        raise UsageError(f"a user state of {len(message.user_state)} bytes is too long")
    header = {
        "Nodes": len(message.nodes),
        "UserStateLen": len(message.user_state),
        "Join": message.join,
    }
    return b"".join(
        (
            bytes([PUSH_PULL]),
            pack(header),
            *map(_write_node, message.nodes),
            message.user_state,
        )
    )


def decode_push_pull(body: bytes) -> PushPull:
    """
    The message in *body*, its type byte first.

    A malformed member is left out and counted. Raises DecodeError when the whole
    can't be read.
    """
    cursor = Cursor(body, start=1)
    count, state_bytes, join = read_header(cursor.struct("push/pull header"))
    nodes = []
    for _ in range(count):
        entry = cursor.piece("member")
        with suppress(DecodeError):
            nodes.append(_read_node(entry))
    end = cursor.offset + state_bytes
    if len(body) < end:
        missing = end - len(body)
        raise DecodeError("user state", "the end of the body", f"{missing} bytes more")
    state = body[cursor.offset : end]
    return PushPull(join, tuple(nodes), state, count - len(nodes))


def read_header(header: Fields) -> tuple[int, int, bool]:
    """How many members and bytes of state follow, and whether this is a join."""
    nodes = uint(header, b"Nodes", I64)
    state_bytes = uint(header, b"UserStateLen", I64)
    if nodes > MAX_NODES:
        raise DecodeError("Nodes", nodes, f"at most {MAX_NODES}")
    if state_bytes > MAX_USER_STATE_BYTES:
        raise DecodeError("UserStateLen", state_bytes, "20 MiB at most")
    return nodes, state_bytes, flag(header, b"Join")


@lru_cache(ROWS_KEPT)
def _write_node(node: NodeState) -> bytes:
    return pack(
        {
            "Name": write_member("Name", node.name),
            "Addr": raw_host(node.address.host),
            "Port": number("Port", node.address.port, U16),
            "Meta": write_meta(node.meta),
            "Incarnation": number("Incarnation", node.incarnation, U32),
            "State": int(node.state),
            "Vsn": write_vsn(node.vsn),
        }
    )


def _read_node(entry: bytes) -> NodeState:
    if len(entry) > MAX_NODE_BYTES:
        raise DecodeError("member", f"{len(entry)} bytes", f"{MAX_NODE_BYTES} at most")
    return _read_row(entry)


@lru_cache(ROWS_KEPT)
def _read_row(entry: bytes) -> NodeState:
    fields = unpack(entry, NODE_ORDER)
    return NodeState(
        name=read_member(fields, b"Name"),
        address=address(fields, b"Addr", b"Port"),
        meta=read_meta(fields),
        incarnation=uint(fields, b"Incarnation", U32),
        state=State(uint(fields, b"State", max(State))),
        vsn=read_vsn(fields),
    )
