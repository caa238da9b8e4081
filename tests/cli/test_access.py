"""Where tenant and credentials come from, and what is said when they are missing or wrong."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from auth0_local_tenant import LocalTenant
from cli.support import ORDERS, SEED, Shell, bare_environment, in_environment

NO_CREDENTIALS = ("AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET")


def test_everything_that_is_missing_is_told_at_once(shell: Shell) -> None:
    """Without a tenant and credentials, both are told, with the ways to give them."""
    run = shell.run("holders", "--api", ORDERS, without=NO_CREDENTIALS)

    assert run.code == 1
    assert "auth0:domain: the tenant is not set" in run.err
    assert "auth0:clientId: there are no credentials" in run.err


def test_a_wrong_secret_is_one_message_without_the_secret(shell: Shell) -> None:
    """Credentials that the tenant does not take are told; the secret is not."""
    run = shell.run("export", "--all", env={"AUTH0_CLIENT_SECRET": "hunter2hunter2"})

    assert run.code == 1
    assert "the tenant does not accept the client's id and secret" in run.err
    assert "hunter2" not in run.err


def test_a_token_serves_as_well(shell: Shell, tenant: LocalTenant) -> None:
    """AUTH0_API_TOKEN is enough, and wins over a client's id and secret."""
    token = requests.post(
        f"{tenant.domain}/oauth/token",
        data={
            "grant_type": "client_credentials",
            "client_id": tenant.client_id,
            "client_secret": tenant.client_secret,
            "audience": f"{tenant.domain}/api/v2/",
        },
        timeout=60,
    ).json()["access_token"]

    run = shell.run("export", "--all", env={"AUTH0_API_TOKEN": token, "AUTH0_CLIENT_SECRET": "wrong"})

    assert run.code == 0, run.err


def test_a_token_that_is_not_taken_is_told_without_the_token(shell: Shell) -> None:
    """A token that the tenant rejects is told; the token is not."""
    run = shell.run("export", "--all", env={"AUTH0_API_TOKEN": "eyJnot.a.token"})

    assert run.code == 1
    assert "401" in run.err
    assert "eyJnot" not in run.err


def test_a_token_that_may_not_read_apis_is_told_the_scope(shell: Shell, tenant: LocalTenant) -> None:
    """The scope that the application lacks is named."""
    run = shell.run("export", "--all", env=in_environment(tenant, tenant.issue_client(["read:roles"])))

    assert run.code == 1
    assert "read:resource_servers" in run.err


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A Pulumi project with a stack, dev, whose configuration has a tenant and its credentials."""
    assert shutil.which("pulumi"), "stacks need the `pulumi` command: run `make test`, which brings one"
    folder = tmp_path_factory.mktemp("project")
    (folder / "state").mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    with LocalTenant(seed=SEED) as tenant:
        project = Project(folder, tenant)
        project.pulumi("stack", "init", "dev")
        project.pulumi("config", "set", "auth0:domain", tenant.domain)
        project.pulumi("config", "set", "auth0:clientId", tenant.client_id)
        project.pulumi("config", "set", "--secret", "auth0:clientSecret", tenant.client_secret)
        yield project


@dataclass(frozen=True, slots=True)
class Project:
    """A project with local state, and the tenant that its stack names."""

    folder: Path
    tenant: LocalTenant

    def environ(self) -> dict[str, str]:
        """Return the variables with which `pulumi` works in the project."""
        return {
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "correct horse",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def options(self, stack: str = "dev") -> tuple[str, ...]:
        """Return the options that name a stack of the project."""
        return ("--stack", stack, "--cwd", str(self.folder))

    def pulumi(self, *arguments: str) -> None:
        """Run `pulumi`."""
        subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env=bare_environment() | self.environ(),
            check=True,
            capture_output=True,
        )


def test_a_stack_gives_tenant_and_credentials(shell: Shell, project: Project) -> None:
    """With --stack, tenant and credentials are the stack's, its secrets decrypted by `pulumi`."""
    run = shell.run("export", "--all", *project.options(), env=project.environ(), without=NO_CREDENTIALS)

    assert run.code == 0, run.err
    assert "read:orders: Read orders" in run.out
    assert "(Pulumi.dev.yaml)" in run.err


def test_what_a_stack_does_not_set_is_the_environments(shell: Shell, project: Project) -> None:
    """The stack's configuration wins, setting by setting; a token in the environment is found all the same."""
    run = shell.run(
        *("export", "--all", *project.options()),
        env=project.environ() | {"AUTH0_DOMAIN": "http://127.0.0.1:1", "AUTH0_CLIENT_SECRET": "wrong"},
    )

    assert run.code == 0, run.err


