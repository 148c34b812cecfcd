"""
The rules of the house as functions: a source goes in, complaints come out.

Each complaint is a sentence with its line; no complaint, no trouble.
"""

import ast
import re
import sys
from collections.abc import Iterator

from tests.architecture.sources import Import, Source

FLOORS = (
    "names errors effects",
    "wire feeds",
    "swim broadcast chat",
    "peer",
    "store sim",
    "transport",
    "node",
    "faces cli terminal",
    "options testing __main__",
)
FLOOR = {room: n for n, rooms in enumerate(FLOORS) for room in rooms.split()}
GROUND = 0

PURE = {room for room in FLOOR if FLOOR[room] <= FLOOR["peer"]} | {"sim"}

# The only outsiders that a pure room may know, and of the standard library nothing
# that reads a clock, a file, a socket, the machine, or chance that is not passed in.
PURE_OUTSIDERS = {"cryptography", "msgpack", "nacl"}
IMPURE = {
    *("asyncio", "asyncore", "concurrent", "ctypes", "datetime", "fcntl", "getpass"),
    *("glob", "io", "locale", "logging", "mmap", "multiprocessing", "os", "pathlib"),
    *("platform", "queue", "sched", "secrets", "select", "selectors", "shutil"),
    *("signal", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "sys"),
    *("tempfile", "threading", "time", "urllib", "uuid", "warnings", "_thread"),
}
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "__import__"}

CLIENT = "gossipchat.faces.socket.client"
"""All of gossipchat that the programs `cli` and `terminal` may see."""
DOOR = "gossipchat.node.api"
"""All of the node that a face may see."""

MAX_FILE_LINES = 350
MAX_FUNCTION_LINES = 50

Function = ast.FunctionDef | ast.AsyncFunctionDef


def within(name: str, module: str) -> bool:
    """Whether *name* is *module* or something in it."""
    return name == module or name.startswith(module + ".")


def floor_complaints(source: Source) -> Iterator[str]:
    """An import goes down, or stays in its room; one floor's rooms are strangers."""
    if source.path == "gossipchat/__init__.py":
        return  # the named exception: it re-exports the library's face, lazily
    if source.room not in FLOOR:
        yield f"{source.path}: {source.room!r} has no floor"
        return
    for wanted, room in _rooms_imported(source):
        if room not in FLOOR:
            yield f"line {wanted.line}: {wanted.name} has no floor"
        elif not _may_see(source, room, wanted):
            yield f"line {wanted.line}: {source.room} must not import {wanted.name}"


def _rooms_imported(source: Source) -> Iterator[tuple[Import, str]]:
    for wanted in source.imports:
        top, _, rest = wanted.name.partition(".")
        if top == "gossipchat" and rest not in ("", "__version__"):
            yield wanted, rest.partition(".")[0]


def _may_see(source: Source, room: str, wanted: Import) -> bool:
    own = source.room
    if FLOOR[room] == GROUND:
        return True
    if own in ("cli", "terminal"):
        return room == own or within(wanted.name, CLIENT)
    if own == "faces":
        face = ".".join(source.module.split(".")[:3])
        return within(wanted.name, face) or within(wanted.name, DOOR)
    return room == own or FLOOR[room] < FLOOR[own]


def purity_complaints(source: Source) -> Iterator[str]:
    """A pure room knows no Twisted, clock, socket, file, or chance of its own."""
    if source.room not in PURE:
        return
    for wanted in source.imports:
        if not _is_pure(wanted):
            yield f"line {wanted.line}: {source.room} is pure, yet has {wanted.name}"
    for call in source.nodes(ast.Call):
        # a built-in by its bare name: other things than files may be opened
        name = getattr(call.func, "id", "")
        if name in IMPURE_CALLS or getattr(call.func, "attr", "") == "generate":
            name = name or "generate"
            yield f"line {call.lineno}: {source.room} is pure, yet calls {name}()"


def _is_pure(wanted: Import) -> bool:
    if wanted.top == "random":
        return wanted.name == "random.Random"
    if wanted.top in sys.stdlib_module_names:
        return wanted.top not in IMPURE
    return wanted.top == "gossipchat" or wanted.top in PURE_OUTSIDERS


