"""An explicit provider is never ignored in silence: one stack is one tenant."""

from __future__ import annotations

from pathlib import Path

import pytest

from lifecycle.refactoring import declared
from support.official_provider import use_official_provider
from support.workspace import Workspace

COMPONENT = (
    "class Team(pulumi.ComponentResource):\n"
    "    def __init__(self, opts):\n"
    "        super().__init__('shop:index:Team', 'team', None, opts)\n"
)
OTHER = "other = pulumi.ProviderResource('auth0', 'other', {'domain': 'other.example.com'})\n"
IN_COMPONENT = "opts=pulumi.ResourceOptions(parent=team)"


@pytest.mark.parametrize(
    "program",
    [
        declared("a", "abc", more="opts=pulumi.ResourceOptions(provider=other)"),
        declared("a", "abc", more="opts=pulumi.ResourceOptions(providers=[other])"),
        declared("a", "abc", more="opts=pulumi.ResourceOptions(providers={'auth0': other})"),
        "team = Team(pulumi.ResourceOptions(provider=other))\n" + declared("a", "abc", more=IN_COMPONENT),
        "team = Team(pulumi.ResourceOptions(providers=[other]))\n" + declared("a", "abc", more=IN_COMPONENT),
    ],
    ids=["provider", "a list", "a map", "a component's provider", "a component's providers"],
)
def test_a_provider_for_auth0_is_refused(shop: Workspace, tmp_path: Path, program: str) -> None:
    """It is one sentence in the program, which says what to do, and nothing is written."""
    use_official_provider(shop, tmp_path / "bin")
    shop.program(OTHER + COMPONENT + program)

    output = shop.up("--skip-preview", ok=False).output

    assert "not used here: one stack is one tenant" in output
    assert "use another stack" in output
    assert shop.requests() == []


def test_the_dynamic_provider_itself_may_be_named(shop: Workspace) -> None:
    """Also in a component that has providers of other packages; the tenant is then the environment's."""
    shop.program(
        "dynamic = pulumi.ProviderResource('pulumi-python', 'dynamic')\n"
        + COMPONENT
        + "team = Team(pulumi.ResourceOptions(providers=[dynamic]))\n"
        + declared("a", "abcd", more=IN_COMPONENT)
    )

    shop.up()

    assert set(shop.scopes()) == set("abcd")
