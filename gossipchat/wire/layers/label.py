"""
The label layer: which of several clusters on one network is meant.

``f4 | length u8 | label``, outermost and always in clear. It keeps strangers apart,
not enemies out; as it is also authenticated with whatever is encrypted, a packet
can't be moved from one labelled cluster to another.
"""

from gossipchat.errors import ConfigError, DecodeError

MARK = 0xF4
MAX_LABEL_BYTES = 255


def label_header(label: bytes) -> bytes:
    """What goes before packets and streams. Raises ConfigError above 255 bytes."""
    if len(label) > MAX_LABEL_BYTES:
        raise ConfigError("label", label, f"has at most {MAX_LABEL_BYTES} bytes")
    return bytes([MARK, len(label)]) + label if label else b""


def strip_label(datagram: bytes, expected: bytes) -> bytes:
    """
    *datagram* without its label header *expected* (``b""``: we have no label).

    Raises DecodeError (``where`` is "label") when it has none or another.
    """
    if expected:
        if not datagram.startswith(expected):
            raise DecodeError(
                "label", datagram[: 2 + len(expected)], repr(expected[2:])
            )
        return datagram[len(expected) :]
    if datagram and datagram[0] == MARK:
        raise DecodeError("label", datagram[:257], "none")
    return datagram
