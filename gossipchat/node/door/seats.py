"""
Local users who are logged in, as faces hold them.
"""

from collections.abc import Callable
from dataclasses import replace

from zope.interface import implementer

from gossipchat.chat.events import Attended, Departed
from gossipchat.chat.presence.presence import Presence
from gossipchat.names import room_name
from gossipchat.node.api import ISession


@implementer(ISession)
class Seat:
    """
    See ``ISession``.

    Args:
        feed: lets the peer handle an event.
    """

    def __init__(
        self,
        presence: Presence,
        feed: Callable[[Attended | Departed], None],
        nick: str,
        account: str,
    ) -> None:
        self._presence = presence
        self._feed = feed
        self._ended = False
        self._session = Attended(object(), account, nick)
        self._put(self._session)

    @property
    def nick(self) -> str:
        """See ``ISession``."""
        return self._session.nick

    @property
    def account(self) -> str:
        """See ``ISession``."""
        return self._session.account

    def rename(self, nick: str) -> None:
        """See ``ISession``."""
        self._put(replace(self._session, nick=nick))

    def join(self, room: str) -> None:
        """See ``ISession``."""
        rooms = dict.fromkeys([*self._session.rooms, room_name(room)])
        self._put(replace(self._session, rooms=tuple(rooms)))

    def part(self, room: str) -> None:
        """See ``ISession``."""
        rooms = tuple(one for one in self._session.rooms if one != room_name(room))
        self._put(replace(self._session, rooms=rooms))

    def away(self, why: str | None) -> None:
        """See ``ISession``."""
        self._put(replace(self._session, away=why))

    def end(self) -> None:
        """See ``ISession``."""
        if not self._ended:
            self._ended = True
            self._feed(Departed(self._session.session))

    def _put(self, session: Attended) -> None:
        if not self._ended:
            self._session = self._presence.check(session)
            self._feed(self._session)
