"""What the real CLI's commands cost in requests, tokens included, counted in the tenant's journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from auth0_local_tenant import LocalTenant
from reads.many import Cost, cost_of, declare, seed
from support.workspace import Workspace

UNCHANGED = ("preview", "--expect-no-changes")
UNCHANGED_REFRESHED = (*UNCHANGED, "--refresh")


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


@pytest.mark.parametrize(
    ("changed", "command", "cost"),
    [
        pytest.param([], UNCHANGED_REFRESHED, Cost(1, 1, 0, 0), id="a token and one page"),
        # The API that changes is read once more, right before it is written.
        pytest.param([7], ("up", "--yes", "--refresh"), Cost(2, 2, 1, 1), id="one changed"),
        pytest.param(range(20), ("up", "--yes", "--refresh"), Cost(2, 2, 20, 20), id="all changed"),
        # Without refresh an update reads nothing but what it writes.
        pytest.param([12], ("up", "--yes"), Cost(2, 1, 1, 1), id="one changed, without refresh"),
    ],
)
def test_a_stack_of_20_apis(twenty: Stack, changed: range, command: tuple[str, ...], cost: Cost) -> None:
    """Reads are shared; one more may be made where an API was asked for before there was a word of the others."""
    if changed:
        twenty.change(*changed)

    sent = twenty.run(*command)

    assert sent._replace(gets=cost.gets) == cost
    assert sent.gets - cost.gets in {0, 1}


def test_a_stack_of_200_apis(make_stack: Make) -> None:
    """A token and the pages of the tenant: its own API and these 200 fill three."""
    assert make_stack(200, 5).run(*UNCHANGED_REFRESHED) == Cost(1, 3, 0, 0)


def test_one_api_of_1000_permissions(make_stack: Make) -> None:
    """A preview reads it once, with a token; an update reads it once more and writes it once."""
    stack = make_stack(1, 1000)

    assert stack.run(*UNCHANGED) == Cost(1, 0, 1, 0)
    stack.change(0)
    assert stack.run("up", "--yes") == Cost(2, 0, 2, 1)
