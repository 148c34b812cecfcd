"""
Real nodes and what surrounds them: what a test on processes needs, at one door.

Beside it: ``serf`` (Debian's agents), ``wires`` (machines of their own, a bridge that
is cut), ``screen`` (a terminal), ``programs`` (faketime, strace), ``past`` (long).
"""

from tests.processes.lab.answers import Follower, Ran, Row
from tests.processes.lab.lab import NO_FACES, TRACEBACK, Lab, loopback_host
from tests.processes.lab.node import FOREGROUND, UP, Node
from tests.processes.lab.programs import children, running
from tests.processes.lab.waiting import DEADLINE_S, pause, wait_until

__all__ = [
    "DEADLINE_S", "FOREGROUND", "NO_FACES", "TRACEBACK", "UP",
    "Follower", "Lab", "Node", "Ran", "Row",
    "children", "loopback_host", "pause", "running", "wait_until",
]  # fmt: skip
