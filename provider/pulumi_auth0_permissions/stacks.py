"""Read what stacks hold, by the Pulumi command line: with it every back end works, and nothing is written.

The errors, each one sentence that names the stack and the way out::

    StackError
    ├── PulumiNotFound       there is no `pulumi` command
    ├── NoSuchStack          the back end knows no stack of that name
    ├── NoStateYet           the stack is there and nothing has been applied to it
    ├── StackLocked          the back end refuses while somebody else works on the stack
    ├── StackUndecryptable   its secrets cannot be read: the passphrase or key is missing or another one
    └── StackUnreadable      anything else; holds the command's own words
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.modes import Removal, Unmanaged
from pulumi_auth0_permissions.core.permissions import PermissionSet
from pulumi_auth0_permissions.core.snapshots import ApiState, StackSnapshot
from pulumi_auth0_permissions.core.wording import shown

__all__ = [
    "RESOURCE_TYPE",
    "ApiState",
    "NoStateYet",
    "NoSuchStack",
    "PulumiNotFound",
    "StackError",
    "StackLocked",
    "StackSnapshot",
    "StackUndecryptable",
    "StackUnreadable",
    "last_error",
    "parse_deployment",
    "read_stack",
    "read_stack_config",
    "run_pulumi",
    "stack_failure",
]

RESOURCE_TYPE = "pulumi-python:dynamic/auth0:ApiPermissions"

_SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"  # marks special values in state: sdk/go resource/sig.go
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark of a secret, not one
_URN_PARTS = 4  # urn:pulumi:STACK, PROJECT, TYPE and the name, which may itself hold the separator


class StackError(PermissionsError):
    """Raised when a stack cannot be read; ``stack`` is its name."""

    def __init__(self, stack: str, message: str) -> None:
        super().__init__(message)
        self.stack = stack


class PulumiNotFound(StackError):
    """Raised when there is no `pulumi` command on PATH."""


class NoSuchStack(StackError):
    """Raised when the back end knows no stack of that name."""


class NoStateYet(StackError):
    """Raised when nothing has been applied to the stack, or everything was destroyed."""


class StackLocked(StackError):
    """Raised when the back end refuses since somebody else works on the stack."""


class StackUndecryptable(StackError):
    """Raised when the stack's secrets cannot be read, or when a report would have to show one."""


class StackUnreadable(StackError):
    """Raised when the stack cannot be read for any other reason."""


def read_stack(name: str, *, cwd: Path | None, environ: Mapping[str, str]) -> StackSnapshot:
    """Return what a stack's state holds; nothing is refreshed, written or decrypted.

    Args:
        name: the stack, as for ``pulumi --stack``.
        cwd: folder of the stack's project; the process's own, if ``None``.
        environ: the environment of the `pulumi` command.

    Raises:
        StackError: one of its kinds above.
    """
    text = _told(name, ["stack", "export"], cwd=cwd, environ=environ)
    try:
        exported = json.loads(text)
        deployment = exported.get("deployment")
    except (ValueError, AttributeError):
        raise StackUnreadable(
            name, f'stack "{shown(name)}": `pulumi stack export` printed no JSON object; run it to see what.'
        ) from None
    return parse_deployment(name, deployment)


