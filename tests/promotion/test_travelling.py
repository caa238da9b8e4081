"""What is on its way from the catalog to the last stage: seen, reviewed, applied as reviewed, renamed on arrival."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from auth0_permissions_cli.catalog_text import dump_catalog
from promotion.chain import Chain, orders
from pulumi_auth0_permissions.catalog import load_catalog

STAGE = 'auth0_permissions.Stage(catalog="permissions.yaml")'


@pytest.fixture
def files(chain: Chain) -> Iterator[Chain]:
    """The chain; program and catalog are put back."""
    kept = {name: (chain.folder / name).read_text() for name in ("__main__.py", "permissions.yaml")}
    yield chain
    for name, text in kept.items():
        (chain.folder / name).write_text(text)


def _edit(chain: Chain, old: str | None, new: str, description: str) -> None:
    """Put a permission into the catalog's API `orders` in place of another one; applies nothing."""
    path = chain.folder / "permissions.yaml"
    apis = load_catalog(path)
    kept = {value: text for value, text in dict(apis["orders"]).items() if value != old}
    path.write_text(dump_catalog({**apis, "orders": {**kept, new: description}}))


def test_a_plan_travels_with_the_catalog(files: Chain, tmp_path: Path) -> None:
    """A later stage is planned as if the catalog had come; its promotion then does that, and nothing beyond it."""
    chain, saved = files, str(tmp_path / "staging.json")
    chain.promote("dev", "staging", "--yes", code=0)
    _edit(chain, None, "travel:orders", "Travel")
    chain.clear()

    arrived = chain.run("auth0-permissions", "plan", "staging")
    as_if = ("plan", "staging", "--as-if", "permissions.yaml", "--check")
    planned = chain.run("auth0-permissions", *as_if, "--save", saved, ok=None)
    data = json.loads(Path(saved).read_text())

    assert re.search(r"staging takes what dev has applied: \d permissions of billing, \d+ permissions of", arrived.out)
    assert "Nothing has arrived yet that staging does not have." in arrived.out
    assert planned.code == 5
    assert '+ travel:orders: "Travel"' in planned.out
    assert (data["tenant"], data["stack"]) == (chain.tenants["staging"].domain.partition("//")[2], "staging")
    assert data["user"]
    assert data["apis"][0]["revision"]["before"] != data["apis"][0]["revision"]["after"]
    assert set(chain.writes().values()) == {0}

    chain.up("dev")
    _edit(chain, None, "beyond:orders", "Beyond")
    chain.up("dev")
    refused = chain.promote("dev", "staging", "--yes", "--plan", saved, code=4)
    assert "the reviewed plan does not have all of it" in refused
    assert "+ beyond:orders" in refused
    assert chain.writes()["staging"] == 0

    of_prod = chain.promote("staging", "prod", "--yes", "--plan", saved, code=4)
    assert "is of stack staging, and this is prod" in of_prod

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
    chain.change_dev(orders={"old:orders": "Old"})
    chain.promote("dev", "staging", "--yes", code=0)
    _edit(chain, "old:orders", "new:orders", "New")
    program = chain.folder / "__main__.py"
    renames = '{"orders": {"old:orders": "new:orders"}}'
    program.write_text(program.read_text().replace(f"{STAGE}.declare()", f"{STAGE}.declare(renames={renames})"))

    waiting = chain.up("staging")
    assert "orders: old:orders => new:orders in `renames` waits" in waiting
    assert "old:orders" in chain.scopes("staging")

    chain.up("dev")
    arrived = chain.promote("dev", "staging", "--yes", code=0)
    assert "> old:orders => new:orders" in arrived
    assert "old:orders" not in chain.scopes("staging")

    settled = chain.up("staging")
    assert "waits" not in settled
    assert "auth0PermissionsReceipt" not in settled.output.partition("Outputs:")[0]
    receipt = [line for line in settled.output.splitlines() if "permissions, revision" in line]
    assert len(receipt) <= 2
    who = f", by {chain.pulumi('whoami').out.strip()} | "
    assert all(who in line for line in receipt), "by a promotion and by a plain update"
