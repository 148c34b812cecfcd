"""
Chat and cluster membership without a server.

The folders are the architecture: an import goes down the floors only, and
rooms on one floor do not know each other (docs/architecture.md;
tests/architecture holds it).

Programs take ``Cluster`` from here (docs/library.md). It is fetched when it is asked
for: the command ``gossipchat`` starts without Twisted, and imports nothing at all
before it can be interrupted without a traceback.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gossipchat.node.library.casts import Cast as Cast
    from gossipchat.node.library.changes import Change as Change
    from gossipchat.node.library.changes import News as News
    from gossipchat.node.library.cluster import Cluster as Cluster
    from gossipchat.node.library.queries import Asked as Asked

__version__: str
"""Read from the file VERSION when it is asked for."""

FACE = {
    "Asked": "queries",
    "Cast": "casts",
    "Change": "changes",
    "Cluster": "cluster",
    "News": "changes",
}
"""The library's face: each name, and the file of ``node.library`` that has it."""


def __getattr__(name: str) -> object:
    if name == "__version__":
        from pathlib import Path

        return Path(__file__).with_name("VERSION").read_text(encoding="ascii").strip()
    if name in FACE:
        from importlib import import_module

        return getattr(import_module(f"gossipchat.node.library.{FACE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), "__version__", *FACE])
