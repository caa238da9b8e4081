"""The command in this process, and a `pulumi` command that answers as it is told: no engine, no waiting."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from auth0_local_tenant import LocalTenant
from auth0_permissions_cli.app import run

__all__ = ["FakePulumi", "Held", "credentials", "deployment", "said_by_command"]

_SCRIPT = """\
#!/bin/sh
# Answers "COMMAND ... --stack=NAME" with what stands in the files NAME.COMMAND.*; "version" is asked of no stack.
here=${0%/*}
for argument in "$@"; do
  [ "$before" = --stack ] && stack=$argument
  case $argument in
    --stack=*) stack=${argument#--stack=} ;;
    --*) ;;
    *) command=${command:-$argument} ;;
  esac
  before=$argument
done
answer=$here/$stack.$command
[ "$command" = version ] && { echo v3.259.0; exit 0; }
[ -e "$answer.code" ] || { echo "error: no stack named '$stack' found" >&2; exit 255; }
cat "$answer.err" >&2
cat "$answer.out"
read -r code < "$answer.code"
exit "$code"
"""
_TYPE = "pulumi-python:dynamic/auth0:ApiPermissions"


class FakePulumi:
    """A `pulumi` command in a folder of its own.

    Args:
        folder: an empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "bin"
        self._folder.mkdir()
        self.command = self._folder / "pulumi"
        self.command.write_text(_SCRIPT, encoding="ascii")
        self.command.chmod(0o755)

    def answers(self, stack: str, command: str, out: object = "", *, err: str = "", code: int = 0) -> None:
        """Say what a command is answered with; ``out`` is printed as JSON where it is no text."""
        text = out if isinstance(out, str) else json.dumps(out)
        for ending, content in (("out", text), ("err", err), ("code", f"{code}\n")):
            (self._folder / f"{stack}.{command}.{ending}").write_text(content, encoding="utf-8")

    def holds(self, stack: str, deployment: object, config: Mapping[str, str] | None = None) -> None:
        """Give a stack its state and its configuration."""
        self.answers(stack, "stack", {"version": 3, "deployment": deployment})
        self.answers(stack, "config", {key: {"value": value} for key, value in (config or {}).items()})

    @contextmanager
    def on_path(self) -> Iterator[None]:
        """Let it be the `pulumi` of this process."""
        path = f"{self._folder}{os.pathsep}{os.environ.get('PATH', '')}"
        with patch.dict("os.environ", PATH=path):
            yield


@dataclass(frozen=True, slots=True)
class Held:
    """One API of a stack, as its state has it; ``permissions`` is what is managed, as Pulumi writes it."""

    name: str
    identifier: str
    permissions: object
    api_id: str = "65f0c0ffee00000000000001"
    revision: str = "0" * 32


def deployment(stack: str, *apis: Held, outputs: Mapping[str, object] | None = None) -> dict[str, object]:
    """Return the state of a stack with these APIs and outputs, as `pulumi stack export` prints it."""
    root = {"urn": f"urn:pulumi:{stack}::shop::pulumi:pulumi:Stack::shop-{stack}", "type": "pulumi:pulumi:Stack"}
    return {
        "resources": [
            {**root, "outputs": dict(outputs or {})},
            *(
                {
                    "urn": f"urn:pulumi:{stack}::shop::{_TYPE}::{api.name}",
                    "type": _TYPE,
                    "outputs": {
                        "api": api.identifier,
                        "api_id": api.api_id,
                        "identifier": api.identifier,
                        "name": api.name,
                        "permissions": api.permissions,
                        "unmanaged_permissions": {},
                        "revision": api.revision,
                    },
                }
                for api in apis
            ),
        ]
    }


def credentials(tenant: LocalTenant, scopes: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the environment with which a command asks this tenant."""
    client_id, client_secret = tenant.issue_client(scopes) if scopes else (tenant.client_id, tenant.client_secret)
    return {"AUTH0_DOMAIN": tenant.domain, "AUTH0_CLIENT_ID": client_id, "AUTH0_CLIENT_SECRET": client_secret}


def said_by_command(*arguments: str | Path, environ: Mapping[str, str] | None = None, with_output: bool = False) -> str:
    """Run the command and return what it says on standard error.

    Args:
        arguments: the command's arguments.
        environ: variables to set; whatever begins with AUTH0 is not taken from this process's environment.
        with_output: whether standard output is returned as well, before standard error.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("AUTH0")}
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with (
        patch.dict("os.environ", {**own, **(environ or {})}, clear=True),
        redirect_stdout(output),
        redirect_stderr(io.StringIO()) as heard,
    ):
        run([str(argument) for argument in arguments])
    output.flush()
    printed = output.buffer.getvalue().decode("utf-8")
    return (printed if with_output else "") + heard.getvalue()
