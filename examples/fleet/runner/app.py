"""The command line of the fleet: which stacks, in which order, what is told meanwhile, and how it is stopped."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pulumi.automation import CommandError, InvalidVersionError, LocalWorkspace

from .arguments import parser
from .budget import Budget, BudgetError
from .command import Commands
from .outcome import Outcome, Result, judge, printable
from .pool import Progress, Stopper, run
from .report import Earlier, ExitCode, Report, table
from .revision import Revisions
from .schedule import Schedule
from .stacks import FleetStack, NoSuchStack, discover, sources_among

__all__ = ["main"]

_ARGUMENTS = {
    "preview": ["preview"],
    "up": ["up", "--yes"],  # preview and update in one run of the engine: nothing goes that its preview did not show
    "refresh": ["refresh", "--yes", "--skip-preview"],  # writes the state, never to a tenant
}
_WRITE_REPORT_EVERY_S = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command over the stacks of a project and return the exit code."""
    options = parser().parse_args(arguments)
    try:
        return Fleet(options).run()
    except _Refused as error:
        return _complain(str(error), ExitCode.REFUSED)
    except (NoSuchStack, _Usage) as error:
        return _complain(str(error), ExitCode.USAGE)
    except FileNotFoundError as error:
        return _complain(f"{error.strerror}: {error.filename}", ExitCode.USAGE)
    except (CommandError, InvalidVersionError) as error:
        lines = [line.strip() for line in str(error).splitlines() if "error:" in line]
        return _complain(lines[-1].removeprefix("stderr:").strip() if lines else str(error), ExitCode.FAILED)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


class _Usage(Exception):
    """Raised when arguments do not go together, or name what is not there."""


class _Refused(Exception):
    """Raised when a rule stands against what was asked for."""


class Fleet:
    """One run over a project's stacks.

    Args:
        options: the parsed command line.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        if options.per_tenant > 1 and options.requests_per_second is None:
            raise _Usage("--per-tenant above 1 needs --requests-per-second: they have to share a number")
        self._options = options
        self._folder: Path = options.cwd.resolve()
        self._started_s = time.monotonic()
        self._stopper = Stopper()
        self._interrupted = False
        self._written_s = 0.0
        self._outcomes: list[Outcome] = []
        self._workspace = LocalWorkspace(work_dir=str(self._folder))
        self._commands = Commands(self._folder, os.environ, options.logs)
        left_out = tuple(path for path in (options.json, options.resume) if path is not None)
        self._revisions = Revisions(self._folder, leave_out=left_out, given=options.revision)

    def run(self) -> ExitCode:
        """Run it; prints progress on standard error and the table on standard output."""
        stacks = self._stacks()
        if self._options.list:
            for stack in stacks:
                print(f"{printable(stack.name)}  {printable(stack.tenant)}")
            return ExitCode.DONE
        todo = list(self._not_done(stacks))
        options = self._options
        schedule = Schedule(todo, at_once=options.parallel, per_tenant=options.per_tenant)
        self._budget = Budget(self._workspace, options.requests_per_second, options.per_tenant)
        try:
            with self._stoppable():
                earlier = list(self._outcomes)
                ran = run(
                    schedule,
                    self._operate,
                    at_once=options.parallel,
                    stopper=self._stopper,
                    max_failures=options.max_failures,
                    told=self._tell,
                )
                self._outcomes = [*earlier, *ran]
        finally:
            self._budget.close()
        report = self._report()
        if options.json is not None:
            report.write(options.json)
        print(table(report.outcomes, report.command))
        return report.exit_code()

    def _stacks(self) -> list[FleetStack]:
        options = self._options
        everything = discover(self._workspace, options.stacks, os.environ)
        stacks = [stack for stack in everything if options.shard.has(stack.tenant)]
        if options.command == "up" and (taken := list(sources_among(everything))):
            stack, source = taken[0]
            raise _Refused(
                f"{stack} takes its permissions from {source}, and both are among the stacks given "
                f"({len(taken)} such): what it would get depends on who is first. Run the sources, then the others, or "
                "`auth0-permissions promote`."
            )
        return stacks

    def _not_done(self, stacks: Sequence[FleetStack]) -> Iterator[FleetStack]:
        """Yield the stacks that are to be run, and keep what came of the others earlier."""
        file = self._options.resume
        try:
            earlier = None if file is None else Earlier.read(file)
        except ValueError as error:
            raise _Usage(f"{file}: {error}") from None
        for stack in stacks:
            revision = self._revisions.of(stack.config_file)
            done = earlier and earlier.done(self._options.command, stack.name, revision)
            if done:
                self._outcomes.append(done)
            else:
                yield stack

    def _operate(self, stack: FleetStack) -> Outcome:
        """Run one stack; in a thread."""
        revision = self._revisions.of(stack.config_file)
        try:
            budget = self._budget.arguments(stack)
        except BudgetError as error:
            return Outcome(stack.name, stack.tenant, Result.FAILED, revision=revision, message=str(error))
        ended = self._commands.run([*_ARGUMENTS[self._options.command], *budget], stack.name)
        result, changes, conflicts, message = judge(
            ended.code, ended.output, ended.events, ended.plans, interrupted=ended.interrupted
        )
        return Outcome(
            stack.name,
            stack.tenant,
            result,
            changes,
            conflicts,
            ended.seconds,
            ended.cpu_seconds,
            revision,
            message,
        )

    def _tell(self, outcome: Outcome, progress: Progress) -> None:
        self._outcomes.append(outcome)
        notes = [
            *([f"{progress.failed} failed"] if progress.failed else []),
            *([f"{_duration(progress.seconds_left)} left"] if progress.done < progress.total else []),
        ]
        what = " ".join(part for part in (outcome.result.told(self._options.command), str(outcome.changes)) if part)
        width = len(str(progress.total))
        _say(
            f"[{progress.done:>{width}}/{progress.total}] {outcome.stack}: {what}, {outcome.seconds:.1f} s"
            + (f"  ({', '.join(notes)})" if notes else "")
        )
        now_s = time.monotonic()
        if self._options.json is not None and now_s - self._written_s >= _WRITE_REPORT_EVERY_S:
            self._report().write(self._options.json)
            self._written_s = now_s

    def _report(self) -> Report:
        options = self._options
        seconds = time.monotonic() - self._started_s
        return Report(options.command, str(options.shard), self._outcomes, seconds, self._interrupted)

    @contextmanager
    def _stoppable(self) -> Iterator[None]:
        """Let Ctrl-C (or SIGTERM) stop the run: at first what runs ends by itself; the second time it is told to."""

        def stop(_signal: int, _frame: object) -> None:
            if not self._interrupted:
                self._interrupted = True
                self._stopper.stop("stopped")
                _say_in_handler(
                    "stopping: what runs comes to its end, nothing else starts; once more to cancel what runs"
                )
            elif told := self._commands.interrupt():
                _say_in_handler(f"told {told} of them to stop; they finish the write that is under way, and record it")

        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, stop) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"


def _say(text: str) -> None:
    print(printable(text), file=sys.stderr, flush=True)


def _say_in_handler(text: str) -> None:
    """Say it while a signal is handled: maybe in the middle of a `print`, whose buffer cannot be entered twice."""
    os.write(sys.stderr.fileno(), f"{printable(text)}\n".encode())


def _complain(text: str, code: ExitCode) -> ExitCode:
    _say(f"error: {text}")
    return code