def test_variables_with_the_stacks_name_are_that_stacks(shell: Shell, project: Project) -> None:
    """AUTH0_CLIENT_SECRET_STAGING and the like count on the stack staging, before those for all stacks."""
    project.pulumi("stack", "init", "staging")
    own = {
        "AUTH0_DOMAIN_STAGING": project.tenant.domain,
        "AUTH0_CLIENT_ID_STAGING": project.tenant.client_id,
        "AUTH0_CLIENT_SECRET_STAGING": project.tenant.client_secret,
    }

    run = shell.run(
        *("export", "--all", *project.options("staging")),
        env=project.environ() | own | {"AUTH0_DOMAIN": "http://127.0.0.1:1", "AUTH0_CLIENT_SECRET": "wrong"},
    )

    assert run.code == 0, run.err


def test_no_secret_of_a_stack_is_shown(shell: Shell, project: Project) -> None:
    """Neither output nor messages hold the secret that the stack gave."""
    run = shell.run("holders", "--api", "nope", *project.options(), env=project.environ())

    assert run.code == 1
    assert project.tenant.client_secret not in run.out + run.err


def test_the_selected_stack_counts_where_none_is_named(shell: Shell, project: Project) -> None:
    """In a project, also below its folder, tenant and logical names are those of the selected stack."""
    project.pulumi("stack", "select", "dev")
    below = project.folder / "src"
    below.mkdir(exist_ok=True)
    written = Shell(project.tenant, below).run(
        "export", ORDERS, "--write-config", env=project.environ(), without=NO_CREDENTIALS
    )
    one = Shell(project.tenant, project.folder).run(
        "holders", "orders", "read:orders", env=project.environ(), without=NO_CREDENTIALS
    )
    only = Shell(project.tenant, project.folder).run("holders", env=project.environ(), without=NO_CREDENTIALS)

    assert written.code == 0, written.err
    assert "Wrote auth0-permissions:apis into the configuration of stack dev." in written.err
    assert f"orders: {ORDERS}" in (project.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    assert "role Viewer" in one.out
    assert "write:orders" in only.out


def test_an_api_that_the_stack_does_not_name_is_told_with_those_it_does(shell: Shell, project: Project) -> None:
    """A misspelt logical name is told with the names there are, and the option that would help."""
    project.pulumi("config", "set", "--path", "auth0-permissions:apis.orders", ORDERS)

    run = shell.run("holders", "order", *project.options(), env=project.environ())

    assert run.code == 1
    assert (
        'Did you mean "orders"? Logical names are "orders". These are the APIs of stack "dev"; --stack names another.'
        in run.err
    )


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("plan",), "there is no Pulumi project here"),
        (("matrix",), "there is no Pulumi project here"),
        (("promote", "dev"), "there is no Pulumi project here"),
        (("plan", "dev"), "there is no Pulumi project here"),
        (("matrix", "dev"), "there is no Pulumi project here"),
        (("holders",), "Name the API, as in `auth0-permissions holders https://orders.example.com`."),
    ],
)
def test_outside_of_a_project_it_says_so(
    shell: Shell, project: Project, command: tuple[str, ...], sentence: str
) -> None:
    """It is a sentence of this command, with the option that helps; also where nobody has logged in."""
    logged_in = project.environ()
    logged_out = {name: text for name, text in logged_in.items() if name != "PULUMI_BACKEND_URL"}
    for environ in (logged_in, {**logged_out, "PULUMI_HOME": str(shell.folder)}):
        run = shell.run(*command, env=environ)

        assert run.code != 0
        assert sentence in run.err
        assert "--cwd" in run.err or command == ("holders",)
        assert "pulumi new" not in run.err


def test_no_selected_stack_is_told_with_the_ways_to_name_one(shell: Shell, project: Project) -> None:
    """A project of which no stack is selected."""
    run = shell.run("plan", "--cwd", str(project.folder), env={**project.environ(), "PULUMI_HOME": str(shell.folder)})

    assert run.code == 1
    assert "no stack is selected in this project: name one, as in `auth0-permissions plan dev`" in run.err


def test_secrets_that_cannot_be_read_are_told_with_what_to_set(shell: Shell, project: Project) -> None:
    """Without the passphrase, which the `pulumi` command would ask for on a terminal."""
    run = shell.run("holders", ORDERS, *project.options(), env={**project.environ(), "PULUMI_CONFIG_PASSPHRASE": "no"})

    assert run.code == 1
    assert 'the secrets of stack "dev" cannot be read' in run.err
    assert "export PULUMI_CONFIG_PASSPHRASE=" in run.err


def test_a_folder_without_a_stack_is_wrong_usage(shell: Shell) -> None:
    """--cwd says where a stack's project is, so it needs a stack."""
    run = shell.run("export", "--all", "--cwd", ".")

    assert run.code == 2
    assert "--cwd is of use with a stack only: name it with --stack." in run.err
