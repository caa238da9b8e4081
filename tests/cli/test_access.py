"""Where tenant and credentials come from, and what is said when they are missing or wrong."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cli.support import ORDERS, SEED, Shell, run_command
from support.commands import Ran
from support.workspace import Workspace


def test_everything_that_is_missing_is_told_at_once(shell: Shell) -> None:
    """Without a tenant and credentials, both are told, with the ways to give them."""
    run = shell.run("holders", "--api", ORDERS, AUTH0_DOMAIN="", AUTH0_CLIENT_ID="", AUTH0_CLIENT_SECRET="")

    assert run.code == 1
    assert "auth0:domain: the tenant is not set" in run.err
    assert "auth0:clientId: it is not set. Set auth0:clientId and" in run.err


def test_wrong_credentials_are_one_message_without_them(shell: Shell) -> None:
    """A token that the tenant does not take is told, and not shown; it wins over a secret."""
    run = shell.run("export", "--all", AUTH0_API_TOKEN="hunter2hunter2")

    assert run.code == 1
    assert "the tenant does not accept the token" in run.err
    assert "hunter2" not in run.err


@pytest.fixture(scope="module")
def project(new_shop: Callable[[Mapping[str, object]], Workspace]) -> Workspace:
    """A project whose stack, dev, has the tenant and its credentials in its configuration."""
    project = new_shop(SEED)
    project.config("auth0:domain", project.tenant.domain)
    project.config("auth0:clientId", project.client_id)
    project.pulumi("config", "set", "--secret", "auth0:clientSecret", project.client_secret)
    return project


def ask(project: Workspace, *arguments: str, cwd: Path | None = None, **environment: str) -> Ran:
    """Run the command, in the project's folder or elsewhere, with no credentials in the environment."""
    environ = {name: text for name, text in project.environ().items() if not name.startswith("AUTH0_")}
    return run_command(*arguments, cwd=cwd or project.folder, environ=environ | environment)


def test_a_stack_gives_tenant_and_credentials(project: Workspace, tmp_path: Path) -> None:
    """They are the stack's, its secrets decrypted by `pulumi` and never shown; it wins over the environment."""
    arguments = ("export", "--all", "--stack", "dev", "--cwd", str(project.folder))
    others = {"AUTH0_DOMAIN": "http://127.0.0.1:1", "AUTH0_CLIENT_SECRET": "wrong", "PULUMI_STACK": ""}

    run = ask(project, *arguments, cwd=tmp_path, **others)

    assert run.code == 0, run.err
    assert "read:orders: Read orders" in run.out
    assert "(Pulumi.dev.yaml)" in run.err
    assert project.client_secret not in run.output


def test_the_selected_stack_counts_where_none_is_named(project: Workspace) -> None:
    """In a project, also below its folder, tenant and logical names are its own; a misspelt one is told with those."""
    below = project.folder / "src"
    below.mkdir()
    written = ask(project, "export", ORDERS, "--write-config", cwd=below)
    one = ask(project, "holders", "orders", "read:orders")
    only = ask(project, "holders")
    misspelt = ask(project, "holders", "order")

    assert written.code == 0, written.err
    assert "Wrote auth0-permissions:apis to the configuration of stack dev." in written.err
    assert f"orders: {ORDERS}" in (project.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    assert "role Viewer" in one.out
    assert "write:orders" in only.out
    assert misspelt.code == 1
    assert (
        'Did you mean "orders"? This is stack "dev", whose APIs are "orders"; use --stack for another.' in misspelt.err
    )


@pytest.mark.parametrize("command", ["plan", "matrix dev", "promote dev"])
def test_outside_of_a_project_it_says_so(project: Workspace, tmp_path: Path, command: str) -> None:
    """It is a sentence of this command, with the option that helps; also where nobody has logged in."""
    for back_end in (project.environ()["PULUMI_BACKEND_URL"], ""):
        elsewhere = {"PULUMI_STACK": "", "PULUMI_BACKEND_URL": back_end, "PULUMI_HOME": str(tmp_path)}
        run = ask(project, *command.split(), cwd=tmp_path, **elsewhere)

        assert run.code != 0
        assert "there is no Pulumi project here" in run.err
        assert "--cwd" in run.err
        assert "pulumi new" not in run.err


def test_no_selected_stack_is_told_with_the_ways_to_name_one(project: Workspace, tmp_path: Path) -> None:
    """A project of which no stack is selected."""
    run = ask(project, "plan", PULUMI_STACK="", PULUMI_HOME=str(tmp_path))

    assert run.code == 1
    assert "Name one, as in `auth0-permissions plan dev`" in run.err
