"""Update many stacks of one Pulumi project: preview all of them, ask, then update those with changes.

Stacks of one tenant take turns, so that they do not compete for its rate limit; stacks of different tenants run at the
same time. A stack that fails does not stop the others. Results go into a report, and `--resume` continues from there.
"""

import argparse
import fnmatch
import hashlib
import json
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from pulumi.automation import CommandError, LocalWorkspace, OpType, Stack
from pulumi.automation.events import DiagnosticEvent, EngineEvent

NOTHING_TO_DO = {OpType.SAME, OpType.READ, OpType.REFRESH}
PART_OF_A_PROGRAM = {".py", ".yaml", ".yml", ".json", ".toml", ".txt"}
OUR_TYPE = "::pulumi-python:dynamic/auth0:ApiPermissions::"
MARKUP = re.compile(r"<\{%.*?%\}>")  # the engine's own, for colours
ECHOES = ("an unhandled error occurred", "preview failed", "update failed", "resource partially")


@dataclass(frozen=True)
class Outcome:
    """What happened to one stack.

    Attributes:
        result: ``unchanged``, ``to update``, ``updated`` or ``failed``.
        message: the plan of each API, or the error.
        revision: a digest of the program, the catalog and the configuration.
    """

    result: str
    message: str = ""
    revision: str = ""

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do for the stack."""
        return self.result in ("unchanged", "updated")


class Workspace(LocalWorkspace):
    """A workspace that does not change the user's selected stack; every command names its stack."""

    def select_stack(self, stack_name: str) -> None:
        """Select nothing."""


class Report:
    """Outcomes by stack, in a file that is rewritten after each of them."""

    def __init__(self, file: Path, *, resume: bool) -> None:
        self._file, self._lock = file, threading.Lock()
        self.outcomes: dict[str, Outcome] = {}
        if resume and file.exists():
            data = json.loads(file.read_text(encoding="utf-8"))
            self.outcomes = {stack: Outcome(**outcome) for stack, outcome in data["stacks"].items()}

    def add(self, stack: str, outcome: Outcome) -> None:
        """Record an outcome, and print it."""
        with self._lock:
            self.outcomes[stack] = outcome
            data = {"format": 1, "stacks": {name: asdict(one) for name, one in sorted(self.outcomes.items())}}
            new = self._file.with_name(f".{self._file.name}.new")
            new.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
            new.replace(self._file)
            print(f"{stack}: {outcome.result}", *outcome.message.splitlines(), sep="\n    ", flush=True)

    def is_done(self, stack: str, revision: str) -> bool:
        """Return whether a stack is done, at the same revision of program and configuration."""
        outcome = self.outcomes.get(stack)
        return outcome is not None and outcome.is_done and outcome.revision == revision


