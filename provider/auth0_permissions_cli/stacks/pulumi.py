"""The `pulumi` command on one stack: run it, read the configuration, and say why it failed.

On SIGINT, the engine finishes the write that is under way, records it and lets go of the stack. Left alone by us in the
middle of that, it would die of a broken pipe, and the stack would stay locked.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

import psutil

from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.text import escape, escape_line
from pulumi_auth0_permissions.promotion.config import APIS
from pulumi_auth0_permissions.pulumi_adapter.records import PLAN_FOLDER_VARIABLE, PROGRESS_FILE

_T = TypeVar("_T")
_LOOK_INTERVAL_S: Final = 0.25  # seconds between two calls of `on_wait`


class StackError(PermissionsError):
    """Raised when a stack cannot be read; the message names the stack and the way out."""


class NoStateYet(StackError):
    """Raised when nothing has been applied to the stack, or everything was destroyed."""


_NO_PROJECT = (
    "there is no Pulumi project here: no Pulumi.yaml in this folder or above it. Change to the project's folder, or "
    "name it with --cwd."
)


def run_pulumi(
    stack: str | None,
    arguments: Sequence[str],
    *,
    cwd: Path | None,
    environ: Mapping[str, str],
    on_wait: Callable[[], None] = lambda: None,
) -> subprocess.CompletedProcess[str]:
    """Run the `pulumi` command on a stack (``None``: the selected one) without any question; return the result.

    Ctrl-C lets it come to its end first: it would leave the stack locked.

    Args:
        stack: the stack; ``None`` for the selected one, or for a command that is not about one.
        arguments: the command's arguments.
        cwd: the project's folder.
        environ: the environment.
        on_wait: called again and again while it runs.

    Raises:
        StackError: there is no such command, or it cannot be started.
    """
    pulumi = shutil.which("pulumi", path=environ.get("PATH", ""))
    if pulumi is None:
        raise StackError(
            f"{_called(stack)} is read by the `pulumi` command, which is not on PATH: install it "
            "(https://www.pulumi.com/docs/install/)."
        )
    command = [pulumi, *arguments, "--non-interactive", *([f"--stack={stack}"] if stack else [])]

    def run() -> subprocess.CompletedProcess[str]:
        with subprocess.Popen(  # noqa: S603 - no shell; the stack's name is one argument
            command,
            cwd=cwd,
            env={**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            while True:
                try:
                    out, err = process.communicate(timeout=_LOOK_INTERVAL_S)
                except subprocess.TimeoutExpired:
                    on_wait()
                else:
                    return subprocess.CompletedProcess(command, process.returncode, out, err)

    try:
        return to_its_end(run)
    except OSError as error:  # the folder is gone, the file is no program, …
        raise StackError(f"{_called(stack)} could not be read: {error.strerror}: {error.filename}.") from None


def run_engine(
    stack: str,
    arguments: Sequence[str],
    *,
    cwd: Path | None,
    environ: Mapping[str, str],
    folder: Path,
    line: Callable[[str], None],
) -> subprocess.CompletedProcess[str]:
    """Run a command that calls the provider, as `run_pulumi` does.

    Args:
        stack: the stack.
        arguments: the command's arguments.
        cwd: the project's folder.
        environ: the environment.
        folder: where the provider leaves its plans.
        line: is shown what the provider is about.
    """

    def show_progress() -> None:
        with suppress(OSError, ValueError):  # nothing is said yet
            line((folder / PROGRESS_FILE).read_text(encoding="utf-8"))

    environ = {**environ, PLAN_FOLDER_VARIABLE: str(folder)}
    return run_pulumi(stack, arguments, cwd=cwd, environ=environ, on_wait=show_progress)


def pulumi_output(stack: str | None, arguments: Sequence[str], *, cwd: Path | None, environ: Mapping[str, str]) -> str:
    """Run the `pulumi` command as `run_pulumi` does, and return its standard output."""
    done = run_pulumi(stack, arguments, cwd=cwd, environ=environ)
    if done.returncode != 0:
        # Outside of a project, the engine may ask for a login before it looks for one.
        raise stack_failure(stack, done.stderr) if is_in_project(cwd) else StackError(_NO_PROJECT)
    return done.stdout


def selected_stack(*, cwd: Path | None, environ: Mapping[str, str]) -> str:
    """Return the stack that is selected in the project.

    Raises:
        StackError: there is no project, or no stack is selected.
    """
    return pulumi_output(None, ["stack", "--show-name"], cwd=cwd, environ=environ).strip()


def is_in_project(cwd: Path | None) -> bool:
    """Tell whether a folder belongs to a Pulumi project."""
    folder = (cwd or Path.cwd()).resolve()
    return any((one / name).is_file() for one in (folder, *folder.parents) for name in ("Pulumi.yaml", "Pulumi.yml"))


def stack_failure(stack: str | None, stderr: str) -> StackError:
    """Return the error that the words of a failed `pulumi` command describe; there are no codes."""
    said = last_error(stderr)
    name, lower = _called(stack), said.lower()
    if "no pulumi.yaml project file found" in lower or "pass the fully qualified name" in lower:
        return StackError(_NO_PROJECT)
    if "pulumi_access_token" in lower:
        return StackError(f"{name} cannot be read without a login: run `pulumi login`, or set PULUMI_BACKEND_URL.")
    if "no stack selected" in lower:
        return StackError(
            "no stack is selected in this project: name one, as in `auth0-permissions plan dev` or with --stack, or "
            "select it with `pulumi stack select`."
        )
    if "no stack named" in lower or "stack not found" in lower:
        return StackError(
            f"there is no {name} in this project and back end: `pulumi stack ls` lists those that exist, and --cwd "
            "names the folder of another project."
        )
    if "passphrase" in lower or "decrypt" in lower:
        return StackError(
            f"the secrets of {name} cannot be read: {escape_line(said)}. Set the stack's passphrase "
            "(`export PULUMI_CONFIG_PASSPHRASE=...`) or what its secrets provider needs."
        )
    if "locked" in lower or "another update is currently in progress" in lower:
        return StackError(
            f"{name} is locked by another operation: {escape_line(said)}. Try again when that is done; if nobody works "
            f"on it, an operation was cut off, and `pulumi cancel --stack {escape(stack or 'NAME')}` lets go of the "
            "stack."
        )
    return StackError(f"{name} could not be read: {escape_line(said)}")


def _called(stack: str | None) -> str:
    return f'stack "{escape(stack)}"' if stack else "the selected stack"


def last_error(output: str) -> str:
    """Return the last error in a failed command's output, or its last line where none is called an error."""
    lines = [text.strip() for text in output.splitlines() if text.strip()]
    errors = [text.removeprefix("error:").strip() for text in lines if text.startswith("error:")]
    return (errors or lines or ["`pulumi` failed without any output"])[-1].rstrip(".")


