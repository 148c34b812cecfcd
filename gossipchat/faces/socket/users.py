"""
Who is logged in over a connection.
"""

from gossipchat.errors import NotThere
from gossipchat.faces.socket.objects import Object
from gossipchat.faces.socket.requests import Request
from gossipchat.node.api import IChatNode, ISession, Refused


class Guest:
    """The user who is logged in over one connection, if there is one."""

    REQUESTS = ("login", "logout", "join", "part", "away")

    def __init__(self, node: IChatNode) -> None:
        self._node = node
        self._session: ISession | None = None

    @property
    def nick(self) -> str | None:
        """Who speaks when a request names nobody; None: the node's user."""
        return None if self._session is None else self._session.nick

    def answer(self, request: Request) -> Object:
        """Carry *request* out, one of ``REQUESTS``."""
        match request.do:
            case "login":
                self._login(request)
            case "logout":
                self.gone()
            case "join":
                self._here(request).join(request.room())
            case "part":
                self._here(request).part(request.room())
            case "away":
                self._here(request).away(request.optional_text("text"))
            case _:
                raise NotThere(f"{request.do} is nothing I can do")
        return {"nick": self.nick}

    def gone(self) -> None:
        """The connection has ended, or the user has logged out."""
        session, self._session = self._session, None
        if session is not None:
            session.end()

    def _login(self, request: Request) -> None:
        nick = request.optional_text("nick")
        account = request.optional_text("account")
        if self._session is None:
            self._session = self._node.login(nick, account)
        elif account not in (None, self._session.account):
            raise Refused("somebody else is logged in here: log out first")
        elif nick is not None:
            self._session.rename(nick)

    def _here(self, request: Request) -> ISession:
        if self._session is None:
            raise Refused(f"{request.do}: nobody is logged in here: log in first")
        return self._session
