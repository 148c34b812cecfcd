"""
Presence as one machine: who is logged in here is told, who is elsewhere is shown.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from gossipchat.chat.bodies import checked_nick
from gossipchat.chat.config import ChatConfig
from gossipchat.chat.events import (
    Attended,
    Departed,
    DocumentsCame,
    Effect,
    LeaveAsked,
    MemberForgotten,
    MemberNamed,
    Post,
    SayAsked,
    User,
    UserChanged,
)
from gossipchat.chat.presence.pages import Pages, check_fits
from gossipchat.chat.presence.profile import Profile, checked_away, folded, profile_body
from gossipchat.chat.presence.roster import Roster, Standing
from gossipchat.chat.presence.sessions import LocalUsers
from gossipchat.effects import Moment, Notify, StartTimer, TimerFired
from gossipchat.errors import Refused, UsageError
from gossipchat.feeds.author import Author
from gossipchat.feeds.clock import HybridClock
from gossipchat.feeds.document import Document
from gossipchat.names import AuthorKey, NodeName, RoomName, room_name

PageOf = Callable[[AuthorKey], Iterable[Document]]

Event = (
    Attended
    | Departed
    | LeaveAsked
    | DocumentsCame
    | MemberNamed
    | MemberForgotten
    | SayAsked
    | TimerFired
)


class PostDue(NamedTuple):
    """Timer: what is new of local users may be told."""


class GraceDue(NamedTuple):
    """Timer: the node *author*, unreachable since *since*, may be back by now."""

    author: AuthorKey
    since: float


class LingerDue(NamedTuple):
    """Timer: *session*, of somebody who only spoke, may be over."""

    session: "Spoke"


class Spoke(NamedTuple):
    """The session of somebody who has spoken without being logged in."""

    account: str


class Presence:
    """
    Users of this node and of all others.

    Args:
        name: this node's.
        page_of: the documents that are held of an author.
    """

    def __init__(
        self,
        author: Author,
        name: NodeName,
        clock: HybridClock,
        config: ChatConfig,
        page_of: PageOf = lambda author: (),
    ) -> None:
        self._author = author
        self._me = author.feed.author
        self._config = config
        self.page_of = page_of
        self._locals = LocalUsers(config.max_local_users)
        self._pages = Pages(author, clock, config, self._locals)
        self._roster = Roster()
        self._roster.nodes[self._me] = Standing(name)
        self._keys: dict[NodeName, AuthorKey] = {name: self._me}
        self._posting = False
        self._spoken: dict[Spoke, float] = {}
        self._leaving = False

    # --- queries ----------------------------------------------------------------

    def users(self) -> list[User]:
        """Who is logged in anywhere, by nick."""
        return self._roster.users()

    def counts(self) -> dict[RoomName, int]:
        """How many users that can be reached are in each room."""
        return self._roster.counts()

    def shown_nick(self, author: AuthorKey, nick: str) -> str:
        """How *nick* is shown on what somebody at *author* has said."""
        return self._roster.shown_nick(author, nick)

    def check(self, session: Attended) -> Attended:
        """*session* in proper form. Raises UsageError or Refused when it can't be."""
        rooms = tuple(dict.fromkeys(room_name(room) for room in session.rooms))
        nick, away = checked_nick(session.nick), checked_away(session.away)
        if not session.account or not session.account.isprintable():
            raise UsageError("an account needs a name, without control characters")
        self._locals.check(session.account, nick)
        user = self._locals.users.get(session.account)
        others = set() if user is None else set(user.profile().rooms)
        whole = Profile(nick, 0, True, tuple({*others, *rooms}), away or "x")
        check_fits(self._author, session.account, profile_body(whole))
        return replace(session, nick=nick, rooms=rooms, away=away)

    # --- events -----------------------------------------------------------------

    def handle(self, event: Event, moment: Moment) -> list[Effect]:
        """What follows from *event*."""
        match event:
            case Attended():
                return self._attend(event, moment)
            case Departed(session):
                return self._changed(self._locals.depart(session), moment)
            case SayAsked():
                return self._spoke(event, moment)
            case DocumentsCame(documents):
                return self._came(documents, moment)
            case MemberNamed():
                return self._stand(event, moment)
            case MemberForgotten(name):
                return self._forget(name)
            case LeaveAsked():
                return self._leave(moment)
            case TimerFired(key):
                return self._timer(key, moment)
        return []

    def _timer(self, key: object, moment: Moment) -> list[Effect]:
        match key:
            case PostDue():
                self._posting = False
                return self._post(moment)
            case GraceDue(author, since):
                standing = self._roster.nodes.get(author)
                if standing and not standing.reachable and standing.since == since:
                    standing.hidden = True
                    return _told(self._roster.stand(author))
            case LingerDue(session):
                return self._linger(session, moment)
        return []

    # --- the users here ---------------------------------------------------------

    def _attend(self, session: Attended, moment: Moment) -> list[Effect]:
        claimed = self._pages.claimed(session.account, session.nick, moment.wall_ms)
        return self._changed(self._locals.attend(session, claimed), moment)

    def _spoke(self, said: SayAsked, moment: Moment) -> list[Effect]:
        """Who speaks is here, for a while."""
        linger = self._config.speaker_linger
        if linger <= 0 or self._leaving:
            return []
        session = Spoke(folded(said.nick))
        old = self._locals.session(session)
        rooms = dict.fromkeys(old.rooms if old else ())
        if not said.room.startswith("@"):
            rooms[room_name(said.room)] = None
        now = Attended(session, session.account, said.nick, tuple(rooms))
        try:
            now = now if now == old else self.check(now)  # signs, to see how long
        except (UsageError, Refused):
            return []
        timers: list[Effect] = []
        if session not in self._spoken:
            timers.append(StartTimer(LingerDue(session), linger))
        self._spoken[session] = moment.now + linger
        return [*timers, *(self._attend(now, moment) if now != old else [])]

    def _linger(self, session: Spoke, moment: Moment) -> list[Effect]:
        left = self._spoken[session] - moment.now
        if left > 0:
            return [StartTimer(LingerDue(session), left)]
        del self._spoken[session]
        return self._changed(self._locals.depart(session), moment)

    def _changed(self, account: str | None, moment: Moment) -> list[Effect]:
        if account is None or self._leaving:
            return []
        self._pages.changed(account)
        return self._post(moment)

    def _post(self, moment: Moment) -> list[Effect]:
        wait = self._pages.wait(moment.now)
        if wait is None or self._posting:
            return []
        if wait > 0:
            self._posting = True
            return [StartTimer(PostDue(), wait)]
        return self._post_now(moment)

    def _post_now(self, moment: Moment) -> list[Effect]:
        batch = self._pages.next_batch(moment.now, moment.wall_ms)
        shown = self._roster.put_page(self._me, self._pages.told)
        return [Post(batch), *_told(shown)]

    def _leave(self, moment: Moment) -> list[Effect]:
        self._locals.log_all_out()
        for account in self._locals.users:
            self._pages.changed(account)
        self._leaving = True
        return self._post_now(moment) if self._locals.users else []

    # --- the users elsewhere ------------------------------------------------------

    def _came(self, documents: Iterable[Document], moment: Moment) -> list[Effect]:
        authors: dict[AuthorKey, None] = {}
        for document in documents:
            if document.author == self._me:
                self._pages.came_back(document, moment.now)
            else:
                authors[document.author] = None
        changed: list[User] = []
        for author in authors:
            changed += self._roster.put_page(author, self.page_of(author))
        posts = [] if self._leaving else self._post(moment)
        return [*_told(changed), *posts]

    def _stand(self, member: MemberNamed, moment: Moment) -> list[Effect]:
        if member.key == self._me:
            return []
        known = self._roster.nodes.get(member.key)
        standing = known or Standing(member.name)
        self._roster.nodes[member.key] = standing
        self._keys[member.name] = member.key
        timers: list[Effect] = []
        if not member.reachable and standing.reachable:
            standing.since = moment.now
            due = GraceDue(member.key, moment.now)
            timers.append(StartTimer(due, self._config.user_grace))
        standing.name = member.name
        standing.reachable = member.reachable
        if member.reachable:
            standing.hidden = False
        elif member.left:
            standing.hidden = True
        if known is None:
            changed = self._roster.put_page(member.key, self.page_of(member.key))
        else:
            changed = self._roster.stand(member.key)
        return [*timers, *_told(changed)]

    def _forget(self, name: NodeName) -> list[Effect]:
        key = self._keys.pop(name, None)
        if key is None or key == self._me:
            return []
        standing = self._roster.nodes.get(key)
        if standing is not None and standing.name != name:
            return []  # it goes by another name by now
        return _told(self._roster.forget(key))


def _told(changed: Iterable[User]) -> list[Effect]:
    return [Notify(UserChanged(user)) for user in changed]
