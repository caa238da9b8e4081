"""`auth0-permissions matrix` with the real CLI, two stages and their tenants."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auth0_local_tenant import LocalTenant
from matrix.project import Stages, identifier, seed
from support.hand import Hand
from support.workspace import Workspace

DEV = {"read:orders": "Read orders", "write:orders": "Write", "new": ""}
PROD = {"read:orders": "Read orders", "write:orders": "Other words"}


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path) -> Iterator[Stages]:
    """Both stages applied, and then prod changed by hand behind its stack's back."""
    with LocalTenant(seed=seed("dev")) as dev, LocalTenant(seed=seed("prod")) as prod:
        shop = Workspace(tmp_path_factory.mktemp("stages") / "shop", dev, {"PULUMI_HOME": str(pulumi_home)})
        shop.init()
        made = Stages(shop, prod)
        Hand(prod).add(identifier("prod"), "legacy", "From before")
        made.permit("dev", json.dumps(DEV))
        made.permit("prod", json.dumps(PROD))
        made.up("dev")
        made.up("prod")
        hand = Hand(prod)
        hand.delete(identifier("prod"), "read:orders")
        hand.add(identifier("prod"), "hot:fix", "At night")
        hand.describe(identifier("prod"), "legacy", "Touched")
        shop.init("empty")
        yield made


def data(stages: Stages, *arguments: str) -> dict[str, Any]:
    """Return the JSON of a matrix of dev and prod."""
    ran = stages.run("matrix", "dev", "prod", "--format", "json", *arguments)
    assert ran.code == 0, ran.err
    result: dict[str, Any] = json.loads(ran.out)
    return result


def cells(matrix: dict[str, Any], stack: str, key: str) -> dict[str, object]:
    """Return one stack's cells: permission → what a key of it says."""
    return {row["permission"]: row["stacks"][stack][key] for row in matrix["apis"][0]["permissions"]}


def test_states_are_compared(stages: Stages) -> None:
    """Without a live look the stacks' states are compared, and the tenants are not asked."""
    stages.tenants["prod"].clear_journal()
    matrix = data(stages)

    assert cells(matrix, "prod", "status") == {
        "legacy": "unmanaged",
        "new": "missing",
        "read:orders": "present",
        "write:orders": "different",
    }
    assert set(cells(matrix, "prod", "drift").values()) == {None}
    assert stages.tenants["prod"].journal() == []


def test_a_live_look_finds_drift(stages: Stages) -> None:
    """With a live look every stage's tenant is asked with its own secret, and what has drifted is told."""
    matrix = data(stages, "--live")

    drift = {value: drift for value, drift in cells(matrix, "prod", "drift").items() if drift}
    assert drift == {"hot:fix": "appeared", "legacy": "redescribed", "read:orders": "gone"}
    assert cells(matrix, "prod", "live_description")["hot:fix"] == "At night"
    assert set(cells(matrix, "dev", "drift").values()) == {None}
    assert matrix["counts"]["prod"]["drifted"] == 3


def test_a_live_look_that_fails_is_no_matrix(stages: Stages) -> None:
    """Where a tenant cannot be asked there is one message, no table and exit code 1."""
    ran = stages.run("matrix", "dev", "prod", "--live", AUTH0_CLIENT_SECRET_PROD="another")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: ")


def test_the_exit_code_tells_of_differences_where_asked(stages: Stages) -> None:
    """With --check differences make exit code 5, and equality 0; without it both are 0."""
    codes = [
        stages.run("matrix", *more).code for more in (["dev", "prod"], ["dev", "prod", "--check"], ["dev", "--check"])
    ]

    assert codes == [0, 5, 0]


def test_a_stack_without_state_is_a_column(stages: Stages) -> None:
    """A stack that nothing was applied to is compared as one without APIs, and said so."""
    ran = stages.run("matrix", "--stack", "dev", "--stack", "empty")

    assert ran.code == 0
    assert "not in empty" in ran.out
    assert 'Note: stack "empty" holds nothing yet' in ran.err


def test_a_file_instead_of_the_terminal(stages: Stages, tmp_path: Path) -> None:
    """--output writes the report to a file, replacing an older one, and nothing to standard output."""
    file = tmp_path / "report"
    file.write_text("old")
    ran = stages.run("matrix", "dev", "prod", "--format", "html", "--output", str(file))

    assert (ran.code, ran.out) == (0, "")
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_file_that_cannot_be_written(stages: Stages, tmp_path: Path) -> None:
    """A folder that is not there is one message."""
    ran = stages.run("matrix", "dev", "--output", str(tmp_path / "gone" / "report"))

    assert ran.code == 1
    assert "could not be written: No such file or directory" in ran.err


def test_wrong_usage(stages: Stages) -> None:
    """The same stack twice is wrong usage."""
    assert stages.run("matrix", "dev", "dev").code == 2


def test_no_secret_shows(stages: Stages) -> None:
    """Neither the tables nor the messages hold a stage's secret."""
    for form in ("terminal", "json"):
        ran = stages.run("matrix", "dev", "prod", "--live", "--format", form)
        assert not [secret for secret in stages.secrets.values() if secret in ran.out + ran.err]


def test_the_ci_script_reviews_for_real(stages: Stages) -> None:
    """The example's review of real stages holds every stage's plan and the table, in one text."""
    script = Path(__file__).parents[2] / "examples" / "ci" / "promote.sh"
    done = subprocess.run(
        ["/bin/sh", str(script), "review"],
        cwd=stages.workspace.folder,
        env=stages.environ() | {"STAGES": "dev prod"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert "### Permissions of stack <code>dev</code>\n\n**Nothing to do; 1 API untouched**" in done.stdout
    assert '+ read:orders: "Read orders"' in done.stdout  # somebody has deleted it in prod
    assert "### Permissions by stack" in done.stdout
    assert done.returncode == 0, done.stderr
