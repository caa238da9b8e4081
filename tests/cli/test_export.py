"""``auth0-permissions export`` and ``schema``."""

from __future__ import annotations

import json
import os
import stat
import types
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
import yaml
from jsonschema import Draft202012Validator

from auth0_local_tenant import LocalTenant
from cli.support import BILLING, ORDERS, Shell
from pulumi_auth0_permissions.catalog import parse_catalog

ALL = {
    "orders": {"idle:orders": "", "read:orders": "Read orders", "write:orders": "Create and change orders"},
    "urn-billing": {"read:comment ": "yes"},
}


def content(text: str) -> dict[str, dict[str, str]]:
    """Return what a catalog's text holds."""
    return dict(parse_catalog(text).apis)


def config_in(err: str) -> object:
    """Return the configuration that is printed for a stack, as YAML reads it."""
    return yaml.safe_load(err[err.index("config:") :])


@contextmanager
def tenant_client(tenant: LocalTenant) -> Iterator[requests.Session]:
    """Give somebody else's access to the tenant."""
    credentials = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
    asked = {"grant_type": "client_credentials", "audience": f"{tenant.domain}/api/v2/", **credentials}
    token = requests.post(f"{tenant.domain}/oauth/token", data=asked, timeout=60).json()["access_token"]
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        yield session


def run_program(text: str) -> list[tuple[str, str, dict[str, str]]]:
    """Return what an exported program declares: resource name, API, permissions."""
    declared: list[tuple[str, str, dict[str, str]]] = []
    stand_in = types.SimpleNamespace(
        ApiPermissions=lambda name, *, api, permissions: declared.append((name, api, permissions))
    )
    code = text.removeprefix("import pulumi_auth0_permissions as auth0_permissions\n")
    assert code != text
    exec(code, {"auth0_permissions": stand_in})  # noqa: S102 - it is Python that is looked at
    return declared


def test_all_apis_become_a_catalog_on_standard_output(shell: Shell) -> None:
    """Standard output is the catalog, and nothing else."""
    run = shell.run("export", "--all")

    assert run.code == 0
    assert content(run.out) == ALL


def test_the_tenants_order_is_no_difference(shell: Shell, tenant: LocalTenant) -> None:
    """The same permissions in another order are the same bytes."""
    before = shell.run("export", ORDERS).out
    with tenant_client(tenant) as session:
        api = f"{tenant.domain}/api/v2/resource-servers/65f0c0ffee00000000000001"
        scopes = session.get(api).json()["scopes"]
        session.patch(api, json={"scopes": scopes[::-1]}).raise_for_status()

    assert shell.run("export", ORDERS).out == before
    assert before.index("idle:orders") < before.index("read:orders") < before.index("write:orders")


def test_apis_become_a_program(shell: Shell, tenant: LocalTenant) -> None:
    """--format python declares each API with what it holds, whatever that is: nothing has to be retyped."""
    nasty = {"a'b\"c\\n": "in\n\tlines", "\u202ex": "\U0001f511", "z": ""}
    scopes = [{"value": value, "description": text} for value, text in nasty.items()]
    tenant.seed({"resource_servers": [{"identifier": "urn:nasty", "scopes": scopes}, {"identifier": "urn:none"}]})

    run = shell.run("export", "--all", "--format", "python", "--output", "__main__.py")

    text = (shell.folder / "__main__.py").read_text(encoding="utf-8")
    assert (run.code, run.out) == (0, "")
    assert "config:" not in run.err  # the program has the identifiers
    assert run_program(text) == [
        ("orders", ORDERS, ALL["orders"]),
        ("urn-billing", BILLING, ALL["urn-billing"]),
        ("urn-nasty", "urn:nasty", nasty),
        ("urn-none", "urn:none", {}),
    ]
    assert "\u202e" not in text
    assert not (shell.folder / "permissions.schema.json").exists()


def test_auth0s_own_apis_are_left_out_and_named(shell: Shell, tenant: LocalTenant) -> None:
    """The Management API, which every tenant lists, is not exported, and that is said."""
    run = shell.run("export", "--all")

    assert f"Left out: {tenant.domain}/api/v2/ (Auth0 Management API) is Auth0's own" in run.err


def test_one_of_auth0s_own_apis_is_refused(shell: Shell, tenant: LocalTenant) -> None:
    """Asked for by name, one of Auth0's own APIs is refused."""
    run = shell.run("export", "--api", ORDERS, "--api", f"{tenant.domain}/api/v2/")

    assert (run.code, run.out) == (4, "")
    assert "is Auth0's own" in run.err


def test_all_apis_that_are_not_there_are_named_at_once(shell: Shell) -> None:
    """Nothing is exported where one is missing; every one that is missing is told."""
    run = shell.run("export", "--api", "nope", "--api", ORDERS, "--api", "neither")

    assert (run.code, run.out) == (1, "")
    assert 'identifier or id "nope"' in run.err
    assert 'identifier or id "neither"' in run.err


@pytest.mark.parametrize(
    "wrong", [f"{ORDERS}/", f" {ORDERS}", "http://orders.example.com", "https://order.example.com"]
)
def test_an_api_that_is_not_there_is_told_with_the_nearest(shell: Shell, wrong: str) -> None:
    """A last slash, a space, http for https: what is easily missed is found."""
    run = shell.run("holders", wrong)

    assert run.code == 1
    assert f'identifier or id "{wrong}"' in run.err
    assert f'Did you mean "{ORDERS}"?' in run.err


