"""
A machine whose clock is wrong, for a Python that finds this on its path at start.

libfaketime would be the tool for it, but its monotonic clock and Python 3.11 do not
agree: sleeping fails, and threads wait too long or not at all.
"""

import os
import time

_true, _true_ns = time.time, time.time_ns
_OFF_FILE = os.environ["CLOCK_OFF_FILE"]
"""Says by how many seconds, and may be changed while the program runs."""


def _off_s() -> int:
    with open(_OFF_FILE, encoding="ascii") as file:
        return int(file.read())


time.time = lambda: _true() + _off_s()
time.time_ns = lambda: _true_ns() + _off_s() * 1_000_000_000
