"""A program's own tests, under `pulumi.runtime.set_mocks`."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import pulumi

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        print("inputs:", sorted(args.inputs))
        return args.name + "_id", {{**args.inputs, {more}}}

    def call(self, args):
        print("call:", args.token, args.args)
        return {{"permissions": {{"read:stock": "Read stock"}}}}

pulumi.runtime.set_mocks(Mocks())
import pulumi_auth0_permissions as auth0_permissions

@pulumi.runtime.test
def check():
    resource = auth0_permissions.ApiPermissions("orders", api={api!r}, permissions={permissions})
    return pulumi.Output.all({outputs}).apply(lambda found: print("outputs:", *found))

try:
    check()
except pulumi.RunError as error:
    print("refused:", error)
"""


def _run(
    api: str = "https://orders.example.com",
    permissions: str = "{'read:orders': 'Read'}",
    *,
    outputs: str = "resource.effective_permissions",
    more: str = "",
) -> str:
    program = PROGRAM.format(api=api, permissions=permissions, outputs=outputs, more=more)
    ran = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    return ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("outputs", "more", "sentence"),
    [
        # Mocks that return the inputs, as most do, give outputs that fit.
        (
            "resource.identifier, resource.effective_permissions, resource.require('read:orders')",
            "",
            "outputs: https://orders.example.com {'read:orders': 'Read'} read:orders",
        ),
        # What mocks say is there beside what is managed comes together with it.
        (
            "resource.effective_permissions",
            "'unmanaged_permissions': {'theirs': 'Theirs'}",
            "outputs: {'read:orders': 'Read', 'theirs': 'Theirs'}",
        ),
        # A look-up is a call to them.
        (
            "auth0_permissions.get_api_permissions('urn:stock').require('read:stock')",
            "",
            "call: auth0:index:getApiPermissions {'api': 'urn:stock'}\noutputs: read:stock",
        ),
    ],
)
def test_mocks_give_outputs(outputs: str, more: str, sentence: str) -> None:
    """They see no input that is nobody's business."""
    said = _run(outputs=outputs, more=more)

    assert set(sentence.splitlines()) <= set(said.splitlines()), said
    assert "context_" not in said


@pytest.mark.parametrize(
    ("api", "permissions", "sentence"),
    [
        pytest.param("https://orders.example.com", "{'x' * 281: ''}", "280", id="too long"),
        pytest.param("", "{'a': ''}", "api", id="no API"),
        pytest.param("https://orders.example.com", "{'a': pulumi.Output.from_input(''), '': ''}", "empty", id="output"),
    ],
)
def test_bad_inputs_are_refused(api: str, permissions: str, sentence: str) -> None:
    """No provider is there to refuse them, so the program does."""
    output = _run(api, permissions)

    assert "refused: ApiPermissions 'orders': " in output
    assert sentence in output
    assert "outputs:" not in output


def test_a_typo_in_a_required_permission_fails_the_program() -> None:
    """With the nearest name that is declared."""
    said = _run(outputs="resource.require('read:order')")

    assert '\'orders\' declares no permission "read:order". Did you mean "read:orders"?' in said
    assert "outputs:" not in said
