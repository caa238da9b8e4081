"""Made-up states of stacks, as reports read them, and names that somebody could give a permission to break those."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from auth0_permissions_cli.stacks.state import RESOURCE_TYPE, ApiState, StackSnapshot
from pulumi_auth0_permissions.core.model import revision_of

HOSTILE = (
    "<script>document.title = 'broken'</script>",
    "<img src=x onerror=\"document.title='broken'\">",
    "</style></script></td></table><h1>broken</h1>",
    "a | b \\| c",
    "`code` ``` ~~~",
    "@octocat #1 :tada: owner/repo#2",
    "[link](https://evil.example.com) ![image](https://evil.example.com/x.png)",
    "https://evil.example.com www.evil.example.com",
    "*bold* _under_ ~~gone~~ $x$",
    "- item",
    "&lt;b&gt; &amp; &#64;",
    "${{ secrets.TOKEN }} {{ 7 * 7 }}",
    "rtl \u202e gnp.exe",
    "line\nbreak\ttab\x1b[31mred\x07",
    "trailing ",
    "日本語の権限",
    "x" * 280,
)


@dataclass(frozen=True)
class Held:
    """One API of a stack."""

    name: str  # the resource's name
    managed: Mapping[str, str]  # what the resource manages
    others: Mapping[str, str] = field(default_factory=dict)  # what is on the API besides
    identifier: str = ""  # the API's identifier; one of the stack and the name, if not given


def snapshot(stack: str, *apis: Held) -> StackSnapshot:
    """Return what a stack with these APIs holds."""
    return StackSnapshot(stack, tuple(_state(stack, api) for api in sorted(apis, key=lambda api: api.name)))


def _state(stack: str, api: Held) -> ApiState:
    effective = {**api.managed, **api.others}
    identifier = api.identifier or f"https://{api.name}.{stack}.example.com"
    return ApiState(
        urn=f"urn:pulumi:{stack}::shop::{RESOURCE_TYPE}::{api.name}",
        resource_name=api.name,
        api_id=hashlib.sha256(identifier.encode()).hexdigest()[:24],
        identifier=identifier,
        api_name=api.name.title(),
        managed=dict(api.managed),
        effective=effective,
        revision=revision_of(effective),
        tenant=f"{stack}.auth0.com",
    )
