"""A stack as the real CLI leads it, to be held against the same expectations as one at the level of the hooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from faults.stack import Outcome, Program, State
from support.commands import Ran
from support.workspace import Workspace

_PROBLEM = "pulumi-python:dynamic/auth0:ApiPermissions resource 'orders' has a problem: "


@dataclass
class CliStack:
    """One stack of a project; its program is written anew for every command.

    Attributes:
        workspace: the project.
        name: of the stack.
        state: what the engine keeps of the resource; ``None`` while there is none.
    """

    workspace: Workspace
    name: str
    state: State | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.workspace.init(self.name)

    @property
    def client_id(self) -> str:
        """The application that the product calls the tenant as."""
        return self.workspace.client_id

    def preview(self, program: Program, *, refresh: bool = False) -> Outcome:
        """Run `pulumi preview`."""
        self._declare(program)
        return self._told(self._run("preview", *_flags(refresh=refresh)))

    def up(
        self,
        program: Program,
        *,
        refresh: bool = False,
        skip_preview: bool = False,
        between: Callable[[], object] | None = None,
    ) -> Outcome:
        """Run `pulumi up`."""
        assert between is None, "the CLI asks nobody when it is not interactive"
        self._declare(program)
        more = ["--skip-preview"] if skip_preview else []
        return self._told(self._run("up", "--yes", *more, *_flags(refresh=refresh)))

    def refresh(self) -> Outcome:
        """Run `pulumi refresh`."""
        return self._told(self._run("refresh", "--yes"))

    def destroy(self, *, refresh: bool = False) -> Outcome:
        """Run `pulumi destroy`."""
        return self._told(self._run("destroy", "--yes", *_flags(refresh=refresh)))

    def _declare(self, program: Program) -> None:
        arguments = ", ".join(f"{name}={value!r}" for name, value in program.items())
        self.workspace.program(f"auth0_permissions.ApiPermissions('orders', {arguments})\n")

    def _run(self, *arguments: str) -> Ran:
        return self.workspace.pulumi(*arguments, "--stack", self.name, ok=None)

    def _told(self, result: Ran) -> Outcome:
        """Return what the command has said under the resource, by phase, and note the state that it leaves."""
        # What `pulumi stack export` shows, without a run of the CLI after every other one.
        (file,) = (self.workspace.folder / "state").glob(f".pulumi/stacks/*/{self.name}.json")
        kept_now = json.loads(file.read_text(encoding="utf-8"))["checkpoint"]["latest"]
        kept = [r for r in (kept_now or {}).get("resources", []) if r["type"].endswith(":ApiPermissions")]
        self.state = State(kept[0]["id"], kept[0]["inputs"], kept[0]["outputs"]) if kept else None
        phases = [list(_of_resource(phase)) for phase in _phases(result.output)]
        said = tuple("\n".join(line for line in lines if not line.startswith("error: ")) for lines in phases)
        if result.code == 0:
            return Outcome(None, said, said[:1] if len(said) > 1 else ())
        return Outcome(_error(phases[-1]) or result.output, said)


def _flags(*, refresh: bool) -> list[str]:
    return [f"--refresh={str(refresh).lower()}"]


def _phases(output: str) -> list[str]:
    """Split the output into that of the preview and that of the update, where there are both."""
    for mark in ("\nUpdating (", "\nDestroying (", "\nRefreshing ("):
        preview, found, update = output.partition(mark)
        if found and preview.startswith("Previewing"):
            return [preview, update]
    return [output]


def _of_resource(phase: str) -> Iterator[str]:
    """Yield the lines of the diagnostics of our resource, without what the CLI indents them by."""
    mine = False
    for line in phase.partition("\nDiagnostics:\n")[2].splitlines():
        if line and not line.startswith(" "):
            return  # outputs and counts follow
        if line.startswith("  ") and not line.startswith("   "):
            mine = line.endswith("(orders):")
        elif mine:
            yield line[4:]


def _error(lines: list[str]) -> str:
    """Return the error messages among the lines, without what the CLI puts before them."""
    errors = [number for number, line in enumerate(lines) if line.startswith("error: ")]
    if not errors:
        return ""
    text = "\n".join(line for line in lines[errors[0] :] if line.strip())
    return text.replace("error: ", "").replace(_PROBLEM, "").replace("Auth0: ", "")
