"""``auth0-permissions export`` and ``schema``."""

import errno
import json
import os
import types
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from auth0_local_tenant import LocalTenant
from cli.support import BILLING, ORDERS, Shell
from pulumi_auth0_permissions.catalog import parse_catalog
from support.hand import Hand

ALL = {
    "orders": {"idle:orders": "", "read:orders": "Read orders", "write:orders": "Create and change orders"},
    "urn-billing": {"read:comment ": "yes"},
}


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


def test_all_apis_become_a_catalog_on_standard_output(shell: Shell, tenant: LocalTenant) -> None:
    """Standard output is the catalog, and nothing else; Auth0's own API is left out, and that is said."""
    run = shell.run("export", "--all")

    assert run.code == 0
    assert parse_catalog(run.out) == ALL
    assert f"Left out: {tenant.domain}/api/v2/ (Auth0 Management API) is Auth0's own" in run.err
    lines = yaml.safe_load(run.err[run.err.index("config:") :])
    assert lines == {"config": {"auth0-permissions:apis": {"orders": ORDERS, "urn-billing": BILLING}}}


def test_the_tenants_order_is_no_difference(shell: Shell, tenant: LocalTenant) -> None:
    """The same permissions in another order are the same bytes."""
    before = shell.run("export", ORDERS).out
    Hand(tenant).reorder(ORDERS)

    assert shell.run("export", ORDERS).out == before


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


@pytest.mark.parametrize(
    ("api", "code", "sentence"),
    [
        ("{domain}/api/v2/", 4, "is Auth0's own"),
        (f"{ORDERS}/", 1, f'identifier or id "{ORDERS}/" at '),
        (f"{ORDERS}/", 1, f'Did you mean "{ORDERS}"?'),
    ],
)
def test_nothing_is_exported_where_one_cannot_be(shell: Shell, api: str, code: int, sentence: str) -> None:
    """One of Auth0's own APIs is refused by name; one that is not there is told with the nearest that is."""
    run = shell.run("export", "--api", ORDERS, "--api", api.format(domain=shell.tenant.domain))

    assert (run.code, run.out) == (code, "")
    assert sentence in run.err


def test_a_file_is_written_with_the_schema_beside_it(shell: Shell) -> None:
    """--output writes the catalog, and the schema that its first line names; `schema` prints it, asking no tenant."""
    run = shell.run("export", "--all", "--output", "permissions.yaml")

    text = (shell.folder / "permissions.yaml").read_text(encoding="utf-8")
    schema = json.loads((shell.folder / "permissions.schema.json").read_text(encoding="utf-8"))
    assert (run.code, run.out) == (0, "")
    assert text.startswith("# yaml-language-server: $schema=permissions.schema.json\n")
    assert parse_catalog(text) == ALL
    assert Draft202012Validator(schema).is_valid(yaml.safe_load(text))
    assert json.loads(shell.run("schema", AUTH0_DOMAIN="").out) == schema


def test_a_file_of_other_content_is_not_replaced(shell: Shell) -> None:
    """Somebody's work, comments and all, is written over with --force only; so is another file of the schema's name."""
    path, schema = shell.folder / "permissions.yaml", shell.folder / "permissions.schema.json"
    path.write_text("# mine\napis: {}\n", encoding="utf-8")
    schema.write_text("theirs", encoding="utf-8")

    refused = shell.run("export", "--all", "--output", "permissions.yaml")
    other = shell.run("export", "--all", "--output", "permissions.yml")
    kept = path.read_text(encoding="utf-8"), schema.read_text(encoding="utf-8")
    forced = shell.run("export", "--all", "--output", "permissions.yaml", "--force")
    again = shell.run("export", "--all", "--output", "permissions.yaml")

    assert refused.code == 4
    assert "--force overwrites it" in refused.err
    assert kept == ("# mine\napis: {}\n", "theirs")
    assert (other.code, forced.code, again.code) == (0, 0, 0)
    assert "permissions.yaml is up to date" in again.err
    assert parse_catalog(path.read_text(encoding="utf-8")) == ALL


def test_a_write_that_fails_leaves_the_old_file(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk that is full before the end, the old file is whole, nothing is left beside it, and it is said why."""
    (shell.folder / "p.yaml").write_text("old", encoding="utf-8")

    def half(path: Path, text: str, encoding: str) -> int:
        path.write_bytes(text.encode(encoding)[:9])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", half)
    run = shell.run("export", "--all", "--output", "p.yaml", "--force")

    assert run.code == 1
    assert "p.yaml could not be written: No space left on device." in run.err
    assert {one.name: one.read_bytes() for one in shell.folder.iterdir()} == {"p.yaml": b"old"}


def test_what_no_program_can_declare_is_written_as_an_escape(shell: Shell, tenant: LocalTenant) -> None:
    """A permission that a program may not declare comes with a warning; all is UTF-8, whatever the locale."""
    tenant.seed({"resource_servers": [{"identifier": "urn:x", "scopes": [{"value": "\u8aada\x07b"}]}]})

    run = shell.run("export", "--api", "urn:x", PYTHONIOENCODING="latin-1")

    assert '"\u8aada\\ab": ""' in run.out
    assert "urn-x: the permission \\u8aada\\x07b has a control character (U+0007)" in run.err
