"""
Who is logged in: listed, followed, and logged in over a connection.
"""

from collections import deque
from collections.abc import Callable

from gossipchat.errors import NotThere
from gossipchat.faces.socket.objects import (
    Object,
    iso_time,
    receipt_object,
    user_object,
)
from gossipchat.faces.socket.requests import Request
from gossipchat.faces.socket.streams import Channel, Stream
from gossipchat.node.api import (
    EntryId,
    IChatNode,
    ISession,
    ReceiptChanged,
    Refused,
    User,
)

MAX_RECEIPTS = 256
"""Held for a client that does not read; the newest are kept."""


class Users(Stream):
    """
    All users; then, with *follow*, each one that comes, changes or goes.

    A client that does not read gets the latest of each user when it does.
    """

    def __init__(
        self,
        channel: Channel,
        node: IChatNode,
        follow: bool,
        wall_ms: Callable[[], int],
    ) -> None:
        super().__init__(channel)
        self._node = node
        self.endless = follow
        self._wall_ms = wall_ms
        self._all: deque[User] = deque()
        self._changed: dict[tuple[bytes, str], Object] = {}
        self._release_users: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Subscribe, then list."""
        if self.endless:
            self._release_users = self._node.watch_users(self._user_changed)
        self._all.extend(self._node.users())
        self.resume()

    def _release(self) -> None:
        self._release_users()
        self._all.clear()
        self._changed.clear()

    def _user_changed(self, user: User) -> None:
        key = user.author, user.account
        self._changed.pop(key, None)  # the latest goes last
        now = iso_time(self._wall_ms())
        self._changed[key] = {**user_object(user), "here": user.here, "time": now}
        self.resume()

    def _step(self) -> bool:
        if self._all:
            self._channel.item(user_object(self._all.popleft()))
        elif self._changed:
            self._channel.item(self._changed.pop(next(iter(self._changed))))
        else:
            return False if self.endless else self._end()
        return True


class Receipts(Stream):
    """
    How far what is said here gets, as it gets there.

    A client that does not read gets the latest of each line when it does.
    """

    endless = True

    def __init__(self, channel: Channel, node: IChatNode) -> None:
        super().__init__(channel)
        self._node = node
        self._changed: dict[EntryId, Object] = {}
        self._release_receipts: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Subscribe."""
        self._release_receipts = self._node.watch_receipts(self._receipt_changed)

    def _release(self) -> None:
        self._release_receipts()
        self._changed.clear()

    def _receipt_changed(self, changed: ReceiptChanged) -> None:
        told = receipt_object(changed.receipt)
        self._changed[changed.id] = {"id": str(changed.id), **told}
        if len(self._changed) > MAX_RECEIPTS:
            del self._changed[next(iter(self._changed))]
        self.resume()

    def _step(self) -> bool:
        if not self._changed:
            return False
        self._channel.item(self._changed.pop(next(iter(self._changed))))
        return True


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
