"""Walk through the main job: adopt an API, change it, find and settle drift, leave; against the local tenant.

The engine's output is real, and so is every request shown. Run it with `make demo`; it asks no questions and leaves
nothing running.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from urllib.parse import quote

import requests

from auth0_local_tenant import LocalTenant

HERE = Path(__file__).parent
BLOG = "https://blog.example.com/"
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ

FIRST = {
    "read:posts": "Can read posts from API",
    "write:posts": "",
    "create:foo": "Can create Foo",
    "read:comment ": "Read comments",
}
SECOND = {
    "read:posts": "Can read posts from API",
    "write:posts": "Can write posts",
    "read:comment ": "Read comments",
}


def main() -> int:
    """Run the demo and return the exit code."""
    if shutil.which("pulumi") is None:
        print("There is no `pulumi` on PATH. Run `make demo`, which installs it.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, LocalTenant(seed=HERE / "tenant.json") as tenant:
        Story(tenant, Path(folder)).tell()
    return 0


class Story:
    """The steps, in order."""

    def __init__(self, tenant: LocalTenant, folder: Path) -> None:
        self._tenant = tenant
        self._folder = folder
        self._step = 0
        self._grant = self._token()

    def tell(self) -> None:
        """Run every step."""
        say(
            f"A stand-in for an Auth0 tenant is running at {self._tenant.domain}; it answers as the real Management "
            f'API does. It has an API "Blog" ({BLOG}) with four permissions that somebody created by hand:'
        )
        self._show_api()
        (self._folder / "Pulumi.yaml").write_text(
            "name: blog\nruntime: python\noptions:\n  refresh: always # read the API in every preview and update\n"
        )
        self._pulumi("stack", "init", "dev", quiet=True)

        self._chapter("Bring the API under management")
        self._program(FIRST)
        self._pulumi("up", "--yes")
        self._requests("The API already has what the program declares, so nothing was written")

        self._chapter("Drop one permission, describe another, and preview it")
        self._program(SECOND)
        self._pulumi("preview")
        self._requests("A preview only reads")

        self._chapter("Apply it")
        self._pulumi("up", "--yes")
        self._requests("One PATCH, with everything that stays")

        self._chapter("Meanwhile somebody changes the API by hand: write:posts deleted, moderate:posts added")
        self._by_hand()
        self._show_api()
        self._pulumi("preview")

        self._chapter("Settle the drift")
        self._pulumi("up", "--yes")
        self._requests("Our permission is back, theirs was left alone")
        self._show_api()

        self._chapter("Leave: our permissions are deleted, theirs stay")
        self._pulumi("destroy", "--yes")
        self._show_api()

        say("")
        say(
            "That is all. For your own tenant, create an application with read:resource_servers and "
            "update:resource_servers, then run"
        )
        for command in (
            "pulumi config set auth0:domain YOUR-TENANT.eu.auth0.com",
            "pulumi config set auth0:clientId YOUR-CLIENT-ID",
            "pulumi config set --secret auth0:clientSecret",
            "pulumi preview",
        ):
            print(f"    {command}")

    def _chapter(self, title: str) -> None:
        self._step += 1
        heading = f"{self._step}. {title}"
        print(f"\n{bold(heading)}\n")

    def _program(self, permissions: dict[str, str]) -> None:
        """Write the program and show it."""
        lines = "\n".join(f"        {value!r}: {text!r}," for value, text in permissions.items())
        program = (
            "import pulumi_auth0_permissions as auth0_permissions\n\n"
            "auth0_permissions.ApiPermissions(\n"
            '    "blog",\n'
            f'    api="{BLOG}",\n'
            "    permissions={\n"
            f"{lines}\n"
            "    },\n"
            '    unmanaged="keep",\n'
            ")\n"
        )
        (self._folder / "__main__.py").write_text(program)
        print(textwrap.indent(program, "    "))

    def _pulumi(self, *arguments: str, quiet: bool = False) -> None:
        """Run the real CLI and show its output."""
        self._tenant.clear_journal()
        command = ["pulumi", *arguments]
        if not quiet:
            print(dim(f"$ {' '.join(command)}"), flush=True)
        run = subprocess.run(
            [*command, "--non-interactive", "--color", "always" if COLOUR else "never"],
            cwd=self._folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else None,
            check=False,
        )
        if run.returncode:
            raise SystemExit(f"`{' '.join(command)}` ended with exit code {run.returncode}")

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "AUTH0_"))}
        return kept | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PULUMI_HOME": str(self._folder / "home"),
            "PULUMI_BACKEND_URL": self._folder.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "demo",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "AUTH0_DOMAIN": self._tenant.domain,
            "AUTH0_CLIENT_ID": self._tenant.client_id,
            "AUTH0_CLIENT_SECRET": self._tenant.client_secret,
        }

    def _requests(self, meaning: str) -> None:
        """Show the requests of the last command, and the body of each write."""
        entries = self._tenant.journal()
        say(f"{meaning}. Requests sent:")
        for entry in entries:
            print(f"    {entry.method} {entry.path} -> {entry.status}")
            if entry.method == "PATCH":
                print(textwrap.indent(json.dumps(entry.request_body, indent=2), "      "))

    def _show_api(self) -> None:
        print(dim(f"    permissions of {BLOG} now:"))
        for scope in self._scopes():
            print(f"      {scope['value']!r:18} {scope.get('description', '')}")

    def _by_hand(self) -> None:
        """Do what the dashboard does: write the whole list, with one removed and one added."""
        scopes = [scope for scope in self._scopes() if scope["value"] != "write:posts"]
        scopes.append({"value": "moderate:posts", "description": "Added by hand"})
        self._call("PATCH", {"scopes": scopes})

    def _scopes(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self._call("GET", None).get("scopes", [])
        return found

    def _call(self, method: str, body: object) -> dict[str, list[dict[str, str]]]:
        url = f"{self._tenant.domain}/api/v2/resource-servers/{quote(BLOG, safe=':')}"
        answer = requests.request(
            method, url, json=body, headers={"Authorization": f"Bearer {self._grant}"}, timeout=10
        )
        answer.raise_for_status()
        result: dict[str, list[dict[str, str]]] = answer.json()
        return result

    def _token(self) -> str:
        answer = requests.post(
            f"{self._tenant.domain}/oauth/token",
            data={
                "grant_type": "client_credentials",
                "client_id": self._tenant.client_id,
                "client_secret": self._tenant.client_secret,
                "audience": f"{self._tenant.domain}/api/v2/",
            },
            timeout=10,
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])


def say(text: str) -> None:
    """Print a paragraph."""
    print(textwrap.fill(text, 100))


def bold(text: str) -> str:
    """Return a heading."""
    return f"\033[1m{text}\033[0m" if COLOUR else f"{text}\n{'-' * len(text)}"


def dim(text: str) -> str:
    """Return a text as a dim aside."""
    return f"\033[2m{text}\033[0m" if COLOUR else text


if __name__ == "__main__":
    sys.exit(main())
