"""Commands ask a node in memory, over a real socket."""

from tests.shell.faces.conftest import served as served
