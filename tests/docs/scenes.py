"""Every output in the documentation, by the scene that it comes from: what a person does, one block after the other.

A block is named where its commands are typed, and a program or file of a page where it is used.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click
from click.testing import CliRunner

from auth0_local_tenant import Fault, LocalTenant
from auth0_permissions_cli.app import group
from docs.pages import ROOT, used
from docs.shop import API_ID, NEWCOMERS_SEED, PERMISSIONS, SEED, WHOLE_LIST_GRANT, Shop, steady
from support.commands import local_tenant, run
from support.hand import Hand
from support.workspace import ORDERS

ADDRESS = "127.0.0.1:8080"  # of the local tenant, on the page
CREDENTIALS = ("AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_API_TOKEN")
MAIN_JOB = ("read:resource_servers", "update:resource_servers")
API_PATH = f"/api/v2/resource-servers/{API_ID}"

SCENES: dict[str, Callable[[Path, Path], Mapping[str, str]]] = {}
"""Scene → what plays it in a folder, with a home of the CLI, and gives its blocks: name → text."""


def scene(seed: Mapping[str, object] = SEED, *, applied: bool = True) -> Callable[[Callable[[Shop], None]], None]:
    """Return a decorator that makes a function a scene, named as the function is.

    Args:
        seed: what the tenant holds.
        applied: whether the program of the page, which declares what the API has, has been applied already.
    """

    def register(play: Callable[[Shop], None]) -> None:
        def record(folder: Path, pulumi_home: Path) -> Mapping[str, str]:
            with LocalTenant(seed=seed) as running:
                shop = Shop(folder / "shop", running, {"PULUMI_HOME": str(pulumi_home)})
                if applied:
                    shop.remove()
                    shop.init()
                    shop.adopt({"resource_servers": seed["resource_servers"]})
                play(shop)
                return shop.blocks

        SCENES[play.__name__] = record

    return register


@scene()
def readme(shop: Shop) -> None:
    """What the first page shows."""
    shop.use("readme")
    shop.type("readme-preview")


@scene(NEWCOMERS_SEED, applied=False)
def tutorial(shop: Shop) -> None:
    """A newcomer's way."""
    shop.environment |= dict.fromkeys(CREDENTIALS, "")  # the stack has its own
    (shop.folder / ".venv").symlink_to(sys.prefix)
    shop.write("Pulumi.yaml", used("tutorial-project"))
    _log_in(shop, used("tutorial-login"))
    shop.type("tutorial-stack")
    shop.type("tutorial-config", says=shop.client_secret)
    shop.type("tutorial-export")
    shop.type("tutorial-adopt")
    assert shop.writes() == []
    shop.change("tutorial-add")
    shop.type("tutorial-added")
    shop.change("tutorial-remove")
    shop.type_update("tutorial-removal", "tutorial-removed")
    assert sorted(shop.scopes()) == ["cancel:orders", "read:orders", "write:orders"]
    writes = shop.writes()
    shop.change("tutorial-leave")
    shop.change("tutorial-leave-import")
    shop.type("tutorial-left")
    assert shop.writes() == writes


def _log_in(shop: Shop, commands: str) -> None:
    """Type the commands into a shell, and keep what they leave in its environment."""
    assert "pulumi login --local" in commands  # which would be the home of whoever runs the tests
    here = commands.replace("--local", f"'file://{shop.folder}/state'")
    shop.environment |= {"PULUMI_BACKEND_URL": "", "PULUMI_CONFIG_PASSPHRASE": ""}
    script = f'{here}\nprintf %s "$PULUMI_CONFIG_PASSPHRASE" >passphrase\n'
    ran = run(["sh", "-ec", script], cwd=shop.folder, environ=shop.environ(), together=True)
    assert ran.code == 0, ran.output
    passphrase = (shop.folder / "passphrase").read_text(encoding="utf-8")
    shop.environment["PULUMI_CONFIG_PASSPHRASE"] = passphrase


@scene(NEWCOMERS_SEED, applied=False)
def look_up(shop: Shop) -> None:
    """Programs that use another one's permissions."""
    shop.init()
    shop.use("resource-example")
    shop.preview()
    shop.use("look-up")
    shop.preview()
    shop.change("look-up-typo")
    shop.type("look-up-refused")


@scene(NEWCOMERS_SEED, applied=False)
def adopt(shop: Shop) -> None:
    """Existing APIs come under management, and somebody adds a permission by hand."""
    shop.init()
    shop.type("adopt-export")
    shop.use("adopt-program")
    shop.type("adopt-up")
    assert shop.writes() == []
    Hand(shop.tenant).add(ORDERS, "audit:orders", "Read the audit trail")
    shop.type("adopt-stranger")


