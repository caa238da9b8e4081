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
        return "id", {{**args.inputs, "api_id": "65f0", "unmanaged_permissions": {{"theirs": "Theirs"}}}}

    def call(self, args):
        return {{}}

pulumi.runtime.set_mocks(Mocks())
import pulumi_auth0_permissions as auth0_permissions

@pulumi.runtime.test
def check():
    resource = auth0_permissions.ApiPermissions("orders", api={api!r}, permissions={permissions})
    return resource.effective_permissions.apply(lambda found: print("effective:", found))

try:
    check()
except pulumi.RunError as error:
    print("refused:", error)
"""


def _run(api: str = "https://orders.example.com", permissions: str = "{'read:orders': 'Read'}") -> str:
    program = PROGRAM.format(api=api, permissions=permissions)
    ran = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    return ran.stdout + ran.stderr


def test_outputs_are_there() -> None:
    """What is managed and what mocks say is there beside it come together."""
    assert "effective: {'read:orders': 'Read', 'theirs': 'Theirs'}" in _run()


@pytest.mark.parametrize(
    ("api", "permissions", "sentence"),
    [
        pytest.param("https://orders.example.com", "{'x' * 281: ''}", "280", id="too long"),
        pytest.param("https://orders.example.com", "{'': ''}", "empty", id="empty"),
        pytest.param("", "{'a': ''}", "api", id="no API"),
        pytest.param("https://orders.example.com", "{'a': pulumi.Output.from_input(''), '': ''}", "empty", id="output"),
    ],
)
def test_bad_inputs_are_refused(api: str, permissions: str, sentence: str) -> None:
    """No provider is there to refuse them, so the program does."""
    output = _run(api, permissions)

    assert "refused: ApiPermissions 'orders': " in output
    assert sentence in output
    assert "effective:" not in output
