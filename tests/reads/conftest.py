"""Fixtures of the request budgets: stacks of many APIs that are up to date."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from auth0_local_tenant import LocalTenant
from reads.many import Cost, cost_of, declare, seed
from support.workspace import Workspace


@dataclass
class Stack:
    """A stack of APIs that hold as many permissions each, and the versions that its program declares."""

    workspace: Workspace
    each: int
    versions: list[int] = field(default_factory=list)

    def change(self, *numbers: int) -> None:
        """Change what the program declares of these APIs, one description each."""
        for number in numbers:
            self.versions[number] += 1
        declare(self.workspace, self.versions, self.each)

    def run(self, command: str, *arguments: str) -> Cost:
        """Run a command of the CLI and return what it cost."""
        self.workspace.tenant.clear_journal()
        self.workspace.pulumi(command, *arguments)
        return cost_of(self.workspace.tenant, self.workspace.client_id)


Make = Callable[[int, int], Stack]


@pytest.fixture(scope="module")
def make_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Makes a stack of so many APIs with so many permissions each, up to date."""
    assert shutil.which("pulumi"), "these tests need the `pulumi` command: run `make test`, which brings one"
    with ExitStack() as running:

        def make(apis: int, each: int) -> Stack:
            tenant = running.enter_context(LocalTenant(seed=seed(apis, each)))
            workspace = Workspace(tmp_path_factory.mktemp("stack") / "project", tenant)
            workspace.init()
            stack = Stack(workspace, each, [0] * apis)
            stack.change()
            # Without the state being written down after each resource, which is not what is tested here.
            workspace.up("--skip-preview", PULUMI_EXPERIMENTAL="true", PULUMI_SKIP_CHECKPOINTS="true")
            return stack

        yield make


@pytest.fixture(scope="module")
def twenty(make_stack: Make) -> Stack:
    """A stack of 20 APIs with 100 permissions each; a test leaves it up to date."""
    return make_stack(20, 100)
