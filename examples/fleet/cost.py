"""What a fleet costs, from what a try-out has measured: `python cost.py --help`."""

import sys

from runner.cost import main

if __name__ == "__main__":
    sys.exit(main())
