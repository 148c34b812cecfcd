"""
The house's source files, parsed: what each imports, defines and says.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]

Kind = TypeVar("Kind", bound=ast.AST)


@dataclass(frozen=True)
class Import:
    """One name that a file imports, dotted, as far as it can be told."""

    name: str
    line: int

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Source:
    """A file of the tree: its path from the root, with slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def module(self) -> str:
        """``gossipchat.wire.memberlist.codec``; a package goes by its folder's name."""
        dotted = self.path.removesuffix(".py").replace("/", ".")
        return dotted.removesuffix(".__init__")

    @property
    def room(self) -> str:
        """``wire`` for all of gossipchat/wire; ``names`` for gossipchat/names.py."""
        return [*self.module.split("."), ""][1]

    @property
    def imports(self) -> Iterator[Import]:
        """Every import, those inside functions too, each imported name by itself."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._base_of(node)
                for alias in node.names:
                    yield Import(f"{base}.{alias.name}", node.lineno)

    def _base_of(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.path.removesuffix(".py").split("/")[: -node.level]
        return ".".join([*parts, node.module] if node.module else parts)

    def nodes(self, kind: type[Kind]) -> Iterator[Kind]:
        """Every node of *kind* in the file."""
        return (node for node in ast.walk(self.tree) if isinstance(node, kind))


def read(*folders: str) -> list[Source]:
    """Every Python file below *folders* (paths from the root), in order."""
    return [
        Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


def complaints(
    rule: Callable[[Source], Iterable[str]], sources: Iterable[Source]
) -> list[str]:
    """All that *rule* has to say of *sources*, each with the path it is about."""
    return [f"{source.path}: {said}" for source in sources for said in rule(source)]


PACKAGE = read("gossipchat")
PLUGINS = read("twisted/plugins")
TESTS = read("tests")
