"""
The numbers by which acks find their pings.
"""


class SeqNos:
    """1, 2, 3… for probes and relayed pings alike, so that no ack fits two."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        """The next one; 32 bits, as on the wire."""
        self._last = self._last % 0xFFFFFFFF + 1
        return self._last