def read_stack_config(name: str, *, cwd: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    """Return a stack's configuration as ``namespace:key`` → text, secrets in clear: not to be shown or kept.

    Lists and maps come as JSON text, as Pulumi hands them over.
    """
    text = pulumi_output(name, ["config", "--json", "--show-secrets"], cwd=cwd, environ=environ)
    try:
        entries = json.loads(text)
        return {key: entry["value"] for key, entry in entries.items() if isinstance(entry.get("value"), str)}
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        # The output stays out of the message: it holds secrets.
        raise StackError(
            f'the configuration of stack "{escape(name)}" is not what `pulumi config --json` prints; '
            "run it to see what it is."
        ) from None


def write_apis(name: str, apis: Mapping[str, str], *, cwd: Path | None, environ: Mapping[str, str]) -> None:
    """Put into a stack's configuration which API each logical name stands for; its other settings stay."""
    entries = [f"--plaintext={APIS}.{logical}={api}" for logical, api in apis.items()]
    pulumi_output(name, ["config", "set-all", "--path", *entries], cwd=cwd, environ=environ)


def to_its_end(work: Callable[[], _T]) -> _T:
    """Do the work to its end and return what it returns; only then raise what Ctrl-C raises."""
    interrupted = False
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        while not working.done():
            try:
                wait([working])
            except KeyboardInterrupt:
                interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    return working.result()


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does, for as long as this is open.

    A terminal sends Ctrl-C to the whole process group, and so to the engine too; SIGTERM comes to this process alone,
    and is passed on.
    """

    def interrupt(_signal: int, _frame: object) -> None:
        for child in psutil.Process().children():
            with suppress(psutil.NoSuchProcess):
                child.send_signal(signal.SIGINT)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
