"""
Tells twistd that `twistd gossipchat` exists.

twistd reads every plugin at each start, so nothing heavy is imported here.
"""

from twisted.application.service import ServiceMaker

gossipchat = ServiceMaker(
    "gossipchat",
    "gossipchat.options",
    "chat and cluster membership without a server",
    "gossipchat",
)
