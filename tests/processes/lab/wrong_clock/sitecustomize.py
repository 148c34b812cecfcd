"""
A machine whose clock is wrong, for a Python that finds this on its path at start.

libfaketime would be the tool for it, but its monotonic clock and Python 3.11 do not
agree: sleeping fails, and threads wait too long or not at all.
"""

import os
import time

_true, _true_ns = time.time, time.time_ns
_OFF_S = int(os.environ["CLOCK_OFF_S"])

time.time = lambda: _true() + _OFF_S
time.time_ns = lambda: _true_ns() + _OFF_S * 1_000_000_000
