"""
Serf's messages: a type byte, then one struct. They travel as memberlist's ``User``
messages, and inside the payloads of queries and their responses.

What is longer than a line has its own file: ``state``, ``filters``, ``tags``,
``coordinates``; the last two are re-exported here.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from gossipchat.errors import DecodeError, UsageError
from gossipchat.wire.cursor import Cursor
from gossipchat.wire.fields import (
    I64,
    U8,
    U16,
    U32,
    U64,
    Fields,
    address,
    array,
    blob,
    blob_or_nil,
    flag,
    name,
    number,
    pack,
    raw,
    raw_host,
    raw_name,
    strings,
    text,
    uint,
    unpack,
)
from gossipchat.wire.limits import MAX_USER_MESSAGE_BYTES
from gossipchat.wire.memberlist.member_fields import read_member, write_member
from gossipchat.wire.serf.coordinates import (
    decode_coordinate,
    decode_place,
    encode_coordinate,
    view_in,
)
from gossipchat.wire.serf.filters import read_filter, write_filter
from gossipchat.wire.serf.messages import (
    ConflictMember,
    ConflictResponse,
    JoinIntent,
    KeyRequest,
    KeyResponse,
    LeaveIntent,
    Query,
    QueryResponse,
    Relay,
    SerfMessage,
    SerfState,
    UserEvent,
)
from gossipchat.wire.serf.state import STATE, decode_state, encode_state
from gossipchat.wire.serf.tags import decode_tags, encode_tags, read_tags, write_tags

__all__ = [
    "decode_coordinate",
    "decode_place",
    "decode_serf",
    "decode_tags",
    "encode_coordinate",
    "encode_serf",
    "encode_tags",
    "view_in",
]

CONFLICT_RESPONSE = 6
RELAY = 9

KEY_QUERIES = ("_serf_install-key", "_serf_use-key", "_serf_remove-key")
"""Serf looks into their payload without asking whether there is one."""


def encode_serf(message: SerfMessage) -> bytes:
    """
    *message* as its type byte and body.

    Raises UsageError for what a peer could not read or would come to harm by.
    """
    match message:
        case SerfState():
            return encode_state(message)
        case Relay():
            return bytes([RELAY]) + _write_relay(message)
        case ConflictResponse(None):
            return bytes([CONFLICT_RESPONSE]) + b"\xc0"
    form = _FORM_OF[type(message)]
    return form.kind + pack(form.write(message))


def decode_serf(body: bytes) -> SerfMessage:
    """The message in *body*, its type byte first. Raises DecodeError."""
    if body[:1] == bytes([STATE]):
        return decode_state(body)
    if not 1 < len(body) <= MAX_USER_MESSAGE_BYTES:
        wanted = f"2 to {MAX_USER_MESSAGE_BYTES} bytes"
        raise DecodeError("Serf message", f"{len(body)} bytes", wanted)
    if body[0] == RELAY:
        return _read_relay(body[1:])
    if body == bytes([CONFLICT_RESPONSE]) + b"\xc0":
        return ConflictResponse(None)
    form = _FORMS.get(body[0])
    if form is None:
        raise DecodeError("Serf's type byte", body[0], f"one of {[*_FORMS]}")
    return form.read(unpack(body[1:]))


class _Form(NamedTuple):
    kind: bytes
    message: type
    write: Callable[[Any], dict[str, object]]
    read: Callable[[Fields], SerfMessage]


def _write_leave(leave: LeaveIntent) -> dict[str, object]:
    return {
        "LTime": number("LTime", leave.ltime, U64),
        "Node": write_member("Node", leave.node),
        "Prune": leave.prune,
    }


def _read_leave(fields: Fields) -> LeaveIntent:
    return LeaveIntent(
        uint(fields, b"LTime", U64),
        read_member(fields, b"Node"),
        flag(fields, b"Prune"),
    )


def _write_join(join: JoinIntent) -> dict[str, object]:
    return {
        "LTime": number("LTime", join.ltime, U64),
        "Node": write_member("Node", join.node),
    }


def _read_join(fields: Fields) -> JoinIntent:
    return JoinIntent(uint(fields, b"LTime", U64), read_member(fields, b"Node"))


def _write_event(event: UserEvent) -> dict[str, object]:
    return {
        "LTime": number("LTime", event.ltime, U64),
        "Name": raw(event.name),
        "Payload": event.payload,
        "CC": event.coalesce,
    }


def _read_event(fields: Fields) -> UserEvent:
    return UserEvent(
        uint(fields, b"LTime", U64),
        text(fields, b"Name"),
        blob_or_nil(fields, b"Payload"),
        flag(fields, b"CC"),
    )


def _write_query(query: Query) -> dict[str, object]:
    if query.name in KEY_QUERIES and not query.payload:
        raise UsageError(f"{query.name} without a key would stop its receivers")
    return {
        "LTime": number("LTime", query.ltime, U64),
        "ID": number("ID", query.id, U32),
        "Addr": raw_host(query.source.host),
        "Port": number("Port", query.source.port, U16),
        "SourceNode": raw_name(query.source_node),
        "Filters": [write_filter(wanted) for wanted in query.filters] or None,
        "Flags": number("Flags", query.flags, U32),
        "RelayFactor": number("RelayFactor", query.relay_factor, U8),
        "Timeout": number("Timeout", query.timeout_ns, I64),
        "Name": raw(query.name),
        "Payload": query.payload,
    }


def _read_query(fields: Fields) -> Query:
    query = Query(
        ltime=uint(fields, b"LTime", U64),
        id=uint(fields, b"ID", U32),
        source=address(fields, b"Addr", b"Port"),
        source_node=name(fields, b"SourceNode"),
        filters=tuple(map(read_filter, array(fields, b"Filters"))),
        flags=uint(fields, b"Flags", U32),
        relay_factor=uint(fields, b"RelayFactor", U8),
        timeout_ns=uint(fields, b"Timeout", I64),
        name=text(fields, b"Name"),
        payload=blob_or_nil(fields, b"Payload"),
    )
    if query.name in KEY_QUERIES and not query.payload:
        raise DecodeError("query", query.name, "a key in its payload")
    return query


def _write_response(response: QueryResponse) -> dict[str, object]:
    return {
        "LTime": number("LTime", response.ltime, U64),
        "ID": number("ID", response.id, U32),
        "From": raw_name(response.sender),
        "Flags": number("Flags", response.flags, U32),
        "Payload": response.payload,
    }


def _read_response(fields: Fields) -> QueryResponse:
    return QueryResponse(
        uint(fields, b"LTime", U64),
        uint(fields, b"ID", U32),
        name(fields, b"From"),
        uint(fields, b"Flags", U32),
        blob_or_nil(fields, b"Payload"),
    )


VERSIONS = (
    *("ProtocolMin", "ProtocolMax", "ProtocolCur"),
    *("DelegateMin", "DelegateMax", "DelegateCur"),
)


def _write_conflict(response: ConflictResponse) -> dict[str, object]:
    member = response.member
    if member is None or len(member.vsn) != len(VERSIONS):
        raise UsageError("a member has six version numbers")
    return {
        "Name": raw_name(member.name),
        "Addr": raw_host(member.address.host),
        "Port": number("Port", member.address.port, U16),
        "Tags": write_tags(member.tags),
        "Status": number("Status", member.status, U8),
        **{
            which: number(which, version, U8)
            for which, version in zip(VERSIONS, member.vsn, strict=True)
        },
    }


def _read_conflict(fields: Fields) -> ConflictResponse:
    a, b, c, d, e, f = (uint(fields, which.encode(), U8) for which in VERSIONS)
    return ConflictResponse(
        ConflictMember(
            name=name(fields, b"Name"),
            address=address(fields, b"Addr", b"Port"),
            tags=read_tags(fields.get(b"Tags")),
            status=uint(fields, b"Status", U8),
            vsn=(a, b, c, d, e, f),
        )
    )


def _write_key_response(response: KeyResponse) -> dict[str, object]:
    return {
        "Result": response.result,
        "Message": raw(response.message),
        "Keys": None if response.keys is None else [*map(raw, response.keys)],
        "PrimaryKey": raw(response.primary),
    }


def _read_key_response(fields: Fields) -> KeyResponse:
    return KeyResponse(
        flag(fields, b"Result"),
        text(fields, b"Message"),
        strings(fields, b"Keys"),
        text(fields, b"PrimaryKey"),
    )


def _write_relay(relay: Relay) -> bytes:
    if not relay.inner:
        raise UsageError("a relay needs a message to pass on")
    destination = {
        b"IP": raw_host(relay.address.host),
        b"Port": number("Port", relay.address.port, U16),
        b"Zone": b"",
    }
    header = {"DestAddr": destination, "DestName": raw_name(relay.node)}
    return pack(header) + relay.inner


def _read_relay(body: bytes) -> Relay:
    header = Cursor(body).piece("relay")
    fields = unpack(header)
    destination = fields.get(b"DestAddr")
    if type(destination) is not dict or len(header) == len(body):
        raise DecodeError("relay", body, "an address, then a message")
    return Relay(
        address(destination, b"IP", b"Port"),
        name(fields, b"DestName"),
        body[len(header) :],
    )


_ROWS = (
    _Form(b"\0", LeaveIntent, _write_leave, _read_leave),
    _Form(b"\1", JoinIntent, _write_join, _read_join),
    _Form(b"\3", UserEvent, _write_event, _read_event),
    _Form(b"\4", Query, _write_query, _read_query),
    _Form(b"\5", QueryResponse, _write_response, _read_response),
    _Form(b"\6", ConflictResponse, _write_conflict, _read_conflict),
    _Form(
        b"\7",
        KeyRequest,
        lambda request: {"Key": request.key},
        lambda fields: KeyRequest(blob(fields, b"Key")),
    ),
    _Form(b"\x08", KeyResponse, _write_key_response, _read_key_response),
)
_FORMS = {row.kind[0]: row for row in _ROWS}
_FORM_OF = {row.message: row for row in _ROWS}
