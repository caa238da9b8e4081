"""Run preview, up or refresh over many stacks of a Pulumi project: `python fleet.py --help`."""

import sys

from runner.app import main

if __name__ == "__main__":
    sys.exit(main())