class Fleet:
    """The stacks of a project.

    Args:
        folder: the project.
        report: where outcomes go.
        parallel: how many tenants are processed at the same time.
    """

    def __init__(self, folder: Path, report: Report, parallel: int) -> None:
        self._folder, self._report, self._parallel = folder, report, parallel
        self._stopping = threading.Event()
        # The Automation API starts one `pulumi` for the preview and another one for the update. Naming this process,
        # which starts both, makes them one run: the update does nothing that its preview did not show.
        environ = {"AUTH0_PERMISSIONS_RUN": str(os.getpid()), "PULUMI_SKIP_UPDATE_CHECK": "true"}
        self._workspace = Workspace(work_dir=str(folder), env_vars=environ)

    def stacks(self, patterns: Sequence[str]) -> list[str]:
        """Return the names of the stacks that match one of the patterns, or of all stacks if there is no pattern."""
        names = [stack.name for stack in self._workspace.list_stacks()]
        for pattern in patterns:
            if not fnmatch.filter(names, pattern):
                raise SystemExit(f"no stack of this project matches {pattern}")
        return sorted(n for n in names if not patterns or any(fnmatch.fnmatch(n, pattern) for pattern in patterns))

    def preview(self, stacks: Sequence[str]) -> list[str]:
        """Preview stacks and return those that need an update."""

        def one(stack: Stack, on_event: Callable[[EngineEvent], None]) -> str:
            changes = stack.preview(color="never", on_event=on_event).change_summary
            return "to update" if changes.keys() - NOTHING_TO_DO else "unchanged"

        self._each(stacks, one)
        return [stack for stack in stacks if self._result(stack) == "to update"]

    def update(self, stacks: Sequence[str]) -> None:
        """Update stacks as their previews showed."""

        def one(stack: Stack, on_event: Callable[[EngineEvent], None]) -> str:
            stack.up(color="never", on_event=on_event, show_secrets=False)
            return "updated"

        self._each(stacks, one)

    def revision(self, stack: str) -> str:
        """Return a digest of the program, the catalog and the stack's configuration."""
        digest = hashlib.sha256()
        for file in sorted(_files(self._folder)):
            if not re.fullmatch(r"Pulumi\..+\.yaml", file.name) or file.name == f"Pulumi.{stack}.yaml":
                digest.update(
                    f"{file.relative_to(self._folder)} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode()
                )
        return digest.hexdigest()[:32]

    def _result(self, stack: str) -> str:
        outcome = self._report.outcomes.get(stack)
        return outcome.result if outcome else ""

    def _each(self, stacks: Sequence[str], operate: Callable[[Stack, Callable[[EngineEvent], None]], str]) -> None:
        """Process all stacks, those of one tenant one after the other."""
        with ThreadPoolExecutor(self._parallel) as pool:
            tenants: dict[str, list[str]] = {}
            for stack, tenant in zip(stacks, pool.map(self._tenant, stacks), strict=True):
                tenants.setdefault(tenant, []).append(stack)
            # Start the longest queue first: it decides when everything is done.
            queues = sorted(tenants.values(), key=len, reverse=True)
            working = [pool.submit(self._queue, queue, operate) for queue in queues]
            try:
                for queue in working:
                    queue.result()
            except KeyboardInterrupt:
                # Ctrl-C reaches each `pulumi` as well, which finishes its current write and releases its stack.
                self._stopping.set()
                print("stopping: waiting for the running stacks", file=sys.stderr)
                raise

    def _queue(self, stacks: Sequence[str], operate: Callable[[Stack, Callable[[EngineEvent], None]], str]) -> None:
        for name in stacks:
            if self._stopping.is_set():
                return
            revision, said = self.revision(name), list[str]()
            try:
                result = operate(Stack.select(name, self._workspace), lambda event: said.extend(_said(event)))  # noqa: B023
            except CommandError as error:
                result = "failed"
                said = said or str(error).strip().splitlines()[-1:]
            self._report.add(name, Outcome(result, "\n".join(dict.fromkeys(said)), revision))

    def _tenant(self, stack: str) -> str:
        """Return a stack's tenant, or the stack's own name if none is configured, so that it runs on its own."""
        domain = self._workspace.get_all_config(stack).get("auth0:domain")
        return (domain.value.strip().lower() if domain else "") or os.environ.get("AUTH0_DOMAIN") or stack


def _said(event: EngineEvent) -> Iterator[str]:
    """Return the provider's messages about an API, and all errors."""
    diagnostic: DiagnosticEvent | None = event.diagnostic_event
    if diagnostic is None or diagnostic.ephemeral:
        return
    text = MARKUP.sub("", diagnostic.message).strip()
    is_ours = OUR_TYPE in (diagnostic.urn or "") or diagnostic.severity == "error"
    if is_ours and text and not text.removeprefix("error: ").startswith(ECHOES):
        yield "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.name.startswith(".") or entry.name == "__pycache__" or (entry / "pyvenv.cfg").exists():
            continue
        if entry.is_dir():
            yield from _files(entry)
        elif entry.suffix in PART_OF_A_PROGRAM:
            yield entry


def _agreed(count: int) -> bool:
    try:
        return input(f"Update {count} {'stack' if count == 1 else 'stacks'} as shown? [y/N] ").strip().lower() == "y"
    except EOFError:
        return False


def _run(options: argparse.Namespace) -> Mapping[str, Outcome]:
    report = Report(options.report, resume=options.resume)
    fleet = Fleet(options.cwd.resolve(), report, options.parallel)
    stacks = fleet.stacks(options.stacks)
    left = [stack for stack in stacks if not report.is_done(stack, fleet.revision(stack))]
    to_update = fleet.preview(left)
    if to_update and not options.preview and (options.yes or _agreed(len(to_update))):
        fleet.update(to_update)
    return {stack: report.outcomes[stack] for stack in stacks}


def main() -> int:
    """Run the command line and return its exit code: 1 if a stack failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("stacks", nargs="*", metavar="STACK", help="names or patterns such as '*-prod' (default: all)")
    parser.add_argument("--cwd", type=Path, default=Path(), help="the project (default: this folder)")
    parser.add_argument("--parallel", type=int, default=2, help="tenants at the same time (default: 2)")
    parser.add_argument("--preview", action="store_true", help="update nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask before the updates")
    parser.add_argument("--report", type=Path, default=Path(".fleet.json"), help="results (default: .fleet.json)")
    parser.add_argument("--resume", action="store_true", help="skip stacks that the report lists as done")
    try:
        outcomes = _run(parser.parse_args())
    except KeyboardInterrupt:
        return 130
    results = [outcome.result for outcome in outcomes.values()]
    counts = ", ".join(f"{results.count(result)} {result}" for result in dict.fromkeys(sorted(results)))
    print(f"{len(results)} {'stack' if len(results) == 1 else 'stacks'}: {counts or 'nothing to do'}")
    return 1 if "failed" in results else 0


if __name__ == "__main__":
    sys.exit(main())
