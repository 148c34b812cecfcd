"""gossipchat: chat and cluster membership without a server."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = (HERE / "gossipchat" / "VERSION").read_text(encoding="ascii").strip()

setup(
    name="gossipchat",
    version=VERSION,
    description="Chat and cluster membership without a server, on memberlist's wire",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    zip_safe=False,
    # Without this line an editable install hides the twistd plugin: setuptools
    # would map `twisted.plugins` with an import hook that Twisted never asks.
    package_dir={"": "."},
    packages=[*find_packages(include=["gossipchat*"]), "twisted.plugins"],
    package_data={"gossipchat": ["py.typed", "VERSION"]},
    install_requires=[
        "Twisted[tls]>=26.10",
        "msgpack>=1.2",
        "cryptography>=50",
        "PyNaCl>=1.6",
        "click>=8.1",
    ],
    extras_require={"bench": ["matplotlib>=3.9"]},
    entry_points={"console_scripts": ["gossipchat=gossipchat.cli.main:main"]},
    classifiers=[
        "Framework :: Twisted",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Communications :: Chat",
        "Topic :: System :: Clustering",
    ],
)
