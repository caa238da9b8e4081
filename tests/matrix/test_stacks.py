"""Stacks are read through the real command line, and whatever goes wrong is said in one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auth0_local_tenant import LocalTenant
from auth0_permissions_cli.stacks.pulumi import NoStateYet, StackError, read_stack_config
from auth0_permissions_cli.stacks.state import parse_deployment, read_stack
from matrix.states import Held, deployment, secret
from pulumi_auth0_permissions.core.model import Unmanaged
from support.workspace import ORDERS, ORDERS_SEED, Workspace

NAME = "or::ders"  # a name may hold what separates the parts of a URN


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path) -> Iterator[Workspace]:
    """A project with one API applied to the stack dev, and a stack that nothing was applied to."""
    with LocalTenant(seed=ORDERS_SEED) as tenant:
        project = Workspace(tmp_path_factory.mktemp("stacks") / "shop", tenant, {"PULUMI_HOME": str(pulumi_home)})
        project.init()
        project.pulumi("config", "set", "--secret", "auth0:clientSecret", project.client_secret)
        project.config("auth0-permissions:apis.orders", ORDERS, path=True)
        project.program(
            f"""
            orders = auth0_permissions.ApiPermissions(
                {NAME!r}, api={ORDERS!r}, permissions={{"read:orders": "Read orders", "new": ""}},
                unmanaged="keep", removal="refuse",
            )
            pulumi.export("revision", orders.revision)
            pulumi.export("hidden", pulumi.Output.secret("not to be seen"))
            """
        )
        project.up("--skip-preview")
        project.init("empty")
        yield project


def test_a_stack_is_read_as_it_was_applied(shop: Workspace) -> None:
    """All that a stack's state holds of an API comes out: names, sets, revision and modes."""
    snapshot = read_stack("dev", cwd=shop.folder, environ=shop.environ())

    (api,) = snapshot.apis
    assert (api.resource_name, api.identifier, api.api_name) == (NAME, ORDERS, "Orders")
    assert api.api_id == "65f0c0ffee00000000000001"
    assert api.urn.endswith(f"::{NAME}")
    assert api.managed == {"read:orders": "Read orders", "new": ""}
    assert api.effective == shop.scopes()
    assert api.unmanaged is Unmanaged.KEEP
    assert snapshot.api(NAME) is api


def test_the_configuration_comes_in_clear(shop: Workspace) -> None:
    """Secrets of the configuration are decrypted, and maps come as JSON text."""
    config = read_stack_config("dev", cwd=shop.folder, environ=shop.environ())

    assert config["auth0:clientSecret"] == shop.client_secret
    assert json.loads(config["auth0-permissions:apis"]) == {"orders": ORDERS}


def test_a_stack_that_is_not_there(shop: Workspace) -> None:
    """A name that the back end does not know is its own error, which tells how to see the names."""
    with pytest.raises(StackError, match=r'no stack "prod".*`pulumi stack ls`'):
        read_stack("prod", cwd=shop.folder, environ=shop.environ())


def test_a_stack_without_state(shop: Workspace) -> None:
    """A stack that nothing was applied to is its own error, which tells what to run."""
    with pytest.raises(NoStateYet, match=r"pulumi up --stack empty"):
        read_stack("empty", cwd=shop.folder, environ=shop.environ())


def test_another_passphrase(shop: Workspace) -> None:
    """With another passphrase the configuration's secrets cannot be read, which is said without showing any."""
    with pytest.raises(StackError, match="passphrase") as caught:
        read_stack_config("dev", cwd=shop.folder, environ={**shop.environ(), "PULUMI_CONFIG_PASSPHRASE": "another one"})

    assert shop.client_secret not in str(caught.value)


def test_no_pulumi_on_path(shop: Workspace, tmp_path: Path) -> None:
    """Where there is no `pulumi` command the error says where to get it."""
    with pytest.raises(StackError, match="not on PATH"):
        read_stack("dev", cwd=shop.folder, environ={**shop.environ(), "PATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("error: the stack is currently locked by 1 lock(s).", StackError),
        ("error: [409] Conflict: Another update is currently in progress.", StackError),
        ("error: failed to decrypt encrypted configuration value", StackError),
        ("nothing that begins as an error does", StackError),
        ("", StackError),
    ],
)
def test_the_commands_words_tell_the_kind(tmp_path: Path, words: str, kind: type[StackError]) -> None:
    """What the command says on standard error decides which error it is; its words are in the message."""
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 255\n")
    pulumi.chmod(0o755)
    (tmp_path / "Pulumi.yaml").touch()

    with pytest.raises(kind) as caught:
        read_stack("dev", cwd=tmp_path, environ={"PATH": f"{tmp_path}:/bin:/usr/bin"})

    assert words.removeprefix("error: ").rstrip(".") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_output_that_is_no_json(tmp_path: Path) -> None:
    """A command that succeeds with something else than JSON is said so, not shown."""
    pulumi = tmp_path / "pulumi"
    pulumi.write_text("#!/bin/sh\necho something secret\n")
    pulumi.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:/bin:/usr/bin"}

    for read in (read_stack, read_stack_config):
        with pytest.raises(StackError) as caught:
            read("dev", cwd=tmp_path, environ=environ)
        assert "something secret" not in str(caught.value)


def of(exported: dict[str, object]) -> dict[str, Any]:
    """Return the deployment of an export."""
    inner = exported["deployment"]
    assert isinstance(inner, dict)
    return inner


def test_a_resource_that_waits_for_its_deletion_is_left_out() -> None:
    """The old resource of a replacement is not what the stack holds."""
    state = of(deployment("dev", [Held("orders", {"read": ""}), Held("old", {"read": ""})]))
    state["resources"][-1]["delete"] = True

    assert [api.resource_name for api in parse_deployment("dev", state).apis] == ["orders"]


@pytest.mark.parametrize("deep", [False, True], ids=["the map", "a description"])
def test_secret_permissions_are_not_shown(deep: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Permissions that the program marks as secret make an error that names them, not a report that shows them."""
    state = of(deployment("dev", [Held("orders", {"read": ""})]))
    state["resources"][-1]["outputs"]["permissions"] = {"read": secret()} if deep else secret()

    with pytest.raises(StackError, match="permissions of orders are marked as secret"):
        parse_deployment("dev", state)


@pytest.mark.parametrize(
    "broken", [{"revision": 7}, {"permissions": []}, {"permissions": {"a": 1}}, {"unmanaged": "x"}]
)
def test_a_state_that_is_not_ours(broken: dict[str, object]) -> None:
    """A state with other types than this version writes is an error, not a wrong report."""
    state = of(deployment("dev", [Held("orders", {"read": ""})]))
    state["resources"][-1]["outputs"].update(broken)

    with pytest.raises(StackError, match='state of stack "dev"'):
        parse_deployment("dev", state)


@pytest.mark.parametrize("nothing", [None, {}, {"resources": None}, {"resources": []}])
def test_nothing_applied(nothing: object) -> None:
    """A deployment without resources holds nothing yet."""
    with pytest.raises(NoStateYet):
        parse_deployment("dev", nothing)
