"""`auth0-permissions plan` with the real CLI: what a reviewer needs of the engine's preview, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from auth0_local_tenant import LocalTenant
from auth0_local_tenant.faults import Fault
from auth0_permissions_cli.review.preview import preview_stack
from auth0_permissions_cli.terminal import Progress
from browser.site import SEED
from matrix.project import command
from support.commands import Ran
from support.workspace import ORDERS, Workspace

OURS = {
    "read:orders": "Read orders",
    "write:orders": "Create and change orders",
    "delete:orders": "Delete orders",
    "audit:orders": "Read the history of orders",
}
CHANGED = {**OURS, "read:orders": "Look at orders", "refund:orders": "Give money back"}
del CHANGED["delete:orders"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path) -> Iterator[Workspace]:
    """A project with one API applied; no test applies anything more."""
    with LocalTenant(seed=SEED) as tenant:
        project = Workspace(tmp_path_factory.mktemp("plan") / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)})
        project.init()
        project.declare(OURS)
        project.up("--skip-preview")
        yield project


def plan(shop: Workspace, *arguments: str, **environment: str) -> Ran:
    """Run the command on the stack."""
    return command(shop.folder, shop.environ() | environment, "plan", "--stack", shop.stack, *arguments)


def data(shop: Workspace, code: int = 0) -> dict[str, Any]:
    """Return the JSON of a plan."""
    ran = plan(shop, "--format", "json")
    assert ran.code == code, ran.err
    result: dict[str, Any] = json.loads(ran.out)
    return result


def test_changes_and_holders_as_data(shop: Workspace) -> None:
    """Every change has its kind, both sides and who holds what goes; nothing is written to the tenant."""
    shop.declare(CHANGED)
    before = shop.scopes()
    told = data(shop)

    assert told["verdict"] == "changes"
    (api,) = told["apis"]
    assert api["api"]["identifier"] == ORDERS
    assert [(one["kind"], one["permission"]) for one in api["changes"]] == [
        ("delete", "delete:orders"),
        ("create", "refund:orders"),
        ("update", "read:orders"),
    ]
    assert api["changes"][2]["existing"]["description"] == "Read orders"
    assert api["changes"][2]["new"]["description"] == "Look at orders"
    assert sorted(one["name"] for one in api["impact"]["holders"]) == ["Billing", "Shop manager", "Support"]
    assert [one["name"] for one in api["impact"]["all_scope_grants"]] == ["Nightly batch"]
    assert told["complaints"] == []
    assert shop.scopes() == before


def test_changes_on_the_terminal(shop: Workspace) -> None:
    """The lines are the preview's own, and the engine's noise is not there."""
    shop.declare(CHANGED)
    ran = plan(shop)

    assert (
        f"{ORDERS} (Orders) on {shop.host}: 1 to add, 1 to delete, 1 description to update; 2 unchanged\n"
        "  - delete:orders\n" in ran.out
    )
    assert '  + refund:orders: "Give money back"' in ran.out
    assert "held by 2 roles and 1 client grant" in ran.out
    assert ran.out.count("delete:orders") == 1
    assert "Previewing" not in ran.out + ran.err
    assert ran.out.endswith("dev: 1 to add, 1 to delete, 1 description to update in 1 API\n")


def test_progress_is_passed_through(shop: Workspace) -> None:
    """What the provider is about while its preview runs reaches the command's own line."""

    class Lines(Progress):
        def __call__(self, message: str) -> None:
            lines.append(message)

    lines: list[str] = []
    shop.declare(CHANGED)
    shop.tenant.add_fault(Fault("delay", path="/roles/", delay_s=1.5, times=None))
    try:
        preview_stack(shop.stack, cwd=shop.folder, environ=shop.environ(), line=Lines(Console()))
    finally:
        shop.tenant.clear_faults()

    assert "looking for holders: role 2 of 2" in lines


def test_changes_as_markdown(shop: Workspace) -> None:
    """A comment has the changes in a code block of its own language, which colours them."""
    shop.declare(CHANGED)
    ran = plan(shop, "--format", "markdown")

    assert ran.code == 0
    assert "```diff\n- delete:orders\n" in ran.out
    assert "<code>held by" not in ran.out
    assert "### Permissions of stack <code>dev</code>" in ran.out


