"""
What is said of a member, in claims and in push/pulls alike: its name, tags, versions.
"""

from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import NodeName
from gossipchat.wire.fields import Fields, blob, name, raw_name
from gossipchat.wire.memberlist.messages import MAX_META_BYTES, Vsn


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
    """A member's meta (Serf's tags, packed), of at most MAX_META_BYTES."""
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
    """The name of the member that a claim is about. Raises UsageError when empty."""
    if not member:
        raise UsageError(f"{where} needs a name")
    return raw_name(member)


def write_vsn(vsn: Vsn) -> bytes:
    """The six versions, a byte each. Raises UsageError for others."""
    if len(vsn) != 6 or not all(0 <= version < 256 for version in vsn):
        raise UsageError(f"Vsn = {vsn}, but it has six numbers in 0..255")
    return bytes(vsn)


def write_meta(meta: bytes) -> bytes | None:
    """Go has nil for a member without tags, and so have we."""
    if len(meta) > MAX_META_BYTES:
        raise UsageError(f"Meta has {len(meta)} bytes, {MAX_META_BYTES} at most")
    return meta or None
