"""Where secrets are not: state, exports, logs, plugin traces, files left behind; and the one file with a token."""

import re
import stat
from pathlib import Path

from support.keys import key_pair
from support.workspace import SCOPES, Workspace

TOKEN = re.compile(rb"eyJ[\w-]+\.eyJ[\w-]+\.")  # what every token of the tenant looks like
CHANGED = {"read:orders": "Read orders", "new": "New"}
KEEP = "unmanaged='keep'"


def files(shop: Workspace) -> dict[Path, bytes]:
    """Return all that runs have left in files."""
    folders = (shop.folder, Path(shop.environ()["TESTS_PRIVATE_FOLDER"]))
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def left(shop: Workspace, said: str) -> bytes:
    """Return what was said and all that runs have left in files."""
    return said.encode() + b"".join(files(shop).values())


def test_secrets_of_the_configuration_are_nowhere(shop: Workspace) -> None:
    """Neither the client's secret nor a token is in the state, any output or any other file of the run.

    The engine keeps all secrets of the configuration, other programs' too, encrypted in the state, as inputs of the
    default provider of dynamic resources.
    """
    shop.declare(CHANGED, arguments=KEEP)
    shop.config("auth0:domain", shop.tenant.domain)
    shop.config("auth0:clientId", shop.client_id)
    shop.pulumi("config", "set", "--secret", "auth0:clientSecret", shop.client_secret)
    shop.pulumi("config", "set", "--secret", "other:password", "of-somebody-else")
    shop.environment |= {"AUTH0_DOMAIN": "", "AUTH0_CLIENT_ID": "", "AUTH0_CLIENT_SECRET": ""}

    said = shop.up("--skip-preview").output
    said += shop.preview("--refresh", "--diff", "--json").output

    everything = left(shop, said)
    assert shop.scopes()["new"] == "New"
    assert shop.client_secret.encode() not in everything
    assert TOKEN.search(everything) is None
    assert b"of-somebody-else" not in everything
    assert "of-somebody-else" in shop.pulumi("stack", "export", "--show-secrets").output


def test_secrets_of_the_environment_are_not_even_in_traces(shop: Workspace) -> None:
    """The engine's most verbose trace, of all calls to the provider, has neither the secret nor a token."""
    shop.declare(CHANGED, arguments=KEEP)

    everything = left(shop, shop.up("--skip-preview", "--logtostderr", "-v=9", "--logflow").output)

    assert b"ApiPermissions" in everything
    assert shop.client_secret.encode() not in everything
    assert TOKEN.search(everything) is None


def test_a_secret_that_is_set_as_plain_text_is_warned_of(shop: Workspace) -> None:
    """Each preview says so once, with the command that mends it; set as a secret, it says nothing."""
    shop.declare({"read:orders": "Read orders"}, arguments=KEEP)
    shop.config("auth0:clientSecret", "made-up")
    shop.pulumi("config", "set", "--secret", "auth0:apiToken", "made-up")

    output = shop.preview(ok=None).output.partition("Diagnostics:")[2]

    assert output.count("is in the stack's configuration as plain text") == 1
    assert "auth0:clientSecret is in the stack" in output
    assert "pulumi config set --secret auth0:clientSecret" in output
    assert "made-up" not in output


def test_runs_share_a_token_where_the_stack_says_so(shop: Workspace) -> None:
    """With `reuseToken`, preview, update and the next run ask for one token, in one owner-only file."""
    shop.config("auth0-permissions:reuseToken", "on")
    shop.declare(CHANGED, arguments=KEEP)

    said = shop.up().output
    assert [entry.path for entry in shop.tenant.journal()].count("/oauth/token") == 1
    shop.tenant.clear_journal()
    said += shop.preview("--refresh").output

    assert [(entry.method, entry.path.rpartition("/")[0]) for entry in shop.tenant.journal()] == [
        ("GET", "/api/v2/resource-servers")
    ]
    assert TOKEN.search(said.encode()) is None
    holding = [path for path, content in files(shop).items() if TOKEN.search(content)]
    assert [(path.parent.name, stat.S_IMODE(path.stat().st_mode)) for path in holding] == [("tokens", 0o600)]


def test_an_application_may_sign_instead_of_sending_a_secret(shop: Workspace) -> None:
    """With a private key the change is applied, and the key is neither in the state nor in what is said."""
    private_key, public_key = key_pair()
    methods = {
        "private_key_jwt": {"credentials": [{"credential_type": "public_key", "pem": public_key, "alg": "PS256"}]}
    }
    signs = {"client_id": "signs", "name": "Signs", "scopes": list(SCOPES), "client_authentication_methods": methods}
    shop.tenant.seed({"clients": [signs]})
    shop.environment |= {"AUTH0_CLIENT_ID": "signs", "AUTH0_CLIENT_SECRET": ""}
    shop.pulumi("config", "set", "--secret", "auth0:clientAssertionPrivateKey", f"\n{private_key}")
    shop.config("auth0:clientAssertionSigningAlg", "PS256")
    shop.declare(CHANGED, arguments=KEEP)

    said = shop.up("--skip-preview").output

    assert "new" in shop.scopes()
    assert private_key.splitlines()[2].encode() not in left(shop, said)
