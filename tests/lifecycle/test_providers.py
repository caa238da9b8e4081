"""An explicit provider is never ignored in silence: one stack is one tenant."""

from __future__ import annotations

import subprocess
import sys

from support.cases import declared

REFUSED = {
    "provider": "pulumi.ResourceOptions(provider=other)",
    "list": "pulumi.ResourceOptions(providers=[other])",
    "map": "pulumi.ResourceOptions(providers={'auth0': other})",
    "component": "pulumi.ResourceOptions(parent=Team('one', pulumi.ResourceOptions(provider=other)))",
    "components": "pulumi.ResourceOptions(parent=Team('some', pulumi.ResourceOptions(providers=[other])))",
}
NAMED = "pulumi.ResourceOptions(providers=[pulumi.ProviderResource('pulumi-python', 'dynamic')])"
"""The provider of dynamic resources is not about a tenant."""
TEAM = """
class Team(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__('shop:index:Team', name, None, opts)
"""
HEAD = f"""
import pulumi

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, args.inputs

    def call(self, args):
        return {{}}

pulumi.runtime.set_mocks(Mocks())
import pulumi_auth0_permissions as auth0_permissions
{TEAM}
other = pulumi.ProviderResource('auth0', 'other', {{'domain': 'other.example.com'}})
"""
ATTEMPT = """
try:
    {statement}
except pulumi.RunError as error:
    print(f'refused {name}: {{error}}')
"""


def test_a_provider_for_auth0_is_refused() -> None:
    """It is one sentence in the program, which says what to do; that of dynamic resources may be named."""
    attempts = (
        ATTEMPT.format(name=name, statement=declared(name, "abc", more=f"opts={options}").strip())
        for name, options in {**REFUSED, "dynamic": NAMED}.items()
    )

    ran = subprocess.run([sys.executable, "-c", HEAD + "".join(attempts)], check=True, capture_output=True, text=True)

    refusals = ran.stdout.splitlines()
    assert [refusal.partition(": ")[0] for refusal in refusals] == [f"refused {name}" for name in REFUSED]
    assert all("one stack is one tenant" in line and "use another stack" in line for line in refusals)
