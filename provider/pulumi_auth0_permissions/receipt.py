"""The receipt: what a stage has applied and where it has it from, an output of its stack.

It is what the next stage takes, and what the next promotion to this stage compares with. An API is one line of it: a
few words for people, and behind them everything, packed, since the engine prints all outputs after every update.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_auth0_permissions.core.model import Permissions, revision_of
from pulumi_auth0_permissions.core.text import escape_line, pluralize

RECEIPT_OUTPUT = "auth0PermissionsReceipt"
"""Name of the stack output."""

_SHORT = 12  # digits of a revision that people are shown
_WORDS = (("applied", "time"), ("by", "by"))
_PACKED = " | "  # between the words and the packed part
_MAX_UNPACKED = 16 << 20  # bytes; a thousand permissions, each as long as Auth0 takes it, are a tenth of it


@dataclass(frozen=True, slots=True)
class ApiReceipt:
    """What was applied to one API."""

    identifier: str  # the API's identifier in the stage's tenant
    api_id: str  # its id there
    permissions: Permissions  # what the stage manages of it, as applied
    effective_revision: str  # digest of everything that was on the API afterwards
    tenant: str = ""  # the tenant's host; empty in the receipts of older versions

    # When (``time``), by whom (``by``; empty where that is not known), with which ``version`` and over which revision
    # (``before``) it was applied; empty in the receipts of older versions.
    applied: Mapping[str, str] = field(default_factory=dict)

    @property
    def revision(self) -> str:
        """Digest of what the stage manages; equal on the next stage once it is promoted there."""
        return revision_of(self.permissions)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a stage has applied."""

    apis: Mapping[str, ApiReceipt]  # by logical API name
    promoted_from: str | None = None  # full name of the stack it was taken from; None on the first stage
    catalog: str | None = None  # path of the catalog it was taken from; None on all other stages

    @property
    def revisions(self) -> dict[str, str]:
        """Logical API name → revision."""
        return {name: api.revision for name, api in self.apis.items()}

    def to_output(self) -> dict[str, str]:
        """Return the receipt as the value of a stack output."""
        return {name: self._line(api) for name, api in self.apis.items()}

    def _line(self, api: ApiReceipt) -> str:
        facts = {
            "promotedFrom": self.promoted_from,
            "catalog": self.catalog,
            "identifier": api.identifier,
            "apiId": api.api_id,
            "tenant": api.tenant,
            "effectiveRevision": api.effective_revision,
            "permissions": api.permissions,
            "applied": dict(api.applied),
        }
        # Sorted: a refresh may list the same in another order, and what is equal is to be the same text.
        text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
        words = [
            pluralize(len(api.permissions), "permission"),
            f"revision {api.revision[:_SHORT]}",
            *(f"{word} {escape_line(api.applied[key])}" for word, key in _WORDS if api.applied.get(key)),
        ]
        return f"{', '.join(words)}{_PACKED}{base64.b64encode(zlib.compress(text.encode(), 9)).decode()}"

    @classmethod
    def from_output(cls, value: Any) -> Receipt:  # noqa: ANN401 - whatever a stack exports
        """Read the value of a stack output, also one of a version that did not pack it.

        Raises:
            ValueError: it is no receipt, or one of another version.
        """
        try:
            is_packed = value.get("format") != 1
            apis = {name: _unpacked(line) for name, line in value.items()} if is_packed else value["apis"]
            facts = next(iter(apis.values()), {}) if is_packed else value
            return cls({name: _api(api) for name, api in apis.items()}, facts.get("promotedFrom"), facts.get("catalog"))
        except (LookupError, TypeError, AttributeError, ValueError, RecursionError, zlib.error):
            raise ValueError("it is not a receipt that this version can read") from None


def _unpacked(line: str) -> Any:  # noqa: ANN401 - `_api` looks at it
    packed = base64.b64decode(line.rpartition(_PACKED)[2], validate=True)
    return json.loads(zlib.decompressobj().decompress(packed, _MAX_UNPACKED))


def _api(facts: Mapping[str, Any]) -> ApiReceipt:
    return ApiReceipt(
        facts["identifier"],
        facts["apiId"],
        dict(facts["permissions"]),
        facts["effectiveRevision"],
        facts.get("tenant") or "",
        dict(facts.get("applied") or {}),
    )
