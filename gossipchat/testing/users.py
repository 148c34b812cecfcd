"""
The users of a node in memory: those who log in here, and those a test makes up.
"""

from collections.abc import Callable
from dataclasses import replace

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from gossipchat.chat.events import Receipt, ReceiptChanged, User
from gossipchat.names import AuthorKey, EntryId, NodeName, RoomName, room_name
from gossipchat.node.api import ISession, Stop
from gossipchat.node.door.watchers import Watchers
from gossipchat.testing.itself import FakeSelf, key_of


class FakeUsers(FakeSelf):
    """The part of ``FakeNode`` that is about who is logged in."""

    def __init__(self, name: str, nick: str) -> None:
        super().__init__(name, nick)
        self.marked: set[tuple[AuthorKey, str]] = set()
        """Authors and nicks that are shown as ``nick~abcd``."""
        self._users: dict[tuple[str, str], User] = {}
        self._user_watchers: Watchers[User] = Watchers()
        self.receipt_watchers: Watchers[ReceiptChanged] = Watchers()
        """``tell`` them how far a line got."""

    @property
    def user_watchers(self) -> int:
        """How many watch users or receipts."""
        return len(self._user_watchers) + len(self.receipt_watchers)

    def meet(self, nick: str, node: str, *rooms: str, away: str | None = None) -> User:
        """Somebody called *nick* is logged in at *node*, or has changed."""
        names = tuple(room_name(room) for room in rooms)
        user = User(key_of(node), nick, nick, NodeName(node), names, away, True)
        return self.put_user(user)

    def put_user(self, user: User) -> User:
        """*user* came, changed, or (``here`` false) is gone; watchers are told."""
        if user.here:
            self._users[user.node, user.account] = user
        else:
            self._users.pop((user.node, user.account), None)
        self._user_watchers.tell(user)
        return user

    def login(self, nick: str | None, account: str | None) -> "FakeSession":
        """See ``IChatNode``; two sessions of one user know nothing of each other."""
        nick = nick or self.nick
        return FakeSession(self, nick, account or nick)

    def users(self) -> list[User]:
        """See ``IChatNode``."""
        return [self._users[key] for key in sorted(self._users)]

    def watch_users(self, watcher: Callable[[User], None]) -> Stop:
        """See ``IChatNode``."""
        return self._user_watchers.add(watcher)

    def receipt(self, target: EntryId) -> Deferred[Receipt]:
        """See ``IChatNode``: this node has everything, and is alone."""
        return succeed(Receipt((NodeName(self.name),), 1, 1))

    def watch_receipts(self, watcher: Callable[[ReceiptChanged], None]) -> Stop:
        """See ``IChatNode``."""
        return self.receipt_watchers.add(watcher)

    def shown_nick(self, author: AuthorKey, nick: str) -> str:
        """See ``IChatNode``."""
        known = (author, nick) in self.marked
        return f"{nick}~{author.hex()[:4]}" if known else nick


@implementer(ISession)
class FakeSession:
    """See ``ISession``."""

    def __init__(self, node: FakeUsers, nick: str, account: str) -> None:
        self._node = node
        self.nick = nick
        self.account = account
        self._rooms: dict[RoomName, None] = {}
        self._away: str | None = None
        self._ended = False
        self._tell()

    def rename(self, nick: str) -> None:
        """See ``ISession``."""
        self.nick = nick
        self._tell()

    def join(self, room: str) -> None:
        """See ``ISession``."""
        self._rooms[room_name(room)] = None
        self._tell()

    def part(self, room: str) -> None:
        """See ``ISession``."""
        self._rooms.pop(room_name(room), None)
        self._tell()

    def away(self, why: str | None) -> None:
        """See ``ISession``."""
        self._away = why
        self._tell()

    def end(self) -> None:
        """See ``ISession``."""
        if not self._ended:
            self._ended = True
            self._node.put_user(replace(self._user(), here=False))

    def _tell(self) -> None:
        self._node.put_user(self._user())

    def _user(self) -> User:
        node = NodeName(self._node.name)
        rooms = tuple(sorted(self._rooms))
        key, nick = self._node.key, self.nick
        return User(key, self.account, nick, node, rooms, self._away, True)