def test_nothing_to_do(shop: Workspace) -> None:
    """A program that changes nothing comes to one sentence, and its API counts as untouched."""
    shop.declare(OURS)

    *_, evidence, summary = plan(shop, "--check").out.splitlines()

    assert summary == "dev: nothing to do; 1 API untouched"
    assert evidence.startswith(f"Planned on {shop.host}, 20")


def test_a_refusal(shop: Workspace) -> None:
    """What a rule stands against is shown with the way to approve it, once, and makes exit code 4."""
    shop.declare(CHANGED, arguments="removal='refuse'")
    told = data(shop, 4)
    ran = plan(shop)

    assert told["verdict"] == "refused"
    assert "not approved" in told["apis"][0]["objections"][0]
    assert told["complaints"] == []
    assert ran.out.count("approvedRemovals[0]") == 1
    assert "refused: " in ran.out


def test_bad_input(shop: Workspace) -> None:
    """What `check` says of the inputs is an error and makes exit code 1."""
    shop.declare({"read:orders": 7})
    told = data(shop, 1)

    assert told["verdict"] == "failed"
    assert "the description must be text; got a number" in told["complaints"][0]["message"]


def test_a_program_that_fails(shop: Workspace) -> None:
    """The program's own error is shown, and makes exit code 1."""
    shop.program("raise SystemExit('no way')")
    told = data(shop, 1)

    assert told["apis"] == []
    assert told["complaints"]


def test_a_resource_that_leaves_the_program(shop: Workspace) -> None:
    """A resource that is not in the program any more shows everything that it takes with it."""
    shop.program("pass")
    told = data(shop)

    (api,) = told["apis"]
    assert api["leaves_stack"] is True
    assert {one["permission"] for one in api["changes"]} == set(OURS)
    assert {one["kind"] for one in api["changes"]} == {"delete"}
    assert sorted({one["name"] for one in api["impact"]["holders"]}) == ["Billing", "Shop manager", "Support"]


def test_an_api_that_is_known_later(shop: Workspace) -> None:
    """An API that depends on what is not there yet says so."""
    shop.program(
        """
        unknown = pulumi.Output(set(), pulumi.Output.from_input(pulumi.runtime.rpc.UNKNOWN).future(),
                                pulumi.Output.from_input(False).future())
        auth0_permissions.ApiPermissions("new", api=unknown, permissions={"read": ""})
        """
    )
    told = data(shop)

    new = next(api for api in told["apis"] if not api["leaves_stack"])
    assert new["not_known"]


def test_a_provider_that_leaves_no_plan_is_an_error(shop: Workspace, tmp_path: Path) -> None:
    """A change of which the provider has left no plan does not pass for nothing."""
    real = tmp_path / "pulumi"
    steps = [{"op": "update", "urn": "urn:pulumi:dev::shop::a$pulumi-python:dynamic/auth0:ApiPermissions::orders"}]
    printed = f"[ $1 != config ] || exec echo {{}}\ncat <<'END'\n{json.dumps({'steps': steps})}\nEND\n"
    real.write_text(f"#!/bin/sh\n{printed}")
    real.chmod(0o755)
    ran = plan(shop, PATH=f"{tmp_path}:/bin:/usr/bin")

    assert ran.code == 1
    assert "left no plan" in ran.out


@pytest.mark.parametrize(
    ("script", "said"), [("exit 3", "without any output"), ("echo hello", "no JSON"), ("echo []", "no JSON object")]
)
def test_a_preview_that_prints_something_else(shop: Workspace, tmp_path: Path, script: str, said: str) -> None:
    """A `pulumi` that prints no preview is one message and exit code 1."""
    fake = tmp_path / "pulumi"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    ran = plan(shop, PATH=f"{tmp_path}:/bin:/usr/bin")

    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err


def test_a_folder_that_is_not_there_fails_no_preview(shop: Workspace, tmp_path: Path) -> None:
    """Where the plans cannot be left, the preview goes on."""
    shop.declare(CHANGED)

    assert "- delete:orders" in shop.preview(AUTH0_PERMISSIONS_PLAN_DIR=str(tmp_path / "gone"))
