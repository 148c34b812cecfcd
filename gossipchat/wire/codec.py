"""
memberlist's messages: a type byte, then one struct.

Push/pulls, which have more to them, are in ``push_pull``. Field names and their
order in each row are Go's; what the messages mean stands in ``messages``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import Address, NodeName
from gossipchat.wire.fields import (
    U16,
    U32,
    Fields,
    address,
    blob,
    blob_or_nil,
    flag,
    name,
    number,
    pack,
    raw,
    raw_host,
    raw_name,
    text,
    uint,
    unpack,
)
from gossipchat.wire.messages import (
    MAX_META_BYTES,
    Ack,
    Alive,
    Dead,
    Err,
    IndirectPing,
    Message,
    Nack,
    Ping,
    Suspect,
    User,
    Vsn,
)

USER = 8


def encode(message: Message) -> bytes:
    """
    *message* as its type byte and body.

    Raises UsageError when a peer could not read it or would come to harm, and
    for a PushPull, which is no single body.
    """
    if type(message) is User:
        if not message.body:
            raise UsageError("a user message needs a body")
        return bytes([USER]) + message.body
    form = _FORM_OF.get(type(message))
    if form is None:
        raise UsageError(f"{type(message).__name__} is not sent by itself")
    return form.kind + pack(form.write(message))


def decode(body: bytes) -> Message:
    """The message in *body*, its type byte first. Raises DecodeError."""
    if not body:
        raise DecodeError("message", body, "a type byte")
    if body[0] == USER:
        if len(body) == 1:
            raise DecodeError("user message", body, "a body")
        return User(body[1:])
    form = _FORMS.get(body[0])
    if form is None:
        raise DecodeError("type byte", body[0], f"one of {[*_FORMS, USER]}")
    return form.read(unpack(body[1:], form.order))


def read_vsn(fields: Fields) -> Vsn:
    """
    The six version bytes. Raises DecodeError for any other number of them.

    A shorter Vsn ends the process of a memberlist up to 0.6.0, so it must neither
    be believed nor passed on.
    """
    value = fields.get(b"Vsn")
    if type(value) is list and all(type(n) is int and 0 <= n < 256 for n in value):
        value = bytes(value)
    if type(value) is bytes and len(value) == 6:
        a, b, c, d, e, f = value
        return a, b, c, d, e, f
    raise DecodeError("Vsn", value, "6 bytes")


def read_meta(fields: Fields) -> bytes:
    meta = blob(fields, b"Meta")
    if len(meta) > MAX_META_BYTES:
        raise DecodeError("Meta", meta, f"at most {MAX_META_BYTES} bytes")
    return meta


def read_member(fields: Fields, key: bytes) -> NodeName:
    """The name of the member that a claim is about: never empty."""
    member = name(fields, key)
    if not member:
        raise DecodeError(key.decode(), member, "a name")
    return member


def write_member(where: str, member: str) -> bytes:
    if not member:
        raise UsageError(f"{where} needs a name")
    return raw_name(member)


def write_vsn(vsn: Vsn) -> bytes:
    if len(vsn) != 6 or not all(0 <= version < 256 for version in vsn):
        raise UsageError(f"Vsn = {vsn}, but it has six numbers in 0..255")
    return bytes(vsn)


def write_meta(meta: bytes) -> bytes | None:
    """Go has nil for a member without tags, and so have we."""
    if len(meta) > MAX_META_BYTES:
        raise UsageError(f"Meta has {len(meta)} bytes, {MAX_META_BYTES} at most")
    return meta or None


class _Form(NamedTuple):
    kind: bytes
    message: type
    order: tuple[bytes, ...]
    write: Callable[[Any], dict[str, object]]
    read: Callable[[Fields], Message]


def _read_source(fields: Fields) -> Address | None:
    if not fields.get(b"SourceAddr") or not fields.get(b"SourcePort"):
        return None
    return address(fields, b"SourceAddr", b"SourcePort")


def _write_source(message: Ping | IndirectPing) -> dict[str, object]:
    """Who asks. Left out where empty, as Go does for these three alone."""
    fields: dict[str, object] = {}
    if message.source is not None:
        fields["SourceAddr"] = raw_host(message.source.host)
        if message.source.port:
            fields["SourcePort"] = number("SourcePort", message.source.port, U16)
    if message.source_node:
        fields["SourceNode"] = raw_name(message.source_node)
    return fields


def _write_ping(ping: Ping) -> dict[str, object]:
    return {
        "SeqNo": number("SeqNo", ping.seq_no, U32),
        "Node": raw_name(ping.node),
        **_write_source(ping),
    }


def _read_ping(fields: Fields) -> Ping:
    return Ping(
        uint(fields, b"SeqNo", U32),
        name(fields, b"Node"),
        _read_source(fields),
        name(fields, b"SourceNode"),
    )


def _write_indirect_ping(ping: IndirectPing) -> dict[str, object]:
    return {
        "SeqNo": number("SeqNo", ping.seq_no, U32),
        "Target": raw_host(ping.target.host),
        "Port": number("Port", ping.target.port, U16),
        "Node": raw_name(ping.node),
        "Nack": ping.nack,
        **_write_source(ping),
    }


def _read_indirect_ping(fields: Fields) -> IndirectPing:
    return IndirectPing(
        uint(fields, b"SeqNo", U32),
        address(fields, b"Target", b"Port"),
        name(fields, b"Node"),
        flag(fields, b"Nack"),
        _read_source(fields),
        name(fields, b"SourceNode"),
    )


def _write_ack(ack: Ack) -> dict[str, object]:
    return {"SeqNo": number("SeqNo", ack.seq_no, U32), "Payload": ack.payload}


def _read_ack(fields: Fields) -> Ack:
    return Ack(uint(fields, b"SeqNo", U32), blob_or_nil(fields, b"Payload"))


def _write_nack(nack: Nack) -> dict[str, object]:
    return {"SeqNo": number("SeqNo", nack.seq_no, U32)}


def _read_nack(fields: Fields) -> Nack:
    return Nack(uint(fields, b"SeqNo", U32))


def _write_verdict(verdict: Suspect | Dead) -> dict[str, object]:
    return {
        "Incarnation": number("Incarnation", verdict.incarnation, U32),
        "Node": write_member("Node", verdict.node),
        "From": raw_name(verdict.accuser),
    }


def _read_verdict(fields: Fields) -> tuple[int, NodeName, NodeName]:
    return (
        uint(fields, b"Incarnation", U32),
        read_member(fields, b"Node"),
        name(fields, b"From"),
    )


def _write_alive(alive: Alive) -> dict[str, object]:
    return {
        "Incarnation": number("Incarnation", alive.incarnation, U32),
        "Node": write_member("Node", alive.node),
        "Addr": raw_host(alive.address.host),
        "Port": number("Port", alive.address.port, U16),
        "Meta": write_meta(alive.meta),
        "Vsn": write_vsn(alive.vsn),
    }


def _read_alive(fields: Fields) -> Alive:
    return Alive(
        uint(fields, b"Incarnation", U32),
        read_member(fields, b"Node"),
        address(fields, b"Addr", b"Port"),
        read_meta(fields),
        read_vsn(fields),
    )


def _write_err(err: Err) -> dict[str, object]:
    return {"Error": raw(err.error)}


def _form(
    kind: int,
    message: type,
    order: str,
    write: Callable[[Any], dict[str, object]],
    read: Callable[[Fields], Message],
) -> _Form:
    return _Form(bytes([kind]), message, tuple(order.encode().split()), write, read)


_ROWS = (
    _form(
        0,
        Ping,
        "SeqNo Node SourceAddr SourcePort SourceNode",
        _write_ping,
        _read_ping,
    ),
    _form(
        1,
        IndirectPing,
        "SeqNo Target Port Node Nack SourceAddr SourcePort SourceNode",
        _write_indirect_ping,
        _read_indirect_ping,
    ),
    _form(2, Ack, "SeqNo Payload", _write_ack, _read_ack),
    _form(
        3,
        Suspect,
        "Incarnation Node From",
        _write_verdict,
        lambda fields: Suspect(*_read_verdict(fields)),
    ),
    _form(
        4,
        Alive,
        "Incarnation Node Addr Port Meta Vsn",
        _write_alive,
        _read_alive,
    ),
    _form(
        5,
        Dead,
        "Incarnation Node From",
        _write_verdict,
        lambda fields: Dead(*_read_verdict(fields)),
    ),
    _form(11, Nack, "SeqNo", _write_nack, _read_nack),
    _form(13, Err, "Error", _write_err, lambda fields: Err(text(fields, b"Error"))),
)
_FORMS = {row.kind[0]: row for row in _ROWS}
_FORM_OF = {row.message: row for row in _ROWS}
