"""The built wheel in an environment that has nothing else, installed as the tutorial says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from pulumi_auth0_permissions.version import VERSION
from support.commands import Ran
from support.hand import Hand
from support.workspace import ORDERS, ORDERS_SEED, Workspace

PROGRAM = """import pulumi
import pulumi_auth0_permissions as auth0_permissions

orders = auth0_permissions.ApiPermissions(
    "orders", api="{api}", unmanaged="keep", permissions={permissions!r},
)
pulumi.export("home", auth0_permissions.__file__)
"""


@dataclass(frozen=True, slots=True)
class Story:
    """What came of a stack's life by the installed wheel; permissions are value → description.

    Attributes:
        home: where the program found the package.
        adopted: what the API had after the first update, which added `new`.
        change: the next update: somebody had taken `new` away, and the program lets `write:orders` go.
        changed: what the API had then.
        plugins: the plugins that the CLI tells of.
        left: what the API had when the stack was destroyed.
    """

    home: object
    adopted: Mapping[str, str]
    change: Ran
    changed: Mapping[str, str]
    plugins: str
    left: Mapping[str, str]


@pytest.fixture(scope="module")
def story(installed: Path, tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path) -> Story:
    """A stack's life with the real CLI; the program and the provider run by the installed wheel."""
    with LocalTenant(seed=ORDERS_SEED) as tenant:
        shop = Workspace(tmp_path_factory.mktemp("wheel") / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)})
        shop.environment["PATH"] = os.pathsep.join([str(installed / "bin"), os.environ["PATH"]])
        shop.init()
        declared = {"read:orders": "Read orders", "write:orders": "Create and change orders", "new": "New"}
        shop.write("__main__.py", PROGRAM.format(api=ORDERS, permissions=declared))
        shop.up("--skip-preview")
        home, adopted = shop.outputs()["home"], shop.scopes()
        Hand(tenant).delete(ORDERS, "new")
        del declared["write:orders"]
        shop.write("__main__.py", PROGRAM.format(api=ORDERS, permissions=declared))
        change = shop.up("--refresh")
        changed = shop.scopes()
        plugins = shop.pulumi("about").output.partition("Plugins")[2].partition("Host")[0]
        shop.destroy("--skip-preview")
        return Story(home, adopted, change, changed, plugins, shop.scopes())


def test_the_program_runs_by_the_installed_wheel(story: Story, installed: Path) -> None:
    """The package that the program imports is the installed one, not the source tree."""
    assert Path(str(story.home)).is_relative_to(installed)


def test_an_api_is_adopted_and_added_to(story: Story) -> None:
    """The first update adds what is missing and leaves the rest as it is."""
    assert story.adopted == {
        "read:orders": "Read orders",
        "write:orders": "Create and change orders",
        "delete:orders": "Delete orders",
        "new": "New",
    }


def test_a_change_by_hand_is_mended_and_a_removal_shown(story: Story) -> None:
    """An update after a refresh shows and does both: what somebody took away comes back, what is let go goes."""
    assert '+ new: "New"' in story.change
    assert "- write:orders" in story.change
    assert set(story.changed) == {"read:orders", "delete:orders", "new"}


def test_what_is_not_ours_survives_the_end(story: Story) -> None:
    """`pulumi destroy` leaves the permission that the program never declared."""
    assert story.left == {"delete:orders": "Delete orders"}


def test_the_tutorial_has_the_command_that_it_goes_on_with(installed: Path) -> None:
    """The command line is there, of this version."""
    command = [str(installed / "bin" / "auth0-permissions"), "--version"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout) == (0, f"auth0-permissions {VERSION}\n")


def test_a_command_says_which_extra_it_needs(bare: Path) -> None:
    """Without the extra the command line is one sentence on what to install."""
    command = [str(bare / "bin" / "auth0-permissions"), "tenant"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)

    assert run.returncode != 0
    assert "pulumi-auth0-permissions[" in run.stderr
    assert "Traceback" not in run.stderr
