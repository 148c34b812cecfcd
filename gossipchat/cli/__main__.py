"""
`python -m gossipchat.cli` is `gossipchat`.
"""

from gossipchat.cli.main import main

main()
