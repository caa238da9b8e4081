"""Names with the engine's own colour tags, through the real CLI: seen as they are, whatever the colour."""

import json
import re

from auth0_local_tenant import Fault
from support.commands import run_on_terminal
from support.workspace import Workspace

NAMES = {
    "<{%underline%}>": r"<\x7b%underline%}>",
    "k1<{%reset%}>": r"k1<\x7b%reset%}>",
    "<{%no such tag%}>": r"<\x7b%no such tag%}>",
    r"<\x7b%reset%}>": r"<\\x7b%reset%}>",
    "back\\slash": r"back\\slash",
    "\u202ereversed": r"\u202ereversed",
    "%s %d %!v(MISSING)": "%s %d %!v(MISSING)",
}
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def up(shop: Workspace, color: str, **environment: str) -> str:
    """Run `pulumi up` on a terminal; return what it says without its colours."""
    arguments = ["pulumi", "up", "--yes", "--color", color]
    ran = run_on_terminal(arguments, cwd=shop.folder, environ=shop.environ() | environment, columns=250, lines=60)
    text = _ESCAPE.sub("", ran.out)
    assert "panic" not in text, text
    return f"{text}\nexit code {ran.code}"


def unseen(said: str) -> list[str]:
    """Return the names that what was said does not show as they are."""
    return [shown for shown in NAMES.values() if shown not in said]


def test_names_are_seen_whatever_the_colour(shop: Workspace) -> None:
    """A list of deletions shows each name with its tags escaped, and what is deleted is what was shown."""
    api = "https://hostile.example.com"
    scopes = [{"value": "read", "description": "Read"}, *({"value": name} for name in NAMES)]
    held = [{"resource_server_identifier": api, "permission_name": name} for name in NAMES]
    roles = [{"name": "role <{%bold%}>", "permissions": held}]
    shop.tenant.seed({"resource_servers": [{"identifier": api, "scopes": scopes}], "roles": roles})
    shop.declare({"read": "Read"}, api=api, arguments="unmanaged='remove'")
    approved = json.dumps([{"permission": name, "api": api} for name in NAMES])
    blamed = {"statusCode": 400, "error": "Bad <{%fg 1%}>", "message": "<{%no%}> \u202e <{%reset%}>"}

    refused = up(shop, "never")
    assert unseen(refused) == []
    assert len(shop.scopes(api)) == 1 + len(NAMES)

    shop.tenant.add_fault(Fault("status", method="PATCH", status=400, body=json.dumps(blamed)))
    failed = up(shop, "always", AUTH0_PERMISSIONS_APPROVED_REMOVALS=approved)
    assert unseen(failed) == []
    assert r"(Bad <\x7b%fg 1%}>): <\x7b%no%}> \u202e <\x7b%reset%}>" in failed

    said = up(shop, "auto", AUTH0_PERMISSIONS_APPROVED_REMOVALS=approved)
    assert unseen(said) == []
    assert set(shop.scopes(api)) == {"read"}
