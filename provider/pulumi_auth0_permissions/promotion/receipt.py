"""The receipt: what a stage has applied and where it has it from, an output of its stack.

It is what the next stage takes, and what the next promotion to this stage compares with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_auth0_permissions.core.model import Permissions, revision_of

__all__ = ["RECEIPT_OUTPUT", "ApiReceipt", "Receipt"]

RECEIPT_OUTPUT = "auth0PermissionsReceipt"
"""Name of the stack output."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class ApiReceipt:
    """What was applied to one API.

    Attributes:
        identifier: the API's identifier in the stage's tenant.
        api_id: its id there.
        permissions: what the stage manages of it, as applied.
        effective_revision: digest of everything that was on the API afterwards.
        source_revision: digest of what was taken from the source.
        tenant: the tenant's host; empty in the receipts of older versions.
    """

    identifier: str
    api_id: str
    permissions: Permissions
    effective_revision: str
    source_revision: str
    tenant: str = ""

    @property
    def revision(self) -> str:
        """Digest of what the stage manages; equal on the next stage once it is promoted there."""
        return revision_of(self.permissions)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a stage has applied.

    Attributes:
        apis: logical API name → what was applied to it.
        promoted_from: full name of the stack it was taken from; ``None`` on the first stage.
        catalog: path of the catalog it was taken from, as the program names it; ``None`` on all other stages.
    """

    apis: Mapping[str, ApiReceipt]
    promoted_from: str | None = None
    catalog: str | None = None

    @property
    def revisions(self) -> dict[str, str]:
        """Logical API name → revision."""
        return {name: api.revision for name, api in self.apis.items()}

    def to_output(self) -> dict[str, object]:
        """Return the receipt as the value of a stack output."""
        return {
            "format": _FORMAT,
            "promotedFrom": self.promoted_from,
            "catalog": self.catalog,
            "apis": {
                name: {
                    "identifier": api.identifier,
                    "apiId": api.api_id,
                    "tenant": api.tenant,
                    "revision": api.revision,
                    "effectiveRevision": api.effective_revision,
                    "sourceRevision": api.source_revision,
                    "permissions": api.permissions,
                }
                for name, api in self.apis.items()
            },
        }

    @classmethod
    def from_output(cls, value: object) -> Receipt:
        """Read the value of a stack output.

        Raises:
            ValueError: it is no receipt, or one of another version.
        """
        match value:
            case {"format": 1, "apis": Mapping() as apis, **others}:  # 1.0 is equal to 1
                source, catalog = others.get("promotedFrom"), others.get("catalog")
                return cls(
                    {str(name): _api(api) for name, api in apis.items()},
                    source if isinstance(source, str) else None,
                    catalog if isinstance(catalog, str) else None,
                )
        raise ValueError("it is no receipt that this version can read")


def _api(value: object) -> ApiReceipt:
    match value:
        case {
            "identifier": str() as identifier,
            "apiId": str() as api_id,
            "effectiveRevision": str() as effective,
            "sourceRevision": str() as source,
            "permissions": Mapping() as permissions,
            **others,
        }:
            known = {str(name): str(text) for name, text in permissions.items()}
            tenant = others.get("tenant")
            return ApiReceipt(identifier, api_id, known, effective, source, tenant if isinstance(tenant, str) else "")
    raise ValueError("it is no receipt that this version can read")
