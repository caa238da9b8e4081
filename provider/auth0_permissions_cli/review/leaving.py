"""What a resource takes along that leaves the program, or is destroyed: the engine asks its provider only later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import NotFound
from pulumi_auth0_permissions.core.intent import Siblings
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.holders import HolderLookup
from pulumi_auth0_permissions.pulumi_adapter import intents
from pulumi_auth0_permissions.pulumi_adapter.reporting import review_of
from pulumi_auth0_permissions.reconcile import assess
from pulumi_auth0_permissions.settings import Settings


@dataclass(frozen=True, slots=True)
class Leaving:
    """A resource that leaves: its URN, and its outputs by the stack's state."""

    urn: str
    outputs: Mapping[str, Any]


def review_leaving(
    leaving: Sequence[Leaving],
    staying: Mapping[str, Mapping[str, str]],
    settings: Settings,
    management: ManagementClient,
    lookup: HolderLookup,
) -> Iterator[Review]:
    """Yield what each resource takes from its API, who is hit, and what stands against it, as its deletion has it.

    Args:
        leaving: the resources.
        staying: an API's id → permission → name of the resource of the program that declares it.
        settings: the stack's settings.
        management: the stack's tenant.
        lookup: looks up holders there.
    """
    removed: dict[str, frozenset[str]] = {}  # an API's id → what others have removed, which the guards count
    for one in leaving:
        api_id = str(one.outputs.get("api_id"))
        try:
            api = management.get_api(api_id)
        except NotFound:
            if one.outputs.get("tenant") in (None, management.host):
                continue  # the API is gone, and its permissions with it
            raise
        intent = intents.removing(
            one.outputs,
            settings,
            api=api.id,
            siblings=Siblings(declared=staying.get(api_id, {})),
            removed_by_others=removed.get(api_id, frozenset()),
        )
        assessment = assess(management, lookup, intent, api, with_impact=settings.impact)
        removed[api_id] = removed.get(api_id, frozenset()) | frozenset(assessment.plan.removes)
        yield review_of(one.urn, intent, assessment, management.host, datetime.now(UTC), leaves_api=True)
