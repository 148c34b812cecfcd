"""
A conversation: what is typed becomes requests, what the node tells becomes lines.
"""

from gossipchat.terminal.asking import Asking, Asks, Message
from gossipchat.terminal.commands import Speaker
from gossipchat.terminal.view.company import Company
from gossipchat.terminal.view.members import Members
from gossipchat.terminal.view.receipts import Receipts
from gossipchat.terminal.view.view import View

LOBBY = "#lobby"
UNTOLD = "nobody is told that you are here"


class Talk:
    """
    One user at one node. Each call gives the lines that are to be shown.

    Args:
        me: the name of the node, of whose own changes nothing is told.
        author: its identity, in hex.
        nick: what the user is called.
    """

    def __init__(self, node: Asks, me: str, author: str = "", nick: str = "") -> None:
        self._asking = Asking(node)
        self._view = View(self._asking)
        self._receipts = Receipts()
        members, company = Members(me), Company(author, nick)
        self._user = Speaker(self._asking, self._view, members, company, self._receipts)

        def met(user: Message) -> list[str]:
            return company.heard(user, self._view.room)

        self._asking.follow("tail", self._view.live, follow=True)
        self._asking.follow("members", members.heard, follow=True)
        self._view.open(LOBBY)
        self._asking.ask("login", UNTOLD)
        self._asking.ask("join", UNTOLD, room=LOBBY)
        self._asking.follow("users", met, follow=True)
        self._asking.follow("receipts", self._receipts.heard)

    @property
    def over(self) -> bool:
        """Whether the user wants to leave."""
        return self._user.over

    @property
    def room(self) -> str:
        """Where the user looks and speaks."""
        return self._view.room

    @property
    def receipt(self) -> str:
        """``7/9``: how many of how many have what was said last; or nothing."""
        return self._receipts.of_the_last

    @property
    def unanswered(self) -> int:
        """How many requests are under way, those apart that never end."""
        return self._asking.unanswered

    @property
    def fetching(self) -> bool:
        """Whether the room's last lines are still to come."""
        return self._view.fetching

    def typed(self, line: str) -> list[str]:
        """The user has ended a line."""
        return self._user.typed(line)

    def heard(self, message: Message) -> list[str]:
        """The node has sent *message*."""
        return self._asking.heard(message)
