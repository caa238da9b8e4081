"""The `pulumi` command on one stack: run it, and tell in the product's words why it failed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from auth0_permissions_cli.stacks.errors import (
    NoSuchStack,
    PulumiNotFound,
    StackError,
    StackLocked,
    StackUndecryptable,
    StackUnreadable,
)
from pulumi_auth0_permissions.core.wording import one_line, shown

__all__ = ["last_error", "run_pulumi", "stack_failure", "told"]


def run_pulumi(
    stack: str, arguments: Sequence[str], *, cwd: Path | None, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run the `pulumi` command on a stack, which asks nobody, and return what came of it, good or bad.

    Args:
        stack: the stack, as for ``pulumi --stack``.
        arguments: the command and its options.
        cwd: folder of the stack's project; the process's own, if ``None``.
        environ: the environment of the command.

    Raises:
        PulumiNotFound: if there is none on PATH.
        StackUnreadable: if it cannot be started.
    """
    pulumi = shutil.which("pulumi", path=environ.get("PATH", ""))
    if pulumi is None:
        raise PulumiNotFound(
            stack,
            f'stack "{shown(stack)}" is read by the `pulumi` command, which is not on PATH: install it '
            "(https://www.pulumi.com/docs/install/).",
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
        raise StackUnreadable(
            stack, f'stack "{shown(stack)}" could not be read: {error.strerror}: {error.filename}.'
        ) from None


def told(stack: str, arguments: Sequence[str], *, cwd: Path | None, environ: Mapping[str, str]) -> str:
    """Return what the command prints; raise the error that it tells of."""
    done = run_pulumi(stack, arguments, cwd=cwd, environ=environ)
    if done.returncode != 0:
        raise stack_failure(stack, done.stderr)
    return done.stdout


def stack_failure(stack: str, stderr: str) -> StackError:
    """Return the error that the words of a failed `pulumi` command tell of; they have no codes.

    Args:
        stack: the stack that it was about.
        stderr: what it said on standard error.
    """
    said = last_error(stderr)
    name, lower = f'stack "{shown(stack)}"', said.lower()
    if "no stack named" in lower or "stack not found" in lower:
        return NoSuchStack(
            stack, f"there is no {name} in this project and back end: `pulumi stack ls` lists those that there are."
        )
    if "passphrase" in lower or "decrypt" in lower:
        return StackUndecryptable(
            stack, f"the secrets of {name} cannot be read: {one_line(said)}. Set the stack's passphrase or key."
        )
    if "locked" in lower or "another update is currently in progress" in lower:
        return StackLocked(
            stack, f"{name} is locked by another operation: {one_line(said)}. Try again when that is done."
        )
    return StackUnreadable(stack, f"{name} could not be read: {one_line(said)}")


def last_error(said: str) -> str:
    """Return the last error that a failed `pulumi` command has told, or the last line where it called none so."""
    lines = [text.strip() for text in said.splitlines() if text.strip()]
    errors = [text.removeprefix("error:").strip() for text in lines if text.startswith("error:")]
    return (errors or lines or ["`pulumi` failed without a word"])[-1].rstrip(".")
