"""What the real CLI's commands cost in requests, tokens included, counted in the tenant's journal."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from auth0_local_tenant import LocalTenant
from reads.many import Cost, cost_of, seed
from support.workspace import Workspace

UNCHANGED = ("preview", "--expect-no-changes")
UNCHANGED_REFRESHED = (*UNCHANGED, "--refresh")


@contextmanager
def up_to_date(folder: Path, apis: int, each: int) -> Iterator[Workspace]:
    """Run a tenant of so many APIs with so many permissions each; the workspace's program declares them all."""
    with LocalTenant(seed=seed(apis, each)) as tenant:
        workspace = Workspace(folder / "project", tenant)
        workspace.init()
        declare(workspace, apis, each)
        # Without the state being written down after each resource, which is not what is tested here.
        workspace.up("--skip-preview", PULUMI_EXPERIMENTAL="true", PULUMI_SKIP_CHECKPOINTS="true")
        yield workspace


def declare(workspace: Workspace, apis: int, each: int, changed: Mapping[int, str] | None = None) -> None:
    """Make the program one that declares all APIs; of those that change, it describes one permission otherwise."""
    workspace.program(
        f"""
        for n in range({apis}):
            held = {{f"read:thing-{{k:04}}": f"Read things of kind {{k:04}}" for k in range({each})}}
            held["read:thing-0000"] = {dict(changed or {})}.get(n, held["read:thing-0000"])
            api = f"https://api-{{n:03}}.example.com"
            auth0_permissions.ApiPermissions(f"api-{{n:03}}", api=api, permissions=held)
        """
    )


def cost(workspace: Workspace, command: str, *arguments: str) -> Cost:
    """Run a command of the CLI and return what it cost."""
    workspace.tenant.clear_journal()
    workspace.pulumi(command, *arguments)
    return cost_of(workspace.tenant, workspace.client_id)


def test_a_stack_of_20_apis(tmp_path: Path) -> None:
    """Reads are shared; one more may be made where an API was asked for before there was a word of the others."""
    all_changed = dict.fromkeys(range(20), "B")
    with up_to_date(tmp_path, 20, 100) as workspace:
        for changed, command, least in (
            ({}, UNCHANGED_REFRESHED, Cost(1, 1, 0, 0)),  # a token and one page
            ({7: "A"}, ("up", "--yes", "--refresh"), Cost(2, 2, 1, 1)),  # read once more, right before it is written
            (all_changed, ("up", "--yes", "--refresh"), Cost(2, 2, 20, 20)),
            (all_changed | {12: "C"}, ("up", "--yes"), Cost(2, 1, 1, 1)),  # nothing is read but what is written
        ):
            declare(workspace, 20, 100, changed)
            assert cost(workspace, *command) in (least, least._replace(gets=least.gets + 1))


def test_a_stack_of_200_apis(tmp_path: Path) -> None:
    """A token and the pages of the tenant: its own API and these 200 fill three."""
    with up_to_date(tmp_path, 200, 5) as workspace:
        assert cost(workspace, *UNCHANGED_REFRESHED) == Cost(1, 3, 0, 0)


def test_one_api_of_1000_permissions(tmp_path: Path) -> None:
    """A preview reads it once, with a token; an update reads it once more and writes it once."""
    with up_to_date(tmp_path, 1, 1000) as workspace:
        assert cost(workspace, *UNCHANGED) == Cost(1, 0, 1, 0)
        declare(workspace, 1, 1000, {0: "Changed"})
        assert cost(workspace, "up", "--yes") == Cost(2, 0, 2, 1)
