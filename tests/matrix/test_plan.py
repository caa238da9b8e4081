"""`auth0-permissions plan` with the real CLI: what a reviewer needs of the engine's preview, and nothing else."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from auth0_local_tenant.faults import Fault
from auth0_permissions_cli.review.preview import preview_stack
from auth0_permissions_cli.review.stack_review import Verdict, review_markdown, review_text
from auth0_permissions_cli.stacks.pulumi import Stack
from auth0_permissions_cli.terminal import Progress
from cli.support import run_command
from pulumi_auth0_permissions.core.model import Change
from support.commands import Ran
from support.held import OURS, SEED
from support.workspace import ORDERS, Workspace

CHANGED = {**OURS, "read:orders": "Look at orders", "refund:orders": "Give money back"}
del CHANGED["delete:orders"]
UNKNOWN = (  # what a program has of an API that another resource makes
    "pulumi.Output(set(), pulumi.Output.from_input(pulumi.runtime.rpc.UNKNOWN).future(), "
    "pulumi.Output.from_input(False).future())"
)


@pytest.fixture(scope="module")
def shop(new_shop: Callable[[Mapping[str, object]], Workspace]) -> Workspace:
    """A project with one API applied; no test applies anything more."""
    project = new_shop(SEED)
    project.declare(OURS)
    project.adopt(SEED)
    return project


def plan(shop: Workspace, *arguments: str, **environment: str) -> Ran:
    """Run the command on the stack."""
    environ = shop.environ() | environment
    return run_command("plan", "--stack", shop.stack, *arguments, cwd=shop.folder, environ=environ)


def data(shop: Workspace, code: int = 0) -> Any:  # noqa: ANN401 - as the test knows it
    """Return the JSON of a plan."""
    ran = plan(shop, "--format", "json")
    assert ran.code == code, ran.err
    return ran.data()


def test_changes_and_holders(shop: Workspace) -> None:
    """Every change has its kind, both sides and who holds what goes, as values and as text; progress is passed on."""
    shop.declare(CHANGED)
    before, line = shop.scopes(), mock.Mock(spec=Progress)
    shop.tenant.add_fault(Fault("delay", path="/roles/", delay_s=1.5, times=None))
    try:
        review = preview_stack(Stack.of(shop.stack, shop.folder, shop.environ()), line)
    finally:
        shop.tenant.clear_faults()

    assert (review.verdict, review.complaints) == (Verdict.CHANGES, ())
    (api,) = review.reviews
    assert api.identifier == ORDERS
    assert api.changes == (
        Change("delete:orders", "Delete orders", None),
        Change("refund:orders", None, "Give money back"),
        Change("read:orders", "Read orders", "Look at orders"),
    )
    assert api.impact is not None
    assert sorted(one.name for one in api.impact.holders["delete:orders"]) == ["Billing", "Shop manager", "Support"]
    assert [one.name for one in api.impact.all_scope_grants] == ["Nightly batch"]
    assert shop.scopes() == before
    line.assert_any_call("looking for holders: role 2 of 2")
    markdown = review_markdown(review)
    assert "### Permissions of stack <code>dev</code>" in markdown
    assert "```diff\n- delete:orders\n" in markdown
    assert "<code>held by" not in markdown
    text = review_text(review)
    counts = "1 to add, 1 to delete, 1 description to update"
    assert text.startswith(f"{ORDERS} (Orders) on {shop.host}: {counts}; 2 unchanged\n  - delete:orders\n")
    assert '  + refund:orders: "Give money back"' in text
    assert "held by 2 roles and 1 client grant" in text
    assert text.count("delete:orders") == 1
    assert text.endswith(f"dev: {counts} in 1 API\n")


def test_as_if_is_of_no_use_for_other_programs(shop: Workspace, tmp_path: Path) -> None:
    """A program that takes its permissions from elsewhere is not planned as something that it does not do."""
    shop.declare(OURS)
    (tmp_path / "permissions.yaml").touch()

    assert "took nothing from" in plan(shop, "--as-if", str(tmp_path / "permissions.yaml")).err


def test_nothing_to_do(shop: Workspace) -> None:
    """A program that changes nothing comes to one sentence, and its API counts as untouched."""
    shop.declare(OURS)

    *_, evidence, summary = plan(shop, "--check").out.splitlines()

    assert summary == "dev: nothing to do; 1 API untouched"
    assert evidence.startswith(f"Planned on {shop.host}, 20")


def test_a_refusal(shop: Workspace) -> None:
    """What a rule stands against is shown with the way to approve it, once, and makes exit code 4."""
    shop.declare(CHANGED, arguments="removal='refuse'")
    ran = plan(shop)

    assert ran.code == 4
    assert ran.out.count("approvedRemovals[0]") == 1
    assert "  refused: " in ran.out
    assert "error" not in ran.out
    assert "Previewing" not in ran.output


def test_what_fails(shop: Workspace) -> None:
    """What `check` says of the inputs, and a program's own error, are complaints and make exit code 1."""
    shop.declare({"read:orders": 7})
    bad_input = data(shop, 1)
    shop.program("raise SystemExit('no way')")
    bad_program = data(shop, 1)

    assert bad_input["verdict"] == "failed"
    assert "the description must be text; got a number" in bad_input["complaints"][0]["message"]
    assert bad_program["apis"] == []
    assert bad_program["complaints"]


def test_what_leaves_and_what_is_known_later(shop: Workspace) -> None:
    """A resource that left the program shows all that it takes with it; an API that depends on another says so."""
    shop.program(f'auth0_permissions.ApiPermissions("new", api={UNKNOWN}, permissions={{"read": ""}})')
    new, gone = sorted(data(shop)["apis"], key=lambda api: bool(api["leaves_stack"]))

    assert new["not_known"]
    assert gone["leaves_stack"] is True
    assert {(one["kind"], one["permission"]) for one in gone["changes"]} == {("delete", value) for value in OURS}
    assert sorted({one["name"] for one in gone["impact"]["holders"]}) == ["Billing", "Shop manager", "Support"]


def test_a_move_that_deletes_nothing(shop: Workspace) -> None:
    """Where another resource declares all that a moved one had, the API that it leaves is nothing to review."""
    shop.program(
        f"""
        auth0_permissions.ApiPermissions("orders", api={UNKNOWN}, permissions={{"read": ""}})
        auth0_permissions.ApiPermissions("second", api={ORDERS!r}, permissions={OURS!r})
        """
    )
    assert sorted((one["resource"], one["leaves_stack"]) for one in data(shop)["apis"]) == [
        ("orders", False),
        ("second", False),
    ]


UNPLANNED = {"op": "update", "urn": "urn:pulumi:dev::shop::a$pulumi-python:dynamic/auth0:ApiPermissions::orders"}


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            f"[ $1 != config ] || exec echo {{}}\ncat <<'END'\n{json.dumps({'steps': [UNPLANNED]})}\nEND",
            "wrote no plan",
        ),
        ("echo []", "did not print a JSON object"),
    ],
    ids=["a change without a plan", "no plan at all"],
)
def test_a_preview_that_says_something_else(shop: Workspace, tmp_path: Path, script: str, said: str) -> None:
    """A preview that lacks the provider's plan, or is none, does not pass for one of nothing: exit code 1."""
    fake = tmp_path / "pulumi"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    ran = plan(shop, PATH=f"{tmp_path}:/bin:/usr/bin")

    assert ran.code == 1
    assert said in ran.output
