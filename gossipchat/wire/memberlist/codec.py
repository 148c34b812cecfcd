"""
memberlist's messages: a type byte, then one struct.

Push/pulls, which have more to them, are in ``push_pull``. Field names and their
order in each row are Go's; what the messages mean stands in ``messages``.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import Address, NodeName
from gossipchat.wire.fields import (
    U16,
    U32,
    Fields,
    address,
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
from gossipchat.wire.memberlist.member_fields import (
    read_member,
    read_meta,
    read_vsn,
    write_member,
    write_meta,
    write_vsn,
)
from gossipchat.wire.memberlist.messages import (
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
)
from gossipchat.wire.ours.datagram_codec import (
    UNUSED_SEQ_NO,
    is_own,
    read_own,
    write_own,
)
from gossipchat.wire.ours.datagrams import Own

USER = 8

CLAIMS = (Suspect, Alive, Dead)
CLAIM_TYPES = b"\x03\x04\x05"

CLAIMS_KEPT = 1024
"""Claims that are kept as they were read and written last: each comes several times,
and is told several times."""
MAX_KEPT_BYTES = 1024
"""Of a claim that is kept: a name and tags may have 512 each, and hardly ever do."""


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
    if type(message) in CLAIMS:
        return _written(message)
    return _write(message)


def _write(message: Message) -> bytes:
    form = _FORM_OF.get(type(message))
    if form is None:
        raise UsageError(f"{type(message).__name__} is not sent by itself")
    return form.kind + pack(form.write(message))


_written = lru_cache(CLAIMS_KEPT)(_write)


def decode(body: bytes) -> Message:
    """The message in *body*, its type byte first. Raises DecodeError."""
    if not body:
        raise DecodeError("message", body, "a type byte")
    if body[0] == USER:
        if len(body) == 1:
            raise DecodeError("user message", body, "a body")
        return User(body[1:])
    if body[0] in CLAIM_TYPES and len(body) <= MAX_KEPT_BYTES:
        return _known(body)
    return _read(body)


def _read(body: bytes) -> Message:
    form = _FORMS.get(body[0])
    if form is None:
        raise DecodeError("type byte", body[0], f"one of {[*_FORMS, USER]}")
    return form.read(unpack(body[1:], form.order))


_known = lru_cache(CLAIMS_KEPT)(_read)


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


def _read_ack(fields: Fields) -> Ack | Own:
    seq_no = uint(fields, b"SeqNo", U32)
    payload = blob_or_nil(fields, b"Payload")
    if payload is not None and is_own(seq_no, payload):
        return read_own(payload)
    return Ack(seq_no, payload)


def _write_own(own: Own) -> dict[str, object]:
    return {"SeqNo": UNUSED_SEQ_NO, "Payload": write_own(own)}


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
_OWN = _form(2, Own, "SeqNo Payload", _write_own, _read_ack)
_FORM_OF = {row.message: row for row in (*_ROWS, _OWN)}