def read_stack_config(name: str, *, cwd: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    """Return a stack's configuration as ``namespace:key`` → text, secrets in clear: not to be shown or kept.

    Lists and maps come as JSON text, as Pulumi hands them over.

    Args:
        name: the stack, as for ``pulumi --stack``.
        cwd: folder of the stack's project; the process's own, if ``None``.
        environ: the environment of the `pulumi` command.

    Raises:
        StackError: one of its kinds above.
    """
    text = _told(name, ["config", "--json", "--show-secrets"], cwd=cwd, environ=environ)
    try:
        entries = json.loads(text)
        return {key: entry["value"] for key, entry in entries.items() if isinstance(entry.get("value"), str)}
    except (ValueError, AttributeError, KeyError, TypeError):
        # What was printed stays out of the message: there are secrets in it.
        raise StackUnreadable(
            name,
            f'the configuration of stack "{shown(name)}" is not what `pulumi config --json` prints; '
            "run it to see what it is.",
        ) from None


def parse_deployment(name: str, deployment: object) -> StackSnapshot:
    """Return what a deployment, the ``deployment`` of ``pulumi stack export``, holds of APIs.

    A resource that is only waiting to be deleted (the old one of a replacement) is left out.

    Raises:
        NoStateYet: if it holds no resource at all.
        StackUndecryptable: if a value that a report needs is a secret.
        StackUnreadable: if it is not as Pulumi writes it.
    """
    resources = deployment.get("resources") if isinstance(deployment, Mapping) else None
    if not resources:
        raise NoStateYet(name, f'stack "{shown(name)}" holds nothing yet: run `pulumi up --stack {shown(name)}` first.')
    apis: list[ApiState] = []
    outputs: dict[str, object] = {}
    try:
        for resource in resources:
            if resource.get("delete"):
                continue
            if resource["type"] == "pulumi:pulumi:Stack":
                found = resource.get("outputs") or {}
                outputs = {key: value for key, value in found.items() if not _is_secret(value)}
            elif resource["type"] == RESOURCE_TYPE:
                apis.append(_api_state(name, resource))
    except (LookupError, AttributeError, TypeError, ValueError):
        raise StackUnreadable(
            name, f'the state of stack "{shown(name)}" is not as this version knows it; run `pulumi up` on it first.'
        ) from None
    return StackSnapshot(name, tuple(sorted(apis, key=lambda api: (api.resource_name, api.urn))), outputs)


def _api_state(stack: str, resource: Mapping[str, object]) -> ApiState:
    urn = _text(resource["urn"])
    properties = resource["outputs"]
    if not isinstance(properties, Mapping):
        raise TypeError("outputs are a map")
    needed = ("api_id", "identifier", "name", "permissions", "unmanaged_permissions", "revision")
    resource_name = urn.split("::", _URN_PARTS - 1)[_URN_PARTS - 1]
    if any(_is_secret(properties[key]) for key in needed):
        raise StackUndecryptable(
            stack,
            f'stack "{shown(stack)}": the permissions of {shown(resource_name)} are marked as secret, and this would '
            "show them; take `pulumi.Output.secret` off them.",
        )
    return ApiState(
        urn=urn,
        resource_name=resource_name,
        api_id=_text(properties["api_id"]),
        identifier=_text(properties["identifier"]),
        api_name=_text(properties["name"]),
        managed=_set(properties["permissions"]),
        effective=_set({**properties["permissions"], **properties["unmanaged_permissions"]}),
        revision=_text(properties["revision"]),
        unmanaged=Unmanaged(properties.get("unmanaged") or Unmanaged.REFUSE),
        removal=Removal(properties.get("removal") or Removal.WARN),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text is expected")
    return value


def _set(value: object) -> PermissionSet:
    if not isinstance(value, Mapping):
        raise TypeError("a map is expected")
    return PermissionSet.of({_text(key): _text(text) for key, text in value.items()})


def _is_secret(value: object) -> bool:
    """Tell whether a value of the state is a secret, or holds one."""
    if isinstance(value, Mapping):
        return value.get(_SIGNATURE_KEY) == _SECRET_SIGNATURE or any(_is_secret(part) for part in value.values())
    return isinstance(value, list) and any(_is_secret(part) for part in value)


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


def _told(stack: str, arguments: Sequence[str], *, cwd: Path | None, environ: Mapping[str, str]) -> str:
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
            stack, f"the secrets of {name} cannot be read: {shown(said)}. Set the stack's passphrase or key."
        )
    if "locked" in lower or "another update is currently in progress" in lower:
        return StackLocked(stack, f"{name} is locked by another operation: {shown(said)}. Try again when that is done.")
    return StackUnreadable(stack, f"{name} could not be read: {shown(said)}")


def last_error(said: str) -> str:
    """Return the last error that a failed `pulumi` command has told, or the last line where it called none so."""
    lines = [text.strip() for text in said.splitlines() if text.strip()]
    errors = [text.removeprefix("error:").strip() for text in lines if text.startswith("error:")]
    return (errors or lines or ["`pulumi` failed without a word"])[-1].rstrip(".")
