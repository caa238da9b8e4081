"""Commands as the fleet runs them, with a program that pretends to be the CLI."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from examples.fleet.runner.command import Commands, Ended

ROOT = Path(__file__).resolve().parents[2]
PRETEND = """#!/bin/sh
for last; do :; done  # --event-log FILE comes last
{body}
"""


@pytest.fixture
def commands(tmp_path: Path) -> Callable[[str], Commands]:
    """Returns commands whose `pulumi` is a shell script with the given body."""

    def make(body: str) -> Commands:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "pulumi").write_text(PRETEND.format(body=body))
        (folder / "pulumi").chmod(0o755)
        os.mkfifo(tmp_path / "ready")
        environ = {"PATH": f"{folder}:{os.environ['PATH']}", "READY": str(tmp_path / "ready")}
        return Commands(tmp_path, environ, tmp_path / "logs")

    return make


def test_what_a_command_says_is_kept(commands: Callable[[str], Commands], tmp_path: Path) -> None:
    """Output of both streams, the exit code, events, plans, and a log named after the stack."""
    ended = commands(
        """
        echo out; echo err >&2
        printf '{"sequence":0}\\n{"sequence":1}\\n{"cut' > "$last"
        echo '{"changes":[]}' > "$AUTH0_PERMISSIONS_PLAN_DIR/one.json"
        exit 3"""
    ).run(["up"], "org/dev")

    assert (ended.code, ended.output, ended.interrupted) == (3, "out\nerr\n", False)
    assert ended.events == ({"sequence": 0}, {"sequence": 1})
    assert ended.plans == ({"changes": []},)
    assert (tmp_path / "logs/org.dev.log").read_text() == "out\nerr\n"


def test_it_is_told_the_stack_and_asked_nothing(commands: Callable[[str], Commands]) -> None:
    """The stack is named, so that nobody's selected stack matters, and there is no terminal to ask on."""
    ended = commands('echo "$@"; readlink /proc/self/fd/0').run(["up", "--yes"], "dev")

    assert "up --yes --non-interactive --color=never --stack dev --event-log" in ended.output
    assert ended.output.endswith("/dev/null\n")


def test_its_processor_time_is_that_of_all_it_started(commands: Callable[[str], Commands]) -> None:
    """The work of its children counts: that is where the engine's time goes."""
    ended = commands('python3 -c "import time\nwhile time.process_time() < 0.2: pass"').run(["up"], "dev")

    assert ended.cpu_seconds >= 0.2


def test_ctrl_c_does_not_reach_it(commands: Callable[[str], Commands]) -> None:
    """It is in a process group of its own, so a terminal's Ctrl-C is this program's alone."""
    ended = commands("ps -o pgid= -p $$; echo $$").run(["up"], "dev")

    group, own = ended.output.split()
    assert group == own


class TestInterrupt:
    """Telling what runs to stop."""

    def test_each_is_told_once(self, commands: Callable[[str], Commands], tmp_path: Path) -> None:
        """The engine finishes its write when told once; told twice it would drop everything."""
        made = commands("""trap 'echo told; done=1' INT; echo > "$READY"; while [ -z "$done" ]; do sleep 0.01; done""")
        ended: list[Ended] = []
        thread = threading.Thread(target=lambda: ended.append(made.run(["up"], "dev")))
        thread.start()
        (tmp_path / "ready").read_text()

        told = made.interrupt(), made.interrupt()
        thread.join(timeout=20)

        assert told == (1, 0)
        assert ended[0].interrupted
        assert (ended[0].output, ended[0].code) == ("told\n", 0)

    def test_with_nothing_running_nobody_is_told(self, commands: Callable[[str], Commands]) -> None:
        """What has ended is not told any more: its number may be somebody else's by now."""
        made = commands("true")
        made.run(["up"], "dev")

        assert made.interrupt() == 0


def test_it_outlives_whoever_has_started_it(tmp_path: Path) -> None:
    """Killed with no chance to tell anybody, the fleet leaves its commands whole: what they print breaks no pipe."""
    (tmp_path / "pulumi").write_text(
        '#!/bin/sh\necho > ready; read go < go; echo one && echo two && echo "$?" > ended\n'
    )
    (tmp_path / "pulumi").chmod(0o755)
    for name in ("ready", "go", "ended"):
        os.mkfifo(tmp_path / name)
    program = (
        "import os, pathlib, sys; from examples.fleet.runner.command import Commands\n"
        f"Commands(pathlib.Path({str(tmp_path)!r}), os.environ).run(['up'], 'dev')"
    )
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}

    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environ) as fleet:
        (tmp_path / "ready").read_text()
        fleet.kill()
    (tmp_path / "go").write_text("go\n")

    assert (tmp_path / "ended").read_text() == "0\n"
