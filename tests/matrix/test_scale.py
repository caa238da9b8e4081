"""Five stacks of twenty APIs with two hundred permissions each, in a real back end; the time is printed, not judged."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from matrix.project import command
from matrix.states import Held, deployment
from support.commands import Ran
from support.workspace import SCOPES, Workspace

STACKS = ("dev", "test", "staging", "preprod", "prod")
APIS, PERMISSIONS = 20, 200


def held(number: int) -> list[Held]:
    """Return the APIs of one stack; in each of them, each later stack lacks one more permission."""
    return [
        Held(f"api{api:02}", {f"verb{n:03}:api{api:02}": f"Do {n}" for n in range(number, PERMISSIONS)})
        for api in range(APIS)
    ]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path) -> Iterator[Workspace]:
    """A project with five stacks whose states were imported, and one tenant for all that holds what they say."""
    servers = [
        {
            "identifier": f"https://{api.name}.{stack}.example.com",
            "name": api.name.title(),
            "scopes": [{"value": value, "description": text} for value, text in api.managed.items()],
        }
        for number, stack in enumerate(STACKS)
        for api in held(number)
    ]
    with LocalTenant(seed={"resource_servers": servers}) as tenant:
        ids = {str(one["identifier"]): str(one["id"]) for one in tenant.dump()["resource_servers"]}
        project = Workspace(tmp_path_factory.mktemp("scale") / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)})
        for number, stack in enumerate(STACKS):
            project.init(stack)
            state = json.dumps(deployment(stack, held(number), ids=ids))
            project.write(f"{stack}.json", state)
            project.pulumi("stack", "import", "--stack", stack, "--file", str(project.folder / f"{stack}.json"))
        project.client_id, project.client_secret = tenant.issue_client(SCOPES)
        yield project


def timed(shop: Workspace, *arguments: str) -> Ran:
    """Run the matrix of all stacks and print how long it took."""
    start = time.monotonic()
    ran = command(shop.folder, shop.environ() | {"COLUMNS": "80"}, "matrix", *STACKS, *arguments)
    print(f"\nmatrix {' '.join(arguments)}: {time.monotonic() - start:.1f} s, {len(ran.out) / 1000:.0f} kB")  # noqa: T201
    assert ran.code == 0, ran.err
    return ran


def test_the_terminal_stays_readable(shop: Workspace) -> None:
    """At 80 columns every permission is one line, with a symbol for each stack."""
    ran = timed(shop)
    rows = [line.split() for line in ran.out.splitlines() if line.startswith("verb")]

    assert len(rows) == APIS * PERMISSIONS
    assert {len(row) for row in rows} == {1 + len(STACKS)}
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "80 of 4000 permissions differ in 5 stacks." in ran.out


@pytest.mark.parametrize("form", ["markdown", "html", "json"])
def test_every_format(shop: Workspace, form: str) -> None:
    """The other formats take the size as well; a comment stays within its bound."""
    ran = timed(shop, "--format", form)

    assert (len(ran.out) <= 65_536) is (form == "markdown")


def test_a_live_look_reads_by_the_page(shop: Workspace) -> None:
    """Twenty APIs of a tenant cost each stack a few requests, not twenty."""
    shop.tenant.clear_journal()
    ran = timed(shop, "--live", "--format", "json")
    asked = shop.requests()

    assert json.loads(ran.out)["counts"]["prod"]["drifted"] == 0
    assert len([one for one in asked if "resource-servers" in one]) <= 3 * len(STACKS)
