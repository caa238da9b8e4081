"""The `pulumi` command on one stack: run it, read the configuration, and say why it failed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.wording import one_line, shown


class StackError(PermissionsError):
    """Raised when a stack cannot be read; the message names the stack and the way out."""


class NoStateYet(StackError):
    """Raised when nothing has been applied to the stack, or everything was destroyed."""


def run_pulumi(
    stack: str, arguments: Sequence[str], *, cwd: Path | None, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run the `pulumi` command on a stack without any question, and return the result, good or bad.

    Raises:
        StackError: there is no such command, or it cannot be started.
    """
    pulumi = shutil.which("pulumi", path=environ.get("PATH", ""))
    if pulumi is None:
        raise StackError(
            f'stack "{shown(stack)}" is read by the `pulumi` command, which is not on PATH: install it '
            "(https://www.pulumi.com/docs/install/)."
        )
    try:
        return subprocess.run(  # noqa: S603 - no shell; the stack's name is one argument
            [pulumi, *arguments, "--non-interactive", f"--stack={stack}"],
            cwd=cwd,
            env={**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:  # the folder is gone, the file is no program, …
        raise StackError(f'stack "{shown(stack)}" could not be read: {error.strerror}: {error.filename}.') from None


def pulumi_output(stack: str, arguments: Sequence[str], *, cwd: Path | None, environ: Mapping[str, str]) -> str:
    """Run the `pulumi` command as `run_pulumi` does, and return its standard output."""
    done = run_pulumi(stack, arguments, cwd=cwd, environ=environ)
    if done.returncode != 0:
        raise stack_failure(stack, done.stderr)
    return done.stdout


def stack_failure(stack: str, stderr: str) -> StackError:
    """Return the error that the words of a failed `pulumi` command describe; there are no codes."""
    said = last_error(stderr)
    name, lower = f'stack "{shown(stack)}"', said.lower()
    if "no stack named" in lower or "stack not found" in lower:
        return StackError(f"there is no {name} in this project and back end: `pulumi stack ls` lists those that exist.")
    if "passphrase" in lower or "decrypt" in lower:
        return StackError(f"the secrets of {name} cannot be read: {one_line(said)}. Set the stack's passphrase or key.")
    if "locked" in lower or "another update is currently in progress" in lower:
        return StackError(f"{name} is locked by another operation: {one_line(said)}. Try again when that is done.")
    return StackError(f"{name} could not be read: {one_line(said)}")


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
            f'the configuration of stack "{shown(name)}" is not what `pulumi config --json` prints; '
            "run it to see what it is."
        ) from None
