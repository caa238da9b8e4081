"""What is read out of a stack's state and out of the `pulumi` command, and one sentence on whatever is wrong there."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from auth0_permissions_cli.stacks.pulumi import Stack, StackError
from auth0_permissions_cli.stacks.state import RESOURCE_TYPE, parse_deployment, read_stack
from pulumi_auth0_permissions.core.model import Unmanaged

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:made:up"}


def resource(outputs: Mapping[str, object], name: str = "orders", *, delete: bool = False) -> dict[str, object]:
    """Return a resource as a state has it."""
    held = {"api_id": "1", "identifier": "urn:orders", "name": "Orders", "permissions": {"read": ""}, "revision": "r"}
    return {
        "urn": f"urn:pulumi:dev::shop::{RESOURCE_TYPE}::{name}",
        "type": RESOURCE_TYPE,
        "outputs": {**held, "unmanaged_permissions": {"other": ""}, **outputs},
        "delete": delete,
    }


def test_a_resource_that_waits_for_its_deletion_is_left_out() -> None:
    """The old resource of a replacement is not what the stack holds; a name may hold what parts a URN."""
    found = parse_deployment(
        "dev", {"resources": [resource({"unmanaged": "keep"}, "or::ders"), resource({}, "old", delete=True)]}
    )

    (api,) = found.apis
    assert parse_deployment("dev", {"resources": None}).apis == ()  # nothing was applied
    assert (api.resource_name, api.managed, api.effective) == ("or::ders", {"read": ""}, {"read": "", "other": ""})
    assert (api.api_id, api.identifier, api.api_name, api.revision) == ("1", "urn:orders", "Orders", "r")
    assert api.unmanaged is Unmanaged.KEEP


@pytest.mark.parametrize("permissions", [SECRET, {"read": SECRET}], ids=["the map", "a description"])
def test_secret_permissions_are_not_shown(permissions: object) -> None:
    """Permissions that the program marks as secret make an error that names them, not a report that shows them."""
    with pytest.raises(StackError, match="permissions of orders are marked as secret"):
        parse_deployment("dev", {"resources": [resource({"permissions": permissions})]})


@pytest.mark.parametrize("broken", [{"revision": 7}, {"permissions": []}, {"unmanaged": "x"}])
def test_a_state_that_is_not_ours(broken: dict[str, object]) -> None:
    """A state with other types than this version writes is an error, not a wrong report."""
    with pytest.raises(StackError, match='state of stack "dev"'):
        parse_deployment("dev", {"resources": [resource(broken)]})


def stand_in(folder: Path, script: str) -> Stack:
    """Return a stack whose `pulumi` is a script."""
    (folder / "Pulumi.yaml").touch()
    (folder / "pulumi").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "pulumi").chmod(0o755)
    return Stack("dev", folder, {"PATH": f"{folder}:/bin:/usr/bin"})


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("error: the stack is currently locked by 1 lock(s).", "pulumi cancel --stack dev"),
        ("error: failed to decrypt encrypted configuration value", "export PULUMI_CONFIG_PASSPHRASE="),
        ("", "failed without any output"),
    ],
)
def test_the_commands_words_tell_what_to_do(tmp_path: Path, words: str, sentence: str) -> None:
    """What the command says on standard error decides what is said, in one line with the words."""
    with pytest.raises(StackError) as caught:
        read_stack(stand_in(tmp_path, f"echo '{words}' >&2; exit 255"))

    assert sentence in str(caught.value)
    assert words.removeprefix("error: ").rstrip(".") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_output_that_is_no_json(tmp_path: Path) -> None:
    """A command that succeeds with something else than JSON is said so, not shown."""
    for read in (read_stack, Stack.config):
        with pytest.raises(StackError) as caught:
            read(stand_in(tmp_path, "echo something secret"))
        assert "something secret" not in str(caught.value)


def test_no_pulumi_on_path(tmp_path: Path) -> None:
    """Where there is no `pulumi` command the error says where to get it."""
    with pytest.raises(StackError, match="not on PATH"):
        read_stack(Stack("dev", tmp_path, {"PATH": str(tmp_path)}))
