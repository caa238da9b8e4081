"""Runs of the engine with real provider processes.

What a preview and the update after it have in common is the `pulumi` process that started both; here one of that name
does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from support.provider_process import ProviderProcess

SCRIPT = Path(__file__).with_name("run_process.py")


class Run:
    """One run of the CLI.

    Args:
        environ: environment variables of every process of the run.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)

    def __enter__(self) -> Self:
        """Start the run."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AUTH0_")}
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=clean | {"PULUMI_PROJECT": "shop"} | self._environ,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the run and every process that it has started."""
        self._process.communicate()

    def start(self, command: list[str]) -> tuple[int, str]:
        """Start a process and return its id and the first line that it prints."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["pid"], answer["line"]


class RunProvider(ProviderProcess):
    """The provider process of one phase of a run.

    Args:
        run: the run.
        config: the stack's configuration.
    """

    def __init__(self, run: Run, config: Mapping[str, str]) -> None:
        super().__init__(config)
        self._run = run

    def _begin(self, command: list[str]) -> str:
        self.pid, line = self._run.start(command)
        return line

    def _end(self) -> None:
        self.kill()

    def kill(self) -> None:
        """Kill the process, as `kill -9` does."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