@scene(NEWCOMERS_SEED, applied=False)
def tenant(shop: Shop) -> None:
    """The local tenant, and two programs that talk to it."""
    shop.write("tenant.json", used("local-seed"))
    command = [sys.executable, "-m", "auth0_permissions_cli", "tenant", "--seed", "tenant.json"]
    with local_tenant(command, cwd=shop.folder, environ=os.environ) as ready:
        address = ready["domain"].removeprefix("http://")
        shown = {"domain": f"http://{ADDRESS}", "client_id": "YOUR-CLIENT-ID", "client_secret": "YOUR-CLIENT-SECRET"}
        assert list(ready) == list(shown)
        typed = "auth0-permissions tenant --port 8080 --seed tenant.json"
        shop.blocks["local-start"] = f"$ {typed}\n{json.dumps(shown)}"
        shop.blocks["local-patch-said"] = _answer(used("local-patch").replace(ADDRESS, address))
        shop.blocks["local-fault-said"] = _answer(used("local-fault").replace(ADDRESS, address))


def _answer(program: str) -> str:
    """Return what a Python program prints."""
    ran = run([sys.executable, "-c", program], cwd=ROOT, environ=os.environ)
    assert ran.code == 0, ran.output
    return steady(ran.out.strip())


@scene({**SEED, "client_grants": [*SEED["client_grants"], WHOLE_LIST_GRANT]})
def deletion(shop: Shop) -> None:
    """A permission that is held is removed, with warnings alone; an application has a grant for all of them."""
    shop.remove("delete:orders", "export:orders")
    shop.type_update("warn-preview", "warn-up")


@scene()
def revoke(shop: Shop) -> None:
    """Access goes first."""
    shop.remove("delete:orders", arguments='removal="revoke"')
    shop.type_update("revoke-preview", "revoke-up", "revoke-writes")


@scene()
def refusals(shop: Shop) -> None:
    """What each guard says, one after the other; nothing is written."""
    shop.type("holders")
    shop.remove("delete:orders", arguments='removal="refuse_if_held"')
    shop.type("refuse-if-held")
    shop.remove("delete:orders", arguments='removal="refuse"')
    shop.type("refuse")
    shop.remove(*(value for value in PERMISSIONS if value != "read:orders"))
    shop.type("most-of-it")
    shop.remove("delete:orders", "export:orders")
    shop.type("max-removals")
    shop.type("removal-default")
    shop.client_id, shop.client_secret = shop.tenant.issue_client(MAIN_JOB)
    shop.remove("delete:orders", arguments='removal="refuse_if_held"')
    shop.type("refuse-if-held-unknown")


@scene()
def destroy(shop: Shop) -> None:
    """The whole resource goes, while its permissions are held."""
    shop.remove(arguments='removal="refuse_if_held"')
    shop.up("--skip-preview")
    shop.type("destroy-refused")


@scene()
def rename(shop: Shop) -> None:
    """A permission gets another name."""
    shop.use("rename")
    shop.type_update("rename-preview", "rename-up", "rename-writes")


@scene()
def conflict(shop: Shop) -> None:
    """Somebody describes a permission after the preview: when the update asks for its own token."""
    shop.remove("export:orders")
    described = {**PERMISSIONS, "delete:orders": "Never use this"}
    writes = {
        "rival_patch": {"scopes": [{"value": value, "description": text} for value, text in described.items()]},
        "rival_path": API_PATH,
    }
    shop.tenant.add_fault(Fault.from_json({"action": "rival", **writes, "path": "/oauth/token", "after": 1}))
    shop.type("conflict")


@scene()
def drift(shop: Shop) -> None:
    """Somebody deletes a permission in the dashboard."""
    Hand(shop.tenant).delete(ORDERS, "export:orders")
    shop.type("drift")


@scene()
def teams(shop: Shop) -> None:
    """A reviewer looks at a plan; then two stacks share an API."""
    shop.remove("delete:orders")
    shop.type("ci-plan")
    shop.remove()
    auditors = Shop(shop.folder.parent / "audits", shop.tenant, shop.environment)
    auditors.init()
    auditors.use("share")
    auditors.type("share-up")
    shop.blocks |= auditors.blocks
    shop.type("share-refused")
    shop.type("share-keep")


def _help(*command: str) -> str:
    """Return a command as it is typed, and the help that it prints, 100 columns wide."""
    typed = ["auth0-permissions", *command, "--help"]
    ran = CliRunner().invoke(group, [*command, "--help"], prog_name=typed[0], max_content_width=100, terminal_width=100)
    assert ran.exit_code == 0, ran.output
    return f"$ {' '.join(typed)}\n{ran.output.rstrip()}"


def helps() -> Mapping[str, str]:
    """Return the help of all commands: block → text."""
    commands = group.list_commands(click.Context(group))
    return {"help": _help(), **{f"help-{name}": _help(name) for name in commands}}
