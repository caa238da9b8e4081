"""The chain of stages: each stack leaves a receipt, an output that says what it has applied, and the next takes that.

Promotions compare receipts. Each API is one line of it: a few words for people, then everything, packed, since the
engine prints all outputs after every update.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.model import Permissions, revision_of
from pulumi_auth0_permissions.core.text import escape, escape_line, pluralize

RECEIPT_OUTPUT = "auth0PermissionsReceipt"  # name of the stack output
EXPECTED_REVISIONS_VARIABLE = "AUTH0_PERMISSIONS_EXPECTED_REVISIONS"  # those that a promotion's preview was made of
AS_IF_VARIABLE = "AUTH0_PERMISSIONS_AS_IF"  # names a catalog that a preview uses instead of the source's receipt
AS_IF_NOTE = "as-if"  # the file by which the program confirms to the command that it has used that catalog

Receipt = dict[str, Permissions]
"""What a stage has applied and manages, by logical API name."""

_PACKED = " | "  # between the words and the packed part
_MAX_UNPACKED = 16 << 20  # bytes; a thousand permissions, each as long as Auth0 takes it, are a tenth of it


def short_name(stack: str) -> str:
    """Return the last part of a stack's name, the part that people call the stage by."""
    return stack.rpartition("/")[2]


def receipt_line(facts: Mapping[str, Any]) -> str:
    """Return a receipt's line for one API; its form is public: programs of others unpack it.

    Its facts: ``identifier``, ``apiId``, ``tenant``, ``permissions`` as applied, ``effectiveRevision`` of everything on
    the API, ``applied`` as `ApiPermissions` has it, and ``promotedFrom`` or ``catalog``: where they are from.
    """
    # Sorted: a refresh may change the order, and equal facts have to be the same text.
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    short_revision = revision_of(facts["permissions"])[:12]
    words = [pluralize(len(facts["permissions"]), "permission"), f"revision {short_revision}"]
    for word, key in (("applied", "time"), ("by", "by")):
        if value := (facts["applied"] or {}).get(key):
            words.append(f"{word} {escape_line(value)}")
    return f"{', '.join(words)}{_PACKED}{base64.b64encode(zlib.compress(text.encode(), 9)).decode()}"


def receipt_of(value: Any, stack: str) -> Receipt:  # noqa: ANN401 - whatever a stack exports
    """Read the output of a stack, also of a version that did not pack it; refuse anything else."""
    try:
        facts = value["apis"] if value.get("format") == 1 else {name: _unpacked(value[name]) for name in value}
        return {name: dict(api["permissions"]) for name, api in facts.items()}
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError, zlib.error):
        raise PermissionsError(
            f'stack "{escape(stack)}" has no output {RECEIPT_OUTPUT} that this version can read. Run '
            f"`pulumi up --stack {escape(short_name(stack))}` with this version first, to apply it as a stage."
        ) from None


def _unpacked(line: str) -> Any:  # noqa: ANN401 - the caller looks at it
    packed = base64.b64decode(line.rpartition(_PACKED)[2], validate=True)
    return json.loads(zlib.decompressobj().decompress(packed, _MAX_UNPACKED))


def expected_revisions(receipt: Receipt) -> str:
    """Return the value of `EXPECTED_REVISIONS_VARIABLE`: it holds a promotion's update to what its preview showed."""
    return json.dumps({name: revision_of(permissions) for name, permissions in receipt.items()}, sort_keys=True)
