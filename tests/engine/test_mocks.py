"""A program's own tests, under `pulumi.runtime.set_mocks`."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import pulumi

def say(*what):
    sys.stdout.write(" ".join(map(str, what)) + "\\n")  # at once: threads do

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        say("inputs:", sorted(args.inputs))
        return args.name + "_id", {{**args.inputs, {more}}}

    def call(self, args):
        say("call:", args.token, args.args)
        return {{"permissions": {{"read:stock": "Read stock"}}}}

pulumi.runtime.set_mocks(Mocks())
import pulumi_auth0_permissions as auth0_permissions

@pulumi.runtime.test
def check():
    resource = auth0_permissions.ApiPermissions("orders", {inputs})
    return pulumi.Output.all({outputs}).apply(lambda found: say("outputs:", *found))

try:
    check()
except pulumi.RunError as error:
    say("refused:", error)
"""


GOOD = "api='https://orders.example.com', permissions={'read:orders': 'Read'}"
EFFECTIVE = "resource.effective_permissions"


@pytest.mark.parametrize(
    ("outputs", "more", "said"),
    [
        # Mocks that return the inputs, as most do, give outputs that fit.
        (
            f"resource.identifier, {EFFECTIVE}, resource.require('read:orders')",
            "",
            "outputs: https://orders.example.com {'read:orders': 'Read'} read:orders",
        ),
        # What mocks say is there beside what is managed comes together with it.
        (
            EFFECTIVE,
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
def test_mocks_give_outputs(outputs: str, more: str, said: str) -> None:
    """They see no input that is nobody's business."""
    output = run(outputs=outputs, more=more)

    assert set(said.splitlines()) <= set(output.splitlines()), output  # in any order
    assert "context_" not in output


@pytest.mark.parametrize(
    ("inputs", "outputs", "said"),
    [
        ("api='urn:x', permissions={'x' * 281: ''}", EFFECTIVE, "refused: ApiPermissions 'orders': "),
        (
            "api='', permissions={'a': pulumi.Output.from_input(''), '': ''}",
            EFFECTIVE,
            "the permission has 0 characters",
        ),
        (
            GOOD,
            "resource.require('read:order')",
            '\'orders\' declares no permission "read:order". Did you mean "read:orders"?',
        ),
    ],
    ids=["too long", "an output", "a typo in what is required"],
)
def test_what_is_wrong_fails_the_program(inputs: str, outputs: str, said: str) -> None:
    """No provider is there to refuse it, so the program does."""
    output = run(inputs, outputs=outputs)

    assert said in output
    assert "outputs:" not in output


def run(inputs: str = GOOD, *, outputs: str, more: str = "") -> str:
    """Run a program's test, and return what it prints."""
    program = PROGRAM.format(inputs=inputs, outputs=outputs, more=more)
    ran = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    return ran.stdout + ran.stderr
