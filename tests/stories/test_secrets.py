"""Where secrets are not: state, exports, logs, plugin traces, files left behind."""

from __future__ import annotations

import re
from pathlib import Path

from support.workspace import Workspace

TOKEN = re.compile(rb"eyJ[\w-]+\.eyJ[\w-]+\.")  # what every token of the tenant looks like


def test_secrets_of_the_configuration_are_nowhere(shop: Workspace) -> None:
    """Neither the client's secret nor a token is in state, an export, any output or any file of the run."""
    secret = shop.client_secret
    for key, value in (("auth0:domain", shop.tenant.domain), ("auth0:clientId", shop.client_id)):
        shop.config(key, value)
    shop.pulumi("config", "set", "--secret", "auth0:clientSecret", secret)
    shop.environment |= {"AUTH0_DOMAIN": "", "AUTH0_CLIENT_ID": "", "AUTH0_CLIENT_SECRET": ""}

    everything = _everything_left(shop, [])

    assert secret.encode() not in everything
    assert TOKEN.search(everything) is None


def test_secrets_of_the_environment_are_not_even_in_traces(shop: Workspace) -> None:
    """The engine's most verbose trace, of all calls to the provider, has neither the secret nor a token."""
    everything = _everything_left(shop, ["--logtostderr", "-v=9", "--logflow"])

    assert b"ApiPermissions" in everything
    assert shop.client_secret.encode() not in everything
    assert TOKEN.search(everything) is None


def test_a_secret_that_is_set_as_plain_text_is_warned_of(shop: Workspace) -> None:
    """Each preview says so once, with the command that mends it; set as a secret, it says nothing."""
    shop.declare({"read:orders": "Read orders"}, arguments="unmanaged='keep'")
    shop.pulumi("config", "set", "--plaintext", "auth0:clientSecret", "made-up")
    shop.pulumi("config", "set", "--secret", "auth0:apiToken", "made-up")

    output = shop.preview(ok=None).output.partition("Diagnostics:")[2]

    assert output.count("stands in the stack's configuration as plain text") == 1
    assert "auth0:clientSecret stands" in output
    assert "pulumi config set --secret auth0:clientSecret" in output
    assert "made-up" not in output


def test_the_engine_keeps_secrets_of_the_configuration_encrypted_in_the_state(shop: Workspace) -> None:
    """All of them, other programs' too, as inputs of the default provider of dynamic resources; never in clear."""
    shop.declare({"read:orders": "Read orders"}, arguments="unmanaged='keep'")
    shop.pulumi("config", "set", "--secret", "other:password", "of-somebody-else")

    shop.up("--skip-preview")

    clear = shop.pulumi("stack", "export", "--show-secrets").output
    assert "of-somebody-else" in clear
    assert "of-somebody-else" not in shop.pulumi("stack", "export").output


def _everything_left(shop: Workspace, tracing: list[str]) -> bytes:
    """Apply a change and return all that was said, exported and written to a file."""
    shop.declare({"read:orders": "Read orders", "new": "New"}, arguments="unmanaged='keep'")
    said = [
        shop.up("--refresh", *tracing).output,
        shop.pulumi("stack", "export").output,
        shop.preview("--diff", "--json").output,
    ]
    assert shop.scopes()["new"] == "New"
    folders = (shop.folder, Path(shop.environment["XDG_RUNTIME_DIR"]))
    files = [path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()]
    return "".join(said).encode() + b"".join(files)
