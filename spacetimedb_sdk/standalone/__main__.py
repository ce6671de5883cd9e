"""`python -m spacetimedb_sdk.standalone`: what `python -m spacetimedb_sdk start` does."""

import sys

from ..system.console import lasting_output
from .command import main

if __name__ == "__main__":
    lasting_output()
    sys.exit(main(sys.argv[1:]))
