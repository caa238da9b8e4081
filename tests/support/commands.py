"""Commands that tests run to their end, and what came of them."""

import json
import os
import select
import signal
import subprocess
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT_S = 240


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command came to.

    Attributes:
        code: its exit code.
        out: what it said on standard output; all that it said, where the two were put together.
        err: what it said on standard error.
    """

    code: int
    out: str
    err: str = ""

    def __contains__(self, text: str) -> bool:
        return text in self.output

    @property
    def output(self) -> str:
        """All that it said."""
        return self.out + self.err

    @property
    def previewed(self) -> str:
        """What `pulumi up` said before the engine began to change anything."""
        before, begun, _ = self.out.partition("\nUpdating (")
        assert begun, self.out
        return before

    def data(self) -> Any:  # noqa: ANN401 - as the test knows it
        """Return standard output as JSON."""
        return json.loads(self.out)


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    environ: Mapping[str, str],
    together: bool = False,
    says: str = "",
    on_a_terminal: bool = False,
) -> Ran:
    """Run a command to its end; a traceback in what it says fails the test.

    Args:
        command: the program and its arguments.
        cwd: the folder.
        environ: its whole environment.
        together: whether standard error goes where standard output goes, in order.
        says: what stands on standard input.
        on_a_terminal: whether standard input is a terminal.
    """
    with _typed(says, terminal=on_a_terminal) as reading:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=dict(environ),
            stdin=reading,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if together else subprocess.PIPE,
            timeout=TIMEOUT_S,
            check=False,
        )
    ran = Ran(done.returncode, done.stdout.decode(), (done.stderr or b"").decode())
    assert "Traceback" not in ran.output, ran.output
    return ran


def run_on_terminal(
    command: Sequence[str], *, cwd: Path, environ: Mapping[str, str], columns: int, lines: int = 24
) -> Ran:
    """Run a command on a terminal; all that appears there is its output, with lines ended by a line feed."""
    main, side = os.openpty()
    termios.tcsetwinsize(side, (lines, columns))
    environ = {"TERM": "xterm-256color", **environ}
    with subprocess.Popen(command, cwd=cwd, env=environ, stdin=side, stdout=side, stderr=side) as process:
        os.close(side)
        said = bytearray()
        with suppress(OSError):  # a terminal whose last program has gone fails to be read
            while part := os.read(main, 65536):
                said.extend(part)
        os.close(main)
        return Ran(process.wait(TIMEOUT_S), said.decode("utf-8", "replace").replace("\r\n", "\n"))


@contextmanager
def local_tenant(command: Sequence[str], *, cwd: Path, environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Run a command that starts a local tenant, and give the line that it prints when it is ready: how to reach it."""
    with subprocess.Popen(
        command, cwd=cwd, env=dict(environ), stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            assert select.select([process.stdout], [], [], TIMEOUT_S)[0], "the local tenant does not start"
            yield json.loads(process.stdout.readline())
        finally:
            os.killpg(process.pid, signal.SIGTERM)


@contextmanager
def _typed(says: str, *, terminal: bool) -> Iterator[int]:
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
