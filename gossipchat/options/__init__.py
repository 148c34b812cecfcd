"""
What `twistd gossipchat` understands, and the node that it makes of it.

twistd imports this room when the sub-command is used, parses the options, asks
``makeService`` for a service, forks, and only then starts it: so nothing here
opens or binds anything.
"""

from gossipchat.options.command_line import Options
from gossipchat.options.service import makeService

__all__ = ["Options", "makeService"]
