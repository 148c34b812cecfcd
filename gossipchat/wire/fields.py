"""
Go's structs as msgpack maps: written as Go writes them, read with every check.

Go writes the msgpack of before 2013 (no str8, no bin), the fields of a struct in
the order of their names, and a nil slice as nil. We do the same, so that captures
compare byte for byte. Read are: bin and raw alike, any order, unknown fields
(ignored), missing or nil ones (zero), and structs as arrays in the order in which
Go declares them: all that a real peer takes.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

import msgpack

from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import Address, NodeName
from gossipchat.wire.limits import MAX_NAME_BYTES

Fields = dict[Any, Any]
"""A struct as it came: keys and strings are bytes, nothing is checked yet."""

U8 = 2**8 - 1
U16 = 2**16 - 1
U32 = 2**32 - 1
U64 = 2**64 - 1
I64 = 2**63 - 1

MAX_FIELDS = 256
"""In one map: a struct has at most eleven, 512 bytes of tags at most 255."""

MAX_ITEMS = 1024
"""In one array: a node filter has what fits into a query of 1,024 bytes."""


def pack(fields: Mapping[str, object]) -> bytes:
    """A struct as Go writes it. Strings are handed in as bytes (:func:`raw`)."""
    packed: bytes = msgpack.packb(dict(sorted(fields.items())), use_bin_type=False)
    return packed


def pack_value(value: object) -> bytes:
    """An array or map whose order the caller knows, in the same dialect."""
    packed: bytes = msgpack.packb(value, use_bin_type=False)
    return packed


def unpack_value(body: bytes) -> Any:
    """
    The one msgpack value in *body*, strings as bytes.

    Only for short bodies (a datagram, a member): the objects may need fifty
    times their bytes. Raises DecodeError; bytes behind the value are refused.
    """
    try:
        return msgpack.unpackb(
            body,
            raw=True,
            strict_map_key=False,
            max_map_len=MAX_FIELDS,
            max_array_len=MAX_ITEMS,
        )
    except (ValueError, TypeError):
        raise DecodeError("body", body, "one msgpack value") from None


def unpack(body: bytes, order: Sequence[bytes] = ()) -> Fields:
    """
    The struct in *body*; *order* names its fields as Go declares them.

    Raises DecodeError.
    """
    fields = unpack_value(body)
    if type(fields) is dict:
        return fields
    if type(fields) is list and order:
        return dict(zip(order, fields, strict=False))
    raise DecodeError("body", body, "a map of fields")


def uint(fields: Fields, key: bytes, limit: int) -> int:
    """An integer in 0..*limit*, in whichever width; newer Go writes signed ones."""
    value = fields.get(key)
    if type(value) is int and 0 <= value <= limit:
        return value
    if value is None:
        return 0
    raise DecodeError(key.decode(), value, f"an integer in 0..{limit}")


def flag(fields: Fields, key: bytes) -> bool:
    """True or false; nil is false."""
    value = fields.get(key)
    if value is None:
        return False
    if type(value) is bool:
        return value
    raise DecodeError(key.decode(), value, "true or false")


def blob(fields: Fields, key: bytes) -> bytes:
    """Bytes; nil is empty."""
    value = fields.get(key)
    if type(value) is bytes:
        return value
    if value is None:
        return b""
    raise DecodeError(key.decode(), value, "bytes")


def blob_or_nil(fields: Fields, key: bytes) -> bytes | None:
    """Bytes or None: where the two must not be confused."""
    return None if fields.get(key) is None else blob(fields, key)


def text(fields: Fields, key: bytes) -> str:
    """A string of any bytes (surrogateescape)."""
    return blob(fields, key).decode("utf-8", "surrogateescape")


def name(fields: Fields, key: bytes) -> NodeName:
    """A name, or ``""``: at most MAX_NAME_BYTES."""
    return checked_name(key.decode(), blob(fields, key))


def checked_name(where: str, value: object) -> NodeName:
    """*value* as a name of at most MAX_NAME_BYTES, any bytes (surrogateescape)."""
    if type(value) is not bytes or len(value) > MAX_NAME_BYTES:
        raise DecodeError(where, value, f"a name of up to {MAX_NAME_BYTES} bytes")
    return NodeName(value.decode("utf-8", "surrogateescape"))


def array(fields: Fields, key: bytes) -> list[Any]:
    """An array of unchecked items; nil is empty."""
    value = fields.get(key)
    if value is None:
        return []
    if type(value) is list:
        return value
    raise DecodeError(key.decode(), value, "an array")


def strings(fields: Fields, key: bytes) -> tuple[str, ...] | None:
    """An array of strings, or None for nil."""
    if fields.get(key) is None:
        return None
    items = array(fields, key)
    if not all(type(item) is bytes for item in items):
        raise DecodeError(key.decode(), items, "strings")
    return tuple(item.decode("utf-8", "surrogateescape") for item in items)


def address(fields: Fields, host: bytes, port: bytes) -> Address:
    """An address of 4 or 16 bytes; port 0 stays 0 (the receiver's own is meant)."""
    return _address(blob(fields, host), uint(fields, port, U16))


_address = lru_cache(4096)(Address.from_packed)  # ten times what the rest costs


def raw(string: str) -> bytes:
    """*string* as it goes out. Raises UsageError for text that is no Unicode."""
    try:
        return string.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise UsageError(f"{string!r} can't be written as UTF-8") from None


def raw_name(string: str) -> bytes:
    """The name of a member as it goes out. Raises UsageError when it is too long."""
    encoded = raw(string)
    if len(encoded) > MAX_NAME_BYTES:
        raise UsageError(
            f"a name has at most {MAX_NAME_BYTES} bytes: {encoded[:40]!r}…"
        )
    return encoded


def number(where: str, value: int, limit: int) -> int:
    """*value* to go out. Raises UsageError outside 0..*limit*."""
    if 0 <= value <= limit:
        return value
    raise UsageError(f"{where} = {value}, but it must lie in 0..{limit}")


@lru_cache(4096)
def raw_host(host: str) -> bytes:
    """4 or 16 bytes to go out. Raises UsageError for anything but an IP address."""
    try:
        return ip_address(host).packed
    except ValueError:
        raise UsageError(f"{host!r} is no IP address") from None
