"""
What the peers of a world are made of: the rooms that ship, or mutants of them.
"""

from dataclasses import dataclass

from gossipchat.broadcast.core import Broadcast
from gossipchat.chat.core import Chat
from gossipchat.feeds.author import Author
from gossipchat.sim.network.cables import Cables
from gossipchat.swim.core import Swim


@dataclass(frozen=True, slots=True)
class Species:
    """
    Classes by which a world makes its peers and the links between them.

    A test hands in a subclass with one rule broken, to see that the promises
    (``sim.disasters``) notice.
    """

    swim: type[Swim] = Swim
    broadcast: type[Broadcast] = Broadcast
    chat: type[Chat] = Chat
    author: type[Author] = Author
    cables: type[Cables] = Cables
