"""
The local users: each is logged in through one or several sessions.

A terminal and an IRC client of one user are two sessions of one account; the rooms
are those of both, and the user is away when both are.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

from gossipchat.chat.events import Attended
from gossipchat.chat.presence.profile import Profile, folded
from gossipchat.errors import Refused


@dataclass(slots=True)
class LocalUser:
    """An account that is logged in, or was in this life of the node."""

    nick: str
    claimed: int
    sessions: dict[Hashable, Attended] = field(default_factory=dict)

    def profile(self) -> Profile:
        """What others are told."""
        rooms = {room for one in self.sessions.values() for room in one.rooms}
        away = [one.away for one in self.sessions.values() if one.away is not None]
        is_away = bool(away) and len(away) == len(self.sessions)
        return Profile(
            self.nick,
            self.claimed,
            bool(self.sessions),
            tuple(sorted(rooms)),
            away[0] if is_away else None,
        )


class LocalUsers:
    """Who is logged in here, and who was."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.users: dict[str, LocalUser] = {}
        self._account_of: dict[Hashable, str] = {}

    def check(self, account: str, nick: str) -> None:
        """Raises Refused when *account* can't log in as *nick*."""
        user = self.users.get(account)
        here = [name for name, one in self.users.items() if one.sessions]
        if (user is None or not user.sessions) and len(here) >= self._most:
            raise Refused(f"{self._most} users are logged in here: no more fit")
        for name in here:
            if name != account and folded(self.users[name].nick) == folded(nick):
                raise Refused(f"{nick} is another user of this node: take another nick")

    def attend(self, session: Attended, claimed: int) -> str | None:
        """
        *session* is new, or has changed. The account that others must hear of anew.

        *claimed*: since when that account may call a new nick its own.
        """
        try:
            self.check(session.account, session.nick)
        except Refused:
            return None
        user = self.users.setdefault(session.account, LocalUser(session.nick, claimed))
        before = user.profile()
        if folded(user.nick) != folded(session.nick) or not user.sessions:
            user.claimed = claimed
        user.nick = session.nick
        user.sessions[session.session] = session
        self._account_of[session.session] = session.account
        return session.account if user.profile() != before else None

    def depart(self, session: Hashable) -> str | None:
        """*session* has ended. The account that others must hear of anew."""
        account = self._account_of.pop(session, None)
        if account is None:
            return None
        user = self.users[account]
        before = user.profile()
        del user.sessions[session]
        return account if user.profile() != before else None

    def session(self, session: Hashable) -> Attended | None:
        """What was last said of *session*, while it lasts."""
        account = self._account_of.get(session)
        return None if account is None else self.users[account].sessions[session]

    def log_all_out(self) -> None:
        """All sessions end; those that say so later have ended already."""
        self._account_of.clear()
        for user in self.users.values():
            user.sessions.clear()

    def forget_gone(self) -> None:
        """Those who are logged out need not be told of any more."""
        self.users = {name: one for name, one in self.users.items() if one.sessions}
