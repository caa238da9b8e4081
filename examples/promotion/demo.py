"""Walk through a promotion: one set of permissions through dev, staging and prod, each with its own local tenant.

The commands and their output are real. Run it with `make demo-promotion`; it asks no questions, leaves nothing running,
and keeps a report in HTML.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import requests

from auth0_local_tenant import LocalTenant

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "examples" / "promotion" / "tenants"
STAGES = ("dev", "staging", "prod")
ORDERS = "https://orders.example.com"  # the API on prod
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def main() -> int:
    """Run the demo and return the exit code."""
    if shutil.which("pulumi") is None:
        print("There is no `pulumi` on PATH. Run `make demo-promotion`, which installs it.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        tenants = {stage: running.enter_context(LocalTenant(seed=SEEDS / f"{stage}.json")) for stage in STAGES}
        Story(tenants, Path(folder)).tell()
    return 0


class Story:
    """The steps, in order."""

    def __init__(self, tenants: Mapping[str, LocalTenant], folder: Path) -> None:
        self._tenants = tenants
        self._folder = folder
        self._step = 0

    def tell(self) -> None:
        """Run every step."""
        self._set_up()
        say(
            "Three stand-ins for Auth0 tenants are running, one per stage. The project is this repository's root: one "
            "program for all stages, the catalog permissions.yaml, and a configuration file for each stack. dev takes "
            "the catalog, staging what dev has applied, prod what staging has applied:"
        )
        self._show("__main__.py", "permissions.yaml", "Pulumi.prod.yaml")

        self._chapter("Every stage adopts what its tenant has")
        say("approve:refunds is in the catalog but on no tenant yet; everything else is adopted as it is.")
        self._up("dev")
        self._promote("dev", "staging")
        self._promote("staging", "prod")

        self._chapter("Add a permission in dev, and remove one")
        self._catalog("      delete:orders: Delete orders\n", "      export:orders: Export orders\n")
        self._up("dev")
        self._matrix("Where the stages stand now:")

        self._chapter("Promote it: staging takes it; prod removes no permission unless a file approves it")
        self._promote("dev", "prod", expected=4)
        self._promote("dev", "staging")
        self._promote("staging", "prod", expected=4)

        self._chapter("Approve the removal, in a line that somebody reviews")
        self._approve("delete:orders")
        self._promote("staging", "prod")

        self._chapter("Meanwhile somebody adds a permission to prod by hand")
        self._by_hand("audit:orders", "Read the audit trail")
        self._catalog("      read:orders: Read orders\n", "      read:orders: Read all orders\n")
        self._up("dev")
        self._promote("dev", "staging")
        self._promote("staging", "prod", expected=4)

        self._chapter("Pull the hotfix back, as the message said")
        self._catalog("      read:orders:", "      audit:orders: Read the audit trail\n      read:orders:")
        self._up("dev")
        self._promote("dev", "staging")
        self._promote("staging", "prod")

        self._chapter("All stages are equal")
        self._matrix("And now:")
        report = Path(tempfile.mkdtemp(prefix="auth0-permissions-")) / "matrix.html"
        self._run("auth0-permissions", "matrix", *STAGES, "--live", "--format", "html", "--output", str(report))
        print(f"The same as a page, with a filter and a switch for differences only:\n    {report.as_uri()}\n")
        say("That is all. To set up stages of your own, see docs/how-to/promote.md.")

    def _set_up(self) -> None:
        """Copy the root project, and put the demo's tenants into the stacks' files."""
        for name in ("Pulumi.yaml", "__main__.py", "permissions.yaml"):
            shutil.copy(ROOT / name, self._folder)
        (self._folder / ".venv").symlink_to(sys.prefix)
        (self._folder / "state").mkdir()
        for stage, tenant in self._tenants.items():
            lines = (ROOT / f"Pulumi.{stage}.yaml").read_text(encoding="utf-8").splitlines()
            lines = [f"  auth0:domain: {tenant.domain}" if "auth0:domain:" in line else line for line in lines]
            self._write(f"Pulumi.{stage}.yaml", "\n".join(lines) + "\n")
        self._texts = {path.name: path.read_text() for path in self._folder.glob("Pulumi.*.yaml")}
        for stage in STAGES:
            self._run("pulumi", "stack", "init", stage, "--non-interactive", quiet=True)

    def _chapter(self, title: str) -> None:
        self._step += 1
        heading = f"{self._step}. {title}"
        print(f"\n{bold(heading)}\n")

    def _show(self, *names: str) -> None:
        for name in names:
            print(dim(f"    {name}"))
            print(textwrap.indent(self._texts.get(name) or (self._folder / name).read_text(), "      "))

    def _catalog(self, old: str, new: str) -> None:
        """Edit the catalog and show the lines."""
        path = self._folder / "permissions.yaml"
        before = path.read_text(encoding="utf-8")
        if old not in before:
            raise SystemExit(f"permissions.yaml does not have {old!r}, which the demo needs")
        after = before.replace(old, new)
        path.write_text(after, encoding="utf-8")
        print(dim("    permissions.yaml, apis.orders.permissions:"))
        for line in before.splitlines():
            if line not in after.splitlines():
                print(f"    - {line.strip()}")
        for line in after.splitlines():
            if line not in before.splitlines():
                print(f"    + {line.strip()}")
        print()

    def _approve(self, permission: str) -> None:
        path = self._folder / "Pulumi.prod.yaml"
        refuse = "  auth0-permissions:removal: refuse\n"
        lines = f"  auth0-permissions:approvedRemovals:\n    - {permission}\n"
        path.write_text(path.read_text(encoding="utf-8").replace(refuse, refuse + lines), encoding="utf-8")
        print(dim("    Pulumi.prod.yaml:"))
        print(textwrap.indent(lines, "    +"))

    def _up(self, stage: str) -> None:
        """Apply a stage by hand, without showing a preview."""
        self._run("pulumi", "up", "--yes", "--skip-preview", "--stack", stage, "--non-interactive", quiet=True)
        print(f"{dim(f'$ pulumi up --stack {stage}')}\n    done\n")

    def _promote(self, source: str, target: str, *, expected: int = 0) -> None:
        self._run("auth0-permissions", "promote", source, target, "--yes", expected=expected)
        if expected:
            print(dim(f"  (exit code {expected})"))
        print(flush=True)

    def _matrix(self, title: str) -> None:
        say(title)
        print(flush=True)
        self._run("auth0-permissions", "matrix", *STAGES)

    def _by_hand(self, value: str, description: str) -> None:
        """Do what the dashboard does: write the whole list, with one added."""
        tenant = self._tenants["prod"]
        credentials = {
            "grant_type": "client_credentials",
            "client_id": tenant.client_id,
            "client_secret": tenant.client_secret,
            "audience": f"{tenant.domain}/api/v2/",
        }
        token = requests.post(f"{tenant.domain}/oauth/token", data=credentials, timeout=10).json()["access_token"]
        url = f"{tenant.domain}/api/v2/resource-servers/{quote(ORDERS, safe=':')}"
        headers = {"Authorization": f"Bearer {token}"}
        scopes = requests.get(url, headers=headers, timeout=10).json()["scopes"]
        body = {"scopes": [*scopes, {"value": value, "description": description}]}
        requests.patch(url, json=body, headers=headers, timeout=10).raise_for_status()
        print(dim(f"    prod, {ORDERS}:"))
        print(f"    + {value}: {description}\n")

    def _run(self, *command: str, expected: int = 0, quiet: bool = False) -> None:
        """Run a real command and show its output."""
        if not quiet:
            print(dim(f"$ {' '.join(command)}"), flush=True)
        run = subprocess.run(
            command,
            cwd=self._folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if run.returncode != expected:
            raise SystemExit(f"{run.stdout or ''}`{' '.join(command)}` ended with exit code {run.returncode}")

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "AUTH0_"))}
        return kept | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PULUMI_HOME": str(self._folder / "home"),
            "PULUMI_BACKEND_URL": (self._folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "demo",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "AUTH0_CLIENT_SECRET": "local-secret",  # of the made-up tenants
        }

    def _write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text, encoding="utf-8")


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
