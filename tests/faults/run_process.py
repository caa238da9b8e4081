"""A stand-in for one run of the Pulumi CLI: a process that starts provider processes when told to.

Run as a script, it reads one JSON array a line (a command) from standard input, starts it, and answers with one JSON
object: the child's process id and the first line that it printed. When its input ends it kills what it has started.
"""

from __future__ import annotations

import json
import subprocess
import sys


def main() -> None:
    """Serve until standard input ends."""
    children: list[subprocess.Popen[str]] = []
    try:
        for line in sys.stdin:
            child = subprocess.Popen(
                json.loads(line), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            children.append(child)
            assert child.stdout is not None
            sys.stdout.write(json.dumps({"pid": child.pid, "line": child.stdout.readline().strip()}) + "\n")
            sys.stdout.flush()
    finally:
        for child in children:
            child.kill()
            child.communicate()


if __name__ == "__main__":
    main()
