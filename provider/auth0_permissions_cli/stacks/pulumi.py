"""The `pulumi` command on one stack: run it, read the configuration, and say why it failed.

On SIGINT, the engine finishes the write in progress, records it and unlocks the stack. If we exited in the middle of
that, it would die of a broken pipe, and the stack would stay locked.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import psutil

from pulumi_auth0_permissions.chain import short_name
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.text import escape, escape_line
from pulumi_auth0_permissions.pulumi_adapter.records import PLAN_FOLDER_VARIABLE, PROGRESS_FILE
from pulumi_auth0_permissions.settings import APIS

_LOOK_INTERVAL_S: Final = 0.25  # seconds between two reads of the provider's progress

_CREDENTIALS: Final = (
    "AUTH0_CLIENT_ID",
    "AUTH0_CLIENT_SECRET",
    "AUTH0_CLIENT_ASSERTION_PRIVATE_KEY",
    "AUTH0_CLIENT_ASSERTION_SIGNING_ALG",
    "AUTH0_API_TOKEN",
)
_ADDRESS: Final = ("AUTH0_DOMAIN", "AUTH0_AUDIENCE", "AUTH0_CUSTOM_DOMAIN_HEADER")
_STAGES: Final = tuple(f"{name}_" for name in _CREDENTIALS)  # before the name of a stage

_NO_PROJECT: Final = (
    "there is no Pulumi project here: no Pulumi.yaml in this folder or above it. Change to the project's folder, or "
    "name it with --cwd."
)
# What the command prints, since there are no codes → what to do.
_WAYS_OUT: Final = {
    "pulumi_access_token": "Run `pulumi login`, or set PULUMI_BACKEND_URL.",
    "no stack selected": "Name one, as in `auth0-permissions plan dev` or with --stack, or run `pulumi stack select`.",
    "no stack named|stack not found": "`pulumi stack ls` lists those that exist; --cwd names another project's folder.",
    "passphrase|decrypt": (
        "Set the stack's passphrase (`export PULUMI_CONFIG_PASSPHRASE=...`) or the credentials of its secrets provider."
    ),
    "locked|another update": (
        "Try again when that is done; if nothing is running, an operation was interrupted, and `pulumi cancel --stack "
        "{stack}` unlocks the stack."
    ),
}


class StackError(PermissionsError):
    """Raised when a stack cannot be read; the message names the stack and the way out."""


@dataclass(frozen=True, slots=True, repr=False)
class Stack:
    """A stack, and how `pulumi` is run on it; the environment holds secrets, so it has no ``repr``."""

    name: str  # as it was given; empty for the selected one
    cwd: Path | None  # the project's folder; None: the current one
    environ: Mapping[str, str]

    @classmethod
    def of(cls, name: str, cwd: Path | None, environ: Mapping[str, str] = os.environ) -> Self:
        """Return the stack with what of the process's environment is for it."""
        return cls(name, cwd, stage_environ(name, environ))

    @property
    def title(self) -> str:
        """What messages call it."""
        return f'stack "{escape(self.name)}"' if self.name else "the selected stack"

    def output(self, *arguments: str) -> str:
        """Run a command on the stack, and return its standard output."""
        done = self.run(*arguments)
        if done.returncode != 0:
            raise self.failure(done.stderr)
        return done.stdout

    def parsed(self, text: str, *command: str) -> Mapping[str, Any]:
        """Return what a command on the stack printed, as JSON.

        Raises:
            StackError: it is not a JSON object; the message does not repeat it, since it may hold secrets.
        """
        try:
            printed = json.loads(text)
        except (ValueError, RecursionError):
            printed = None
        if not isinstance(printed, dict):
            raise StackError(
                f"`pulumi {' '.join(command)}` of {self.title} did not print a JSON object; run it to see its output."
            )
        return printed

    def config(self) -> dict[str, str]:
        """Return the configuration as ``namespace:key`` → text, secrets in clear: not to be shown or kept.

        Lists and maps come as JSON text, as Pulumi hands them over.
        """
        command = ("config", "--json", "--show-secrets")
        entries = self.parsed(self.output(*command), *command)
        values = {key: entry.get("value") for key, entry in entries.items() if isinstance(entry, Mapping)}
        return {key: value for key, value in values.items() if isinstance(value, str)}

    def write_apis(self, apis: Mapping[str, str]) -> None:
        """Write to the configuration which API each logical name stands for; other settings stay."""
        entries = [f"--plaintext={APIS}.{logical}={api}" for logical, api in apis.items()]
        self.output("config", "set-all", "--path", *entries)

    def run_engine(
        self, *arguments: str, folder: Path, line: Callable[[str], None], environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a command that calls the provider, and wait until it ends.

        The provider writes its plans to ``folder``; its progress is shown on ``line``.
        """

        def show_progress() -> None:
            with suppress(OSError, ValueError):  # no progress yet
                line(json.loads((folder / PROGRESS_FILE).read_text(encoding="utf-8")))

        return self.run(*arguments, on_wait=show_progress, **environment, **{PLAN_FOLDER_VARIABLE: str(folder)})

    def run(
        self, *arguments: str, on_wait: Callable[[], None] = lambda: None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the `pulumi` command on the stack without prompts; ``on_wait`` is called while it runs.

        On Ctrl-C it may finish first: killed, it would leave the stack locked.

        Raises:
            StackError: there is no such command, or it cannot be started.
        """
        pulumi = shutil.which("pulumi", path=self.environ.get("PATH", ""))
        if pulumi is None:
            raise StackError(
                f"the `pulumi` command, which is needed to read {self.title}, is not on PATH: install it "
                "(https://www.pulumi.com/docs/install/)."
            )
        command = [pulumi, *arguments, "--non-interactive", *([f"--stack={self.name}"] if self.name else [])]
        interrupted, output = False, None
        try:
            with subprocess.Popen(  # noqa: S603 - no shell; the stack's name is one argument
                command,
                cwd=self.cwd,
                env={**self.environ, **environment, "PULUMI_SKIP_UPDATE_CHECK": "true"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
            ) as process:
                while output is None:
                    try:
                        with suppress(subprocess.TimeoutExpired):
                            output = process.communicate(timeout=_LOOK_INTERVAL_S)
                        on_wait()
                    except KeyboardInterrupt:
                        interrupted = True
        except OSError as error:  # the folder is gone, the file is no program, …
            raise StackError(f"{self.title} could not be read: {error.strerror}: {error.filename}.") from None
        if interrupted:
            raise KeyboardInterrupt
        return subprocess.CompletedProcess(command, process.returncode, *output)

    def failure(self, stderr: str) -> StackError:
        """Return the error that a failed command describes."""
        if not is_in_project(self.cwd):  # which the command does not mention if it asks for a login first
            return StackError(_NO_PROJECT)
        lines = [text.strip() for text in stderr.splitlines() if text.strip()]
        errors = [text.removeprefix("error:").strip() for text in lines if text.startswith("error:")]
        reason = (errors or lines or ["it failed without any output"])[-1].rstrip(".")
        hints = (hint for words, hint in _WAYS_OUT.items() if re.search(words, reason, re.IGNORECASE))
        hint = next(hints, "").format(stack=escape(self.name) or "NAME")
        return StackError(f"`pulumi` failed on {self.title}: {escape_line(reason)}. {hint}".rstrip())

    def advised(self, text: str) -> str:
        """Name the stack in the provider's advice: it knows no name, and the selected stack may be another."""
        return text.replace("pulumi config set ", f"pulumi config set --stack {escape(self.name)} ")


def stage_environ(stack: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for one stack: ``AUTH0_CLIENT_SECRET_PROD`` counts as ``AUTH0_CLIENT_SECRET`` on ``prod``.

    The ending is the last part of the stack's name, in capitals, with ``_`` for all but letters and digits. A promotion
    works on two tenants at once, and the names of the official provider hold the credentials of one. Where a stack has
    any credentials of its own, those of all stacks are ignored. Those of other stacks are left out.
    """
    ending = "_" + re.sub(r"[^A-Z0-9]", "_", short_name(stack).upper())
    # The program runs with this, and must not see other stages' credentials.
    result = {name: value for name, value in environ.items() if not name.startswith(_STAGES)}
    own = {name: environ[name + ending] for name in _CREDENTIALS if environ.get(name + ending)}
    if own:
        result |= {name: own.get(name, "") for name in _CREDENTIALS}
    result |= {name: environ[name + ending] for name in _ADDRESS if environ.get(name + ending)}
    return result


def selected_stack(cwd: Path | None) -> str:
    """Return the stack that is selected in the project.

    Raises:
        StackError: there is no project, or no stack is selected.
    """
    return Stack("", cwd, os.environ).output("stack", "--show-name").strip()


def is_in_project(cwd: Path | None) -> bool:
    """Tell whether a folder belongs to a Pulumi project."""
    folder = (cwd or Path.cwd()).resolve()
    return any((one / name).is_file() for one in (folder, *folder.parents) for name in ("Pulumi.yaml", "Pulumi.yml"))


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
