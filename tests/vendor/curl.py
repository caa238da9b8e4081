"""The real curl, with the commands of the vendor's documentation on deleting permissions.

Source: Auth0 docs, "Delete API Permissions" and "Get Management API Access Tokens for Production".
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field

from auth0_local_tenant import LocalTenant

TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What curl got: the HTTP status and the body."""

    status: int
    body: str

    @property
    def document(self) -> dict[str, object]:
        """The body as a JSON object."""
        value = json.loads(self.body)
        assert isinstance(value, dict), self.body
        return value


@dataclass(frozen=True, slots=True)
class Curl:
    """Runs curl against a tenant, without the user's own curl settings."""

    tenant: LocalTenant
    program: str = field(default_factory=lambda: _find())

    def run(self, *arguments: str) -> Answer:
        """Run curl with these arguments and return what it got."""
        trusted = ["--cacert", str(self.tenant.ca)] if self.tenant.ca else []
        command = [self.program, "--disable", "--silent", "--show-error", "--noproxy", "*", *trusted, *arguments]
        run = subprocess.run(
            [*command, "--write-out", "\n%{http_code}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        body, _, status = run.stdout.rpartition("\n")
        return Answer(int(status), body)

    def token(self) -> str:
        """Return a token for the Management API, by the client's id and secret."""
        answer = self.run(
            *("--request", "POST"),
            *("--url", f"{self.tenant.domain}/oauth/token"),
            *("--header", "content-type: application/x-www-form-urlencoded"),
            *("--data", "grant_type=client_credentials"),
            *("--data", f"client_id={self.tenant.client_id}"),
            *("--data-urlencode", f"client_secret={self.tenant.client_secret}"),
            *("--data-urlencode", f"audience={self.tenant.domain}/api/v2/"),
        )
        assert answer.status == 200, answer
        return str(answer.document["access_token"])

    def get(self, token: str, api: str) -> Answer:
        """Get an API, by its id or escaped identifier."""
        return self.run(
            *("--request", "GET"),
            *("--url", f"{self.tenant.domain}/api/v2/resource-servers/{api}"),
            *("--header", f"authorization: Bearer {token}"),
        )

    def patch(self, token: str, api: str, body: object) -> Answer:
        """Patch an API with a JSON body."""
        return self.run(
            *("--request", "PATCH"),
            *("--url", f"{self.tenant.domain}/api/v2/resource-servers/{api}"),
            *("--header", f"authorization: Bearer {token}"),
            *("--header", "content-type: application/json"),
            *("--header", "cache-control: no-cache"),
            *("--data", json.dumps(body)),
        )


def _find() -> str:
    found = shutil.which("curl")
    assert found, "this test needs curl and there is none on PATH: on Debian, `sudo apt-get install curl`"
    return found
