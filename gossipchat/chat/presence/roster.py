"""
Everybody's users as they are shown here, and whose a nick is.

A nick belongs to the earliest claim among all documents that are held of members,
(claimed, author, account); whoever else goes by it is shown as ``nick~abcd``, with
the first four hex digits of their node's key. That is a minimum over what is held:
nodes that hold the same documents show the same, whatever came first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gossipchat.chat.events import User
from gossipchat.chat.presence.profile import Profile, folded, read_profile
from gossipchat.feeds.document import Document
from gossipchat.names import AuthorKey, NodeName, RoomName

Key = tuple[AuthorKey, str]
"""A user: author and account."""


@dataclass(slots=True)
class Standing:
    """What is known of a node that users are at."""

    name: NodeName
    reachable: bool = True
    since: float = 0.0
    """When it became unreachable."""
    hidden: bool = False
    """It has been so for longer than the grace, or has left."""
    profiles: dict[str, Profile] = field(default_factory=dict)


class Roster:
    """Nodes, their users, and the claims on nicks."""

    def __init__(self) -> None:
        self.nodes: dict[AuthorKey, Standing] = {}
        self._claims: dict[str, dict[Key, int]] = {}
        self._holders: dict[str, Key] = {}
        """Whose each claimed nick is."""
        self._shown: dict[Key, User] = {}

    def users(self) -> list[User]:
        """Who is shown, by nick and node."""
        users = self._shown.values()
        return sorted(users, key=lambda one: (folded(one.nick), one.node, one.account))

    def counts(self) -> dict[RoomName, int]:
        """How many reachable users are in each room."""
        counts: dict[RoomName, int] = {}
        for user in self._shown.values():
            if user.reachable:
                for room in user.rooms:
                    counts[room] = counts.get(room, 0) + 1
        return counts

    def holder(self, nick: str) -> Key | None:
        """Whose *nick* is: the earliest claim on it."""
        return self._holders.get(folded(nick))

    def shown_nick(self, author: AuthorKey, nick: str) -> str:
        """How *nick* is shown where somebody at *author* goes, or went, by it."""
        holder = self.holder(nick)
        own = holder is None or holder[0] == author
        return nick if own and "~" not in nick else marked(nick, author)

    def put_page(self, author: AuthorKey, page: Iterable[Document]) -> list[User]:
        """All that *author* tells of its users now; who is shown otherwise by that."""
        standing = self.nodes.get(author)
        if standing is None:
            return []
        before, standing.profiles = standing.profiles, {}
        for document in page:
            profile = read_profile(document.body)
            if profile is not None and profile.here:
                standing.profiles[document.account] = profile
        nicks: dict[str, None] = {}
        for account, was in before.items():
            nicks[folded(was.nick)] = None
            self._claims[folded(was.nick)].pop((author, account), None)
        for account, profile in standing.profiles.items():
            nick = folded(profile.nick)
            nicks[nick] = None
            self._claims.setdefault(nick, {})[author, account] = profile.claimed
        touched = dict.fromkeys((author, account) for account in before)
        touched.update(
            dict.fromkeys((author, account) for account in standing.profiles)
        )
        for nick in nicks:
            touched.update(dict.fromkeys(self._settle(nick)))
        return self._refresh(touched)

    def _settle(self, nick: str) -> list[Key]:
        """
        See whose *nick* is now; who had it and who has it, if these are two.

        All others who go by it are shown as they were: thousands of claims on one
        nick must not be gone through for each.
        """
        claims = self._claims[nick]
        was = self._holders.pop(nick, None)
        if not claims:
            del self._claims[nick]
            return [] if was is None else [was]
        now = self._holders[nick] = min(claims, key=lambda key: (claims[key], key))
        return [] if was == now else [key for key in (was, now) if key is not None]

    def stand(self, author: AuthorKey) -> list[User]:
        """Its ``Standing`` has been changed: who is shown otherwise than before."""
        profiles = self.nodes[author].profiles
        return self._refresh((author, account) for account in profiles)

    def forget(self, author: AuthorKey) -> list[User]:
        """*author* is no member any more: its users go, and their claims."""
        changed = self.put_page(author, ())
        self.nodes.pop(author, None)
        return changed

    def _refresh(self, keys: Iterable[Key]) -> list[User]:
        changed: list[User] = []
        for key in keys:
            was, now = self._shown.get(key), self._user(key)
            if now is not None:
                self._shown[key] = now
            elif was is not None:
                del self._shown[key]
                now = was.gone()
            if now is not None and now != was:
                changed.append(now)
        return changed

    def _user(self, key: Key) -> User | None:
        author, account = key
        standing = self.nodes[author]
        profile = standing.profiles.get(account)
        if profile is None or standing.hidden:
            return None
        nick = profile.nick
        if self.holder(nick) != key or "~" in nick:
            nick = marked(nick, author)
        return User(
            author,
            account,
            nick,
            standing.name,
            profile.rooms,
            profile.away,
            standing.reachable,
        )


def marked(nick: str, author: AuthorKey) -> str:
    """*nick* as it is shown where it is another's."""
    return f"{nick}~{author.hex()[:4]}"
