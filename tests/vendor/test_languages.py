"""The vendor's documented call that deletes a permission, by curl and in several languages, over http and https.

Source of the calls: Auth0 docs, "Delete API Permissions", whose samples are in these languages with these libraries.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import requests

from auth0_local_tenant import LocalTenant
from support.workspace import ORDERS_SEED

CALLS = Path(__file__).parent / "calls"
API_ID = "65f0c0ffee00000000000001"
TIMEOUT_S = 240  # the first run of a compiler takes its time


def _run(program: str, *arguments: str, environment: Mapping[str, str], folder: Path) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not on PATH: install it to run the vendor's call in its language")
    command = [path, *arguments]
    run = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def _axios(environment: Mapping[str, str], folder: Path) -> str:
    shutil.copy(CALLS / "call.js", folder)
    _run("npm", "install", "--silent", "--no-audit", "--no-fund", "axios@1", environment=os.environ, folder=folder)
    return _run("node", "call.js", environment=environment, folder=folder)


def _curl(environment: Mapping[str, str], folder: Path) -> str:
    trusted = ("--cacert", environment["SSL_CERT_FILE"]) if "SSL_CERT_FILE" in environment else ()
    status = _run(
        "curl",
        *("--disable", "--silent", "--show-error", "--request", "PATCH", "--url", environment["API_URL"], *trusted),
        *("--header", f"authorization: Bearer {environment['TOKEN']}"),
        *("--header", "content-type: application/json", "--header", "cache-control: no-cache"),
        *("--data", environment["PAYLOAD"], "--output", "answer", "--write-out", "%{http_code}\n"),
        environment=environment,
        folder=folder,
    )
    return status + (folder / "answer").read_text()


def _plain(program: str, *arguments: str) -> Callable[[Mapping[str, str], Path], str]:
    return lambda environment, folder: _run(program, *arguments, environment=environment, folder=folder)


LANGUAGES = [
    pytest.param(_curl, id="curl"),
    pytest.param(_plain(sys.executable, str(CALLS / "call.py")), id="python"),
    pytest.param(_plain("ruby", str(CALLS / "call.rb")), id="ruby"),
    pytest.param(_plain("php", str(CALLS / "call.php")), id="php"),
    pytest.param(_plain("go", "run", str(CALLS / "call.go")), id="go", marks=pytest.mark.nightly),
    pytest.param(_axios, id="node with axios", marks=pytest.mark.nightly),
]


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("call", LANGUAGES)
def test_a_permission_is_deleted(call: Callable[[Mapping[str, str], Path], str], tls: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """The call gets 200 with the whole API, and the permission is gone."""
    with LocalTenant(seed=ORDERS_SEED, tls=tls) as tenant:
        kept = [{"value": "read:orders", "description": "Read orders"}]
        form = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
        form |= {"grant_type": "client_credentials", "audience": f"{tenant.domain}/api/v2/"}
        issued = requests.post(f"{tenant.domain}/oauth/token", form, verify=str(tenant.ca) if tls else None, timeout=60)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            "API_URL": f"{tenant.domain}/api/v2/resource-servers/{API_ID}",
            "TOKEN": issued.json()["access_token"],
            "PAYLOAD": json.dumps({"scopes": kept}),
        }
        if tls:
            environment |= {"SSL_CERT_FILE": str(tenant.ca), "NODE_EXTRA_CA_CERTS": str(tenant.ca)}

        status, _, body = call(environment, tmp_path).partition("\n")

        assert (status, json.loads(body)["scopes"]) == ("200", kept)
        assert next(api for api in tenant.dump()["resource_servers"] if api["id"] == API_ID)["scopes"] == kept