def test_the_lines_for_the_stacks_configuration_are_printed(shell: Shell) -> None:
    """Standard error has the YAML that says which API of this tenant each logical name stands for."""
    run = shell.run("export", "--all")

    assert config_in(run.err) == {"config": {"auth0-permissions:apis": {"orders": ORDERS, "urn-billing": BILLING}}}


def test_a_file_is_written_with_the_schema_beside_it(shell: Shell) -> None:
    """--output writes the catalog, and the schema that its first line names, so that editors find it."""
    run = shell.run("export", "--all", "--output", "permissions.yaml")

    text = (shell.folder / "permissions.yaml").read_text(encoding="utf-8")
    schema = json.loads((shell.folder / "permissions.schema.json").read_text(encoding="utf-8"))
    assert (run.code, run.out) == (0, "")
    assert text.startswith("# yaml-language-server: $schema=permissions.schema.json\n")
    assert content(text) == ALL
    assert Draft202012Validator(schema).is_valid(yaml.safe_load(text))


def test_a_file_of_other_content_is_not_replaced(shell: Shell) -> None:
    """Somebody's work, comments and all, is not written over without --force."""
    path = shell.folder / "permissions.yaml"
    path.write_text("# mine\napis: {}\n", encoding="utf-8")

    refused = shell.run("export", "--all", "--output", "permissions.yaml")
    kept = path.read_text(encoding="utf-8")
    forced = shell.run("export", "--all", "--output", "permissions.yaml", "--force")

    assert refused.code == 4
    assert "--force replaces it" in refused.err
    assert kept == "# mine\napis: {}\n"
    assert forced.code == 0
    assert content(path.read_text(encoding="utf-8")) == ALL


def test_the_same_export_again_changes_nothing(shell: Shell) -> None:
    """Where the file is what it should be, it is left alone and no force is needed."""
    shell.run("export", "--all", "--output", "permissions.yaml")
    path = shell.folder / "permissions.yaml"
    os.utime(path, (1, 1))

    run = shell.run("export", "--all", "--output", "permissions.yaml")

    assert run.code == 0
    assert "permissions.yaml is up to date" in run.err
    assert path.stat().st_mtime == 1


def test_another_file_of_the_schemas_name_is_left_alone(shell: Shell) -> None:
    """A file called permissions.schema.json that is not this package's is not written over."""
    path = shell.folder / "permissions.schema.json"
    path.write_text('{"$id": "urn:somebody:else:1"}', encoding="utf-8")

    run = shell.run("export", "--all", "--output", "permissions.yaml")

    assert path.read_text(encoding="utf-8") == '{"$id": "urn:somebody:else:1"}'
    assert run.code == 0, run.err


def test_a_replaced_file_keeps_its_mode_and_leaves_nothing_beside_it(shell: Shell) -> None:
    """Who may read the file stays as it was, and no temporary file is left."""
    path = shell.folder / "permissions.yaml"
    path.write_text("apis: {}\n", encoding="utf-8")
    path.chmod(0o640)

    shell.run("export", "--all", "--output", "permissions.yaml", "--force")

    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(entry.name for entry in shell.folder.iterdir()) == ["permissions.schema.json", "permissions.yaml"]


def test_a_folder_that_is_not_there_is_one_message(shell: Shell) -> None:
    """A file that cannot be written is told with the reason."""
    run = shell.run("export", "--all", "--output", "nowhere/permissions.yaml")

    assert run.code == 1
    assert "could not be written: No such file or directory" in run.err


def test_output_is_utf8_whatever_the_terminals_encoding(shell: Shell, tenant: LocalTenant) -> None:
    """The catalog on standard output is UTF-8 also where the locale is not."""
    tenant.seed({"resource_servers": [{"identifier": "urn:x", "scopes": [{"value": "\u8aad", "description": "\xe9"}]}]})

    run = shell.run("export", "--api", "urn:x", env={"PYTHONIOENCODING": "latin-1"})

    assert content(run.out) == {"urn-x": {"\u8aad": "\xe9"}}


def test_what_no_program_can_declare_is_written_as_an_escape(shell: Shell, tenant: LocalTenant) -> None:
    """A permission that the tenant has and a program may not declare is exported as it is."""
    tenant.seed({"resource_servers": [{"identifier": "urn:x", "scopes": [{"value": "a\x07b"}]}]})

    assert '"a\\ab": ""' in shell.run("export", "--api", "urn:x").out


@pytest.mark.parametrize("arguments", [(), ("--all", "--api", ORDERS), ("--all", ORDERS)])
def test_either_some_apis_or_all_are_to_be_named(shell: Shell, arguments: tuple[str, ...]) -> None:
    """Neither and both are wrong usage."""
    run = shell.run("export", *arguments)

    assert run.code == 2
    assert "Name the APIs to export, or take all of them with --all." in run.err


def test_the_schema_can_be_printed(shell: Shell) -> None:
    """`schema` prints the JSON Schema, without asking any tenant."""
    run = shell.run("schema", without=("AUTH0_DOMAIN",))

    assert run.code == 0
    Draft202012Validator.check_schema(json.loads(run.out))
