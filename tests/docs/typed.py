"""Commands that stand on a page for a reader to type, run as they stand there.

Their block holds nothing but commands, as what they print would be held by nobody:

    <!-- run: NAME -->
    ```console
    $ make demo
    ```
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docs.pages import PAGES, Fence, fences

TIMEOUT_S = 240
_PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Typed:
    """What the commands of a block came to.

    Attributes:
        codes: their exit codes, in order.
        output: all that they said, errors included.
    """

    codes: tuple[int, ...]
    output: str


def commands_to_type(name: str) -> tuple[str, ...]:
    """Return the commands of the block that is marked as run under a name, without their prompts.

    Raises:
        ValueError: if there is not one such block, or a line of it is no command.
    """
    found = [fence for page in PAGES for fence in fences(page) if (fence.kind, fence.argument) == ("run", name)]
    if len(found) != 1:
        raise ValueError(f"{name}: there are {len(found)} blocks, not one: {', '.join(map(str, found))}")
    return commands_in(found[0])


def commands_in(block: Fence) -> tuple[str, ...]:
    """Return the commands of a block that holds nothing else.

    Raises:
        ValueError: if a line of it is no command, or there is none.
    """
    lines = block.text.replace("\\\n", "").splitlines()
    if other := [line for line in lines or [""] if not line.startswith(_PROMPT)]:
        raise ValueError(f"{block}: no command, and nobody would hold it: {other[0]!r}")
    return tuple(line.removeprefix(_PROMPT) for line in lines)


def run_block(
    name: str,
    *,
    cwd: Path,
    environ: Mapping[str, str],
    says: str = "",
    on_a_terminal: bool = False,
    stand_ins: Mapping[str, str] | None = None,
) -> Typed:
    """Run a block in one shell, command by command, whatever their exit codes: as somebody at a terminal does.

    Args:
        name: what the block is marked as run under.
        cwd: the folder.
        environ: the whole environment.
        says: what the commands are answered when they ask for something.
        on_a_terminal: whether they are to believe that it comes from a terminal.
        stand_ins: what stands in the place of what is the reader's own: text on the page → text here.
    """
    commands = commands_to_type(name)
    for theirs, ours in (stand_ins or {}).items():
        assert any(theirs in command for command in commands), f"{name}: there is no {theirs!r} in the block"
        commands = tuple(command.replace(theirs, ours) for command in commands)
    with tempfile.TemporaryDirectory() as folder, _input(says, terminal=on_a_terminal) as reading:
        codes = Path(folder) / "codes"
        script = "".join(f"{command}\necho $? >>{shlex.quote(str(codes))}\n" for command in commands)
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=cwd,
            env=dict(environ),
            stdin=reading,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        return Typed(tuple(map(int, codes.read_text(encoding="utf-8").split())), done.stdout)


@contextmanager
def _input(says: str, *, terminal: bool) -> Iterator[int]:
    """Give a file to read from in which that stands: a terminal, or a pipe that ends behind it."""
    ours, theirs = os.openpty() if terminal else reversed(os.pipe())
    os.write(ours, says.encode())
    if not terminal:
        os.close(ours)
    try:
        yield theirs
    finally:
        os.close(theirs)
        if terminal:
            os.close(ours)
