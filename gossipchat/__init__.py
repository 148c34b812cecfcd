"""
Chat and cluster membership without a server.

The folders are the architecture: an import goes down the floors only, and
rooms on one floor do not know each other (docs/architecture.md;
tests/architecture holds it).
"""

from importlib.resources import files

__version__ = files(__name__).joinpath("VERSION").read_text(encoding="ascii").strip()
