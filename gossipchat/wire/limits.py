"""
How much of a peer's bytes we are willing to hold, each with its reason.

memberlist's own limits stand in brackets. Ours are lower where no real cluster
comes near, since each of these can be asked of us by anybody who has the port
(and the key, if there is one).
"""

MAX_DATAGRAM_BYTES = 65_507
"""The most that UDP over IPv4 carries: nothing longer is ever made."""

PACKET_BYTES = 1_400
"""What a packet is built for, so that it crosses any path in one piece."""

MAX_DATAGRAM_EXPANDED = 65_536
"""What all compressed parts of one datagram may expand to together. A real one was
built for 1,400 bytes before it was compressed, and could not have been longer than
a datagram. [none]"""

MAX_NESTING = 4
"""Wrappers around a message, compounds and compressions. Real packets have two."""

MAX_MESSAGES = 512
"""Messages in one datagram: two full compounds. Real ones hold some thirty. [255 a
compound, but compounds nest]"""

MAX_NAME_BYTES = 512
"""A member's name. Host names have at most 255; with 512 bytes of tags beside it a
longer one would not fit into a gossip packet. [none]"""

MAX_STREAM_BYTES = 20 << 20
"""One message on a stream as it arrives: encrypted, compressed or plain. [20 MiB,
encrypted ones only]"""

MAX_EXPANDED_BYTES = 40 << 20
"""What a compressed stream may expand to. [40 MiB]"""

MAX_USER_STATE_BYTES = 20 << 20
"""Serf's part of a push/pull. [20 MiB]"""

MAX_NODES = 65_536
"""Members in a push/pull: six times the 10,000 we are made for, and 320 bytes each
in the longest stream. At memberlist's limit one stream of nonsense would cost us
some 300 MB as values. [1,048,576]"""

MAX_NODE_BYTES = 4_096
"""One member in a push/pull as it arrives: a name and tags have 512 bytes each.
Larger ones are refused alone. [none]"""

MAX_USER_MESSAGE_BYTES = 65_536
"""A Serf message, by stream or datagram. Serf makes none above 9 KiB and sends none
by stream. [20 MiB]"""

MAX_SMALL_BODY_BYTES = 65_536
"""A ping, an ack or an error text on a stream. [none]"""

MAX_STREAM_COMPRESSED = 16_384
"""Longer streams go out uncompressed, which all peers read: LZW in Python needs
0.2 ms a kilobyte, and pings must be answered meanwhile."""

MIN_PACKET_COMPRESSED = 64
"""Shorter packets are not worth trying: the wrapper alone has 13 bytes."""

HEAVY_PLAIN_BYTES = 16_384
"""From here on a plain stream is decoded off the reactor thread (3 ms)."""

HEAVY_PACKED_BYTES = 512
"""The same for compressed and encrypted ones: LZW can make 100 KB of these, and
those decode in some 20 ms."""
