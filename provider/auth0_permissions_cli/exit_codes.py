"""What the exit code of a command means; scripts rely on the numbers."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """The exit codes."""

    DONE = 0
    FAILED = 1  # also: done in part; the message says what is missing
    USAGE = 2
    MISSING_EXTRA = 3
    REFUSED = 4  # it could be done, and a rule stands against it
    DIFFERENT = 5  # `matrix --check`: there are differences
    INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it


EXIT_CODES_HELP: Final = """\b
Exit codes:
  0    done
  1    failed, or done in part; the message on standard error says why
  2    wrong usage
  3    a part of the package is not installed (its extra is named)
  4    refused: it could be done, but a rule stands against it
  5    matrix --check: there are differences
  130  interrupted"""
