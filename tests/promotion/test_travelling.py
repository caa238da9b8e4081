"""What is on its way from the catalog to the last stage: seen, reviewed, applied as reviewed, renamed on arrival."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from promotion.chain import Chain, orders

STAGE = 'auth0_permissions.Stage(catalog="permissions.yaml")'


@pytest.fixture
def files(chain: Chain) -> Iterator[Chain]:
    """The chain; program and catalog are put back."""
    kept = {name: (chain.folder / name).read_text() for name in ("__main__.py", "permissions.yaml")}
    yield chain
    for name, text in kept.items():
        (chain.folder / name).write_text(text)


def test_a_plan_travels_with_the_catalog(files: Chain, tmp_path: Path) -> None:
    """A later stage is planned as if the catalog had come; its promotion then does that, and nothing beyond it."""
    chain, saved = files, str(tmp_path / "staging.json")
    chain.write_catalog({"orders": {"travel:orders": "Travel"}})
    chain.clear()

    as_if = ("plan", "staging", "--as-if", "permissions.yaml", "--check")
    planned = chain.run("auth0-permissions", *as_if, "--save", saved, ok=None)
    data = json.loads(Path(saved).read_text())

    assert planned.code == 5
    assert "staging is planned as if it took " in planned.out
    assert '+ travel:orders: "Travel"' in planned.out
    assert (data["tenant"], data["stack"]) == (chain.tenants["staging"].domain.partition("//")[2], "staging")
    assert data["user"]
    assert data["apis"][0]["revision"]["before"] != data["apis"][0]["revision"]["after"]
    assert set(chain.writes().values()) == {0}

    chain.write_catalog({"orders": {"beyond:orders": "Beyond"}})
    chain.up("dev", "--skip-preview")
    refused = chain.promote("dev", "staging", "--yes", "--plan", saved, code=4)
    assert "the reviewed plan does not have all of it" in refused
    assert "+ beyond:orders" in refused
    assert chain.writes()["staging"] == 0

    chain.run("auth0-permissions", *as_if, "--save", saved, ok=None)
    done = chain.promote("dev", "staging", "--yes", "--plan", saved, "--format", "json", code=0).data()
    assert (done["user"], done["tenant"], done["outcome"]) == (data["user"], data["tenant"], "promoted")
    assert chain.scopes("staging") == chain.scopes("dev")


def test_as_if_is_of_no_use_for_other_programs(files: Chain) -> None:
    """A program that takes its permissions from elsewhere is not planned as something that it does not do."""
    program = (
        "import pulumi_auth0_permissions as auth0_permissions\n"
        f'auth0_permissions.ApiPermissions("orders", api="{orders("staging")}", permissions={{}}, unmanaged="keep")\n'
    )
    (files.folder / "__main__.py").write_text(program)

    failed = files.run("auth0-permissions", "plan", "staging", "--as-if", "permissions.yaml", ok=False)

    assert "took nothing from permissions.yaml" in failed


def test_a_rename_waits_until_its_source_has_it(files: Chain) -> None:
    """Declared once for all stages, it breaks none: a stage that it has not reached says so, and renames on arrival."""
    chain = files
    chain.write_catalog({"orders": {"old:orders": None, "new:orders": "New"}})
    program = chain.folder / "__main__.py"
    renames = '{"orders": {"old:orders": "new:orders"}}'
    program.write_text(program.read_text().replace(f"{STAGE}.declare()", f"{STAGE}.declare(renames={renames})"))

    waiting = chain.up("staging")

    assert "orders: old:orders => new:orders in `renames` waits" in waiting
    assert "old:orders" in chain.scopes("staging")
    assert len([line for line in waiting.output.splitlines() if "permissions, revision" in line]) <= 2

    chain.up("dev", "--skip-preview")
    arrived = chain.promote("dev", "staging", "--yes", code=0)

    assert "> old:orders => new:orders" in arrived
    assert "old:orders" not in chain.scopes("staging")
