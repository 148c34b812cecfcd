"""The law of names: nodes that hold the same documents show the same."""

from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.documents.shelf import Shelf
from gossipchat.chat.events import User
from gossipchat.chat.presence.profile import Profile, profile_body
from gossipchat.chat.presence.roster import Key, Roster, Standing
from gossipchat.feeds.author import Author
from gossipchat.feeds.document import Document
from gossipchat.names import NodeName

AUTHORS = [
    Author(Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32), 1) for n in (1, 2, 3)
]
NICKS = ["bob", "Bob", "ann"]

documents = st.builds(
    lambda author, account, edition, nick, claimed, here: AUTHORS[author].document(
        account, 1, edition, profile_body(Profile(nick, claimed, here))
    ),
    st.integers(0, 2),
    st.sampled_from(["x", "y"]),
    st.integers(0, 2),
    st.sampled_from(NICKS),
    st.integers(0, 2),
    st.booleans(),
)


class View:
    """What a node shows, told of documents and members one by one."""

    def __init__(self) -> None:
        self.shelf = Shelf(BroadcastConfig())
        self.roster = Roster()

    def hear(self, news: Document | int) -> None:
        if isinstance(news, int):
            author = AUTHORS[news].feed.author
            self.roster.nodes[author] = Standing(NodeName(f"n{news}"))
        else:
            author = news.author
            self.shelf.put(news)
        self.roster.put_page(author, self.shelf.page(author))

    def shown(self) -> tuple[object, ...]:
        lines = [
            self.roster.shown_nick(author.feed.author, nick)
            for author in AUTHORS
            for nick in NICKS
        ]
        return self.roster.users(), lines


@given(st.lists(documents, max_size=12), st.integers())
def test_any_order_of_arrival_gives_one_view(came: list[Document], seed: int) -> None:
    """Of who is listed, and of how every nick is shown."""
    news: list[Document | int] = [*came, 0, 1, 2]
    views = [View(), View()]
    for document in news:
        views[0].hear(document)
    chance = Random(seed)
    other = news + chance.sample(news, len(news) // 2)
    chance.shuffle(other)
    other = [0, 1, 2, *[one for one in other if not isinstance(one, int)]]
    for document in other:
        views[1].hear(document)
    assert views[0].shown() == views[1].shown()


@given(st.lists(documents, max_size=12))
def test_of_those_who_go_by_one_nick_one_keeps_it(came: list[Document]) -> None:
    """And all others are marked."""
    view = View()
    news: list[Document | int] = [0, 1, 2, *came]
    for one in news:
        view.hear(one)
    nicks = [user.nick.casefold() for user in view.roster.users()]
    plain = [nick for nick in nicks if "~" not in nick]
    assert len(plain) == len(set(plain))
    assert {nick.partition("~")[0] for nick in nicks} == set(plain)


def test_thousands_who_claim_one_nick_cost_no_more_than_others() -> None:
    """What changes is looked at, and whose the nick was and is: nobody else."""
    roster = Roster()
    pages = [
        [author.document(f"{n}", 1, 1, body) for n in range(64)]
        for author, body in zip(AUTHORS, map(profile_of, (3, 2, 1)), strict=True)
    ]
    for author, page in zip(AUTHORS, pages, strict=True):
        roster.nodes[author.feed.author] = Standing(NodeName("n"))
        changed = roster.put_page(author.feed.author, page)
        assert len(changed) <= len(page) + 1
    looked_at: list[object] = []
    make_user = roster._user

    def made(key: Key) -> User | None:
        looked_at.append(key)
        return make_user(key)

    roster._user = made  # type: ignore[method-assign]
    roster.put_page(AUTHORS[0].feed.author, pages[0][:-1])
    assert len(looked_at) == len(pages[0])


def profile_of(claimed: int) -> bytes:
    return profile_body(Profile("bob", claimed))
