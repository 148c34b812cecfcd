"""
A datagram's layers, outermost first:

1. label        which cluster is meant                  ``label``
2. encryption   sealed with the cluster's key           ``keyring``
3. checksum     crc32                                   ``crc``
4. compression  LZW, when that makes it shorter         ``compression``
5. compound     several messages in one                 ``compound``
6. message      type byte and struct                    ``codec``

Each is left out where it isn't needed. Compressions and compounds may hold each
other, down to MAX_NESTING; the others stand once, in this order.
"""

from collections.abc import Sequence
from typing import NamedTuple

from gossipchat.errors import DecodeError, UsageError
from gossipchat.wire.fields import unpack
from gossipchat.wire.layers import compression
from gossipchat.wire.layers.compound import COMPOUND, join_parts, split_parts
from gossipchat.wire.layers.compression import COMPRESS
from gossipchat.wire.layers.crc import add_crc, strip_crc
from gossipchat.wire.layers.keyring import OVERHEAD, KeyRing
from gossipchat.wire.layers.label import label_header, strip_label
from gossipchat.wire.limits import (
    MAX_DATAGRAM_BYTES,
    MAX_DATAGRAM_EXPANDED,
    MAX_MESSAGES,
    MAX_NESTING,
    MIN_PACKET_COMPRESSED,
    PACKET_BYTES,
)
from gossipchat.wire.memberlist.codec import decode
from gossipchat.wire.memberlist.messages import Message

WRAPPERS = (COMPOUND, COMPRESS)


class Opened(NamedTuple):
    """What was in a datagram; never without a message."""

    messages: tuple[Message, ...]
    refused: tuple[DecodeError, ...] = ()
    """Parts that could not be read, each with its reason."""


class Packets:
    """
    Messages into datagrams and back, for one cluster.

    Args:
        keyring: shared with whoever changes it; None: nothing is encrypted, and
            nothing encrypted can be read.
        label: of the cluster, up to 255 bytes; datagrams without it are refused.
        compress: whether to try on what we send; what comes in is always expanded.
    """

    def __init__(
        self,
        keyring: KeyRing | None = None,
        label: bytes = b"",
        compress: bool = True,
    ) -> None:
        self._header = label_header(label)
        self._label = label
        self._seal = keyring and keyring.seal
        self._unseal = keyring and keyring.open
        self._compress = compress

    @property
    def budget(self) -> int:
        """
        Bytes for the parts of a packet that crosses any path in one piece.

        A lone part may fill it; of several, a compound takes 2 bytes and 2 a part.
        """
        sealed = OVERHEAD if self._seal else 0
        return PACKET_BYTES - len(self._header) - sealed

    def seal(self, parts: Sequence[bytes], crc: bool = False) -> bytes:
        """
        *parts*, each an encoded message, as one datagram.

        *crc* adds a checksum, which the receiver must be known to read (its Vsn's
        second number is 5 or more). Raises UsageError for no part, an empty one,
        more than 127, and for what is too long for a datagram.
        """
        packet = parts[0] if len(parts) == 1 else join_parts(parts)
        if not packet:
            raise UsageError("an empty message can't be sent")
        if self._compress and len(packet) >= MIN_PACKET_COMPRESSED:
            packet = min(packet, compression.wrap(packet), key=len)
        if crc:
            packet = add_crc(packet)
        if self._seal:
            packet = self._seal(packet, self._label)
        datagram = self._header + packet
        if len(datagram) > MAX_DATAGRAM_BYTES:
            raise UsageError(f"{len(datagram)} bytes are too many for one datagram")
        return datagram

    def open(self, datagram: bytes) -> Opened:
        """
        The messages in *datagram*, in their order.

        Raises DecodeError when there is none that can be read: not our label, not
        our key, a wrong checksum, or nothing but nonsense inside.
        """
        packet = strip_label(datagram, self._header)
        if self._unseal:
            packet = self._unseal(packet, self._label)
        packet = strip_crc(packet)
        if not packet or packet[0] not in WRAPPERS:
            return Opened((decode(packet),))
        unfolding = _Unfolding()
        unfolding.unfold(packet, MAX_NESTING)
        return unfolding.result()


class _Unfolding:
    """One datagram's compounds and compressions, with what may still come out."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._refused: list[DecodeError] = []
        self._may_expand = MAX_DATAGRAM_EXPANDED

    def result(self) -> Opened:
        if not self._messages:
            raise self._refused[0]
        return Opened(tuple(self._messages), tuple(self._refused))

    def unfold(self, packet: bytes, depth: int) -> None:
        """Take what *packet* holds, *depth* wrappers down at most."""
        try:
            if not packet or packet[0] not in WRAPPERS:
                self._messages.append(decode(packet))
            elif not depth:
                raise DecodeError("packet", "more wrappers", f"at most {MAX_NESTING}")
            elif packet[0] == COMPOUND:
                self._unfold_compound(packet, depth - 1)
            else:
                fields = unpack(packet[1:], compression.ORDER)
                limit, self._may_expand = self._may_expand, 0
                plain = compression.unwrap(fields, limit)
                self._may_expand = limit - len(plain)
                self.unfold(plain, depth - 1)
        except DecodeError as problem:
            self._refuse(problem)

    def _unfold_compound(self, packet: bytes, depth: int) -> None:
        parts, problem = split_parts(packet)
        for part in parts:
            if len(self._messages) + len(self._refused) >= MAX_MESSAGES:
                raise DecodeError("packet", "more messages", f"at most {MAX_MESSAGES}")
            self.unfold(part, depth)
        if problem:
            self._refuse(problem)

    def _refuse(self, problem: DecodeError) -> None:
        # its traceback would keep all that was read here alive
        self._refused.append(problem.with_traceback(None))