def reactor_complaints(source: Source) -> Iterator[str]:
    """Reactor and clock are arguments; nothing below node takes the global one."""
    if FLOOR.get(source.room, 0) >= FLOOR["node"]:
        return
    for wanted in source.imports:
        if within(wanted.name, "twisted.internet.reactor"):
            yield f"line {wanted.line}: {source.room} takes the global reactor"


def size_complaints(source: Source) -> Iterator[str]:
    """A file or function that has grown too long has usually two ideas."""
    lines = source.text.count("\n")
    if lines > MAX_FILE_LINES:
        yield f"{lines} lines; at most {MAX_FILE_LINES}"
    for function, length in function_lengths(source):
        if length > MAX_FUNCTION_LINES:
            yield f"{function} has {length} lines; at most {MAX_FUNCTION_LINES}"


def function_lengths(source: Source) -> Iterator[tuple[str, int]]:
    """Each function's name and lines, from ``def`` on, its docstring left out."""
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            doc = node.body[0]
            has_doc = ast.get_docstring(node, clean=False) is not None
            taken = (doc.end_lineno or 0) - doc.lineno + 1 if has_doc else 0
            yield node.name, (node.end_lineno or 0) - node.lineno + 1 - taken


def setting_complaints(source: Source) -> Iterator[str]:
    """Every setting says below it what it is: unit, price, limit."""
    for settings in source.nodes(ast.ClassDef):
        if not settings.name.endswith(("Config", "Settings")):
            continue
        following: list[ast.stmt | None] = [*settings.body[1:], None]
        for field, below in zip(settings.body, following, strict=True):
            if isinstance(field, ast.AnnAssign) and not _is_text(below):
                name = ast.unparse(field.target)
                yield f"line {field.lineno}: {settings.name}.{name} isn't explained"


def _is_text(statement: ast.stmt | None) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def error_complaints(source: Source, errors: set[str]) -> Iterator[str]:
    """Every error says whose fault it is; *errors* are the bases that are known."""
    for kind in source.nodes(ast.ClassDef):
        bases = {ast.unparse(base).rpartition(".")[2] for base in kind.bases}
        if (bases & errors) and not ast.get_docstring(kind):
            yield f"line {kind.lineno}: error {kind.name} has no docstring"
        if "Exception" in bases and source.path != "gossipchat/errors.py":
            yield f"line {kind.lineno}: {kind.name} belongs into errors.py"
    for raised in source.nodes(ast.Raise):
        what = raised.exc.func if isinstance(raised.exc, ast.Call) else raised.exc
        if isinstance(what, ast.Name) and what.id in ("Exception", "BaseException"):
            yield f"line {raised.lineno}: raises plain {what.id}"


def errors_in(source: Source) -> set[str]:
    """The error classes that *source* defines, one level after the other."""
    errors = {"Exception", "BaseException"}
    for kind in source.tree.body:  # top down: a base stands above
        if isinstance(kind, ast.ClassDef):
            bases = {ast.unparse(base) for base in kind.bases}
            errors |= {kind.name} if bases & errors else set()
    return errors


def docstring_complaints(source: Source) -> Iterator[str]:
    """A module says what it is for."""
    if source.tree.body and not ast.get_docstring(source.tree):
        yield "no module docstring"


# Some letters in brackets, or this file would find itself.
PUT_OFF = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K|place[h]older)\b|for n[o]w\b")
VAGUE = ("Manager", "Handler", "Processor", "Util", "Utils", "Helper", "Data", "Info")


def word_complaints(source: Source) -> Iterator[str]:
    """Nothing is put off, and names say what a thing is."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := PUT_OFF.search(line):
            yield f"line {number}: {found.group()!r}: do it or file an issue"
    stem = source.module.rpartition(".")[2]
    if stem in {word.lower() for word in VAGUE}:
        yield f"a file called {stem} says nothing"
    for kind in source.nodes(ast.ClassDef):
        if kind.name.endswith(VAGUE):
            yield f"line {kind.lineno}: {kind.name} says nothing"


def test_habit_complaints(source: Source) -> Iterator[str]:
    """Tests wait for conditions and use fakes: no sleeping, no patching."""
    for wanted in source.imports:
        if wanted.name in ("time.sleep", "unittest.mock") or within(
            wanted.name, "unittest.mock"
        ):
            yield f"line {wanted.line}: a test must not use {wanted.name}"
    for call in source.nodes(ast.Call):
        if ast.unparse(call.func) == "time.sleep":
            yield f"line {call.lineno}: wait for a condition instead of sleeping"
