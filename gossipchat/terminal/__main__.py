"""
`python -m gossipchat.terminal DIR [node options]`; `gossipchat chat` runs it.
"""

import sys

from gossipchat.terminal.main import main

sys.exit(main(sys.argv[1], sys.argv[2:]))
