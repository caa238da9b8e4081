"""An explicit provider is never ignored in silence: one stack is one tenant."""

from __future__ import annotations

from pathlib import Path

from auth0_local_tenant import LocalTenant
from lifecycle.refactoring import declared
from support.official_provider import use_official_provider
from support.workspace import Workspace

REFUSED = {
    "provider": "pulumi.ResourceOptions(provider=other)",
    "list": "pulumi.ResourceOptions(providers=[other])",
    "map": "pulumi.ResourceOptions(providers={'auth0': other})",
    "component": "pulumi.ResourceOptions(parent=Team('one', pulumi.ResourceOptions(provider=other)))",
    "components": "pulumi.ResourceOptions(parent=Team('some', pulumi.ResourceOptions(providers=[other])))",
}
HEAD = """
class Team(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__('shop:index:Team', name, None, opts)

other = pulumi.ProviderResource('auth0', 'other', {'domain': 'other.example.com'})
dynamic = pulumi.ProviderResource('pulumi-python', 'dynamic')
"""
ATTEMPT = """
try:
    {statement}
except pulumi.RunError as error:
    pulumi.log.info(f'refused {name}: {{error}}')
"""


def test_a_provider_for_auth0_is_refused(shop: Workspace, tenant: LocalTenant, tmp_path: Path) -> None:
    """It is one sentence in the program, which says what to do; the provider of dynamic resources may be named."""
    use_official_provider(shop, tmp_path / "bin")
    attempts = (
        ATTEMPT.format(name=name, statement=declared(name, "abc", more=f"opts={options}").strip())
        for name, options in REFUSED.items()
    )
    named = "opts=pulumi.ResourceOptions(parent=Team('named', pulumi.ResourceOptions(providers=[dynamic])))"
    shop.program(HEAD + "".join(attempts) + declared("a", "abcd", more=named))

    output = shop.up("--skip-preview").output

    refusals = [line for line in output.splitlines() if "refused " in line]
    assert [name for name in REFUSED if not any(f"refused {name}: " in line for line in refusals)] == []
    assert all("one stack is one tenant" in line and "use another stack" in line for line in refusals)
    assert set(shop.scopes()) == set("abcd")
    assert len(shop.writes()) == 1
