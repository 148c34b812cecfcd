"""
However it is packed, an install into an empty environment works whole.

Offline: the wheels are those that `make test` fetched beside this environment.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.packaging

ROOT = Path(__file__).parents[2]
WHEELS = Path(sys.prefix) / "wheels"
MAX_STEP_S = 240

NOT_SHIPPED = shutil.ignore_patterns(
    *(".git", ".venv*", "__pycache__", "*.egg-info", "build", "dist", ".*_cache"),
    *(".hypothesis", "scratch", "dropin.cache*"),
)


class Workshop:
    """A clean copy of the tree, and an empty environment to install into."""

    def __init__(self, home: Path) -> None:
        if not WHEELS.is_dir():
            pytest.skip("no wheels beside this environment: `make test` fetches them")
        self.home = home
        self.tree = home / "tree"
        shutil.copytree(ROOT, self.tree, ignore=NOT_SHIPPED)
        self.environment = home / "venv"
        venv.create(self.environment, with_pip=False)

    def run(self, *command: str | Path) -> str:
        """*command* away from the tree and offline; what it printed."""
        ran = subprocess.run(
            command,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=MAX_STEP_S,
            check=False,
            env={
                "PATH": os.defpath,
                "HOME": str(self.home),
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": WHEELS.as_uri(),  # its path may have spaces
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            },
        )
        assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def build(self, kind: str) -> Path:
        """The one wheel or sdist of the tree."""
        dist = self.home / "dist"
        tool = (sys.executable, "-m", "build", f"--{kind}", "--outdir", dist)
        self.run(*tool, self.tree)
        (built,) = dist.iterdir()
        return built

    def install(self, *what: str | Path) -> None:
        pip = (sys.executable, "-m", "pip", "--python", self.environment)
        self.run(*pip, "install", "-q", "--no-compile", *what)

    def assert_works(self) -> None:
        """Both commands are there and know what they are."""
        version = (ROOT / "gossipchat" / "VERSION").read_text(encoding="ascii").strip()
        programs = self.environment / "bin"
        assert version in self.run(programs / "gossipchat", "version")
        usage = self.run(programs / "twistd", "gossipchat", "--help")
        for option in ("--seed", "--listen", "--data", "--keyring", "--open"):
            assert option in usage
        assert "gossipchat" in self.run(programs / "twistd", "--help")


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def test_a_wheel_installs_whole(workshop: Workshop) -> None:
    """It has the twistd plugin and the type marker, and hides nothing of Twisted."""
    wheel = workshop.build("wheel")
    names = zipfile.ZipFile(wheel).namelist()
    assert "twisted/plugins/gossipchat_plugin.py" in names
    assert "gossipchat/py.typed" in names
    assert "twisted/__init__.py" not in names
    assert not [name for name in names if name.startswith("tests/")]
    workshop.install(wheel)
    workshop.assert_works()


def test_an_sdist_installs_whole(workshop: Workshop) -> None:
    """It has all that a packager needs, the tests too."""
    sdist = workshop.build("sdist")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"LICENSE", "README.md", "Makefile", "scripts/venv", "tests/conftest.py"}
    assert wanted <= names
    workshop.install(sdist)
    workshop.assert_works()


def test_an_editable_install_works_whole(workshop: Workshop) -> None:
    """The plugin must be found through the tree."""
    workshop.install("-e", workshop.tree)
    workshop.assert_works()


def test_a_plain_install_of_the_tree_works_whole(workshop: Workshop) -> None:
    """`pip install .`, what the README says."""
    workshop.install(workshop.tree)
    workshop.assert_works()
