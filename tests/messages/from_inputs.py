"""Messages on what users write: the resource's inputs, the configuration, and the catalog file. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from unittest.mock import patch

import yaml

from pulumi_auth0_permissions.catalog import load_catalog
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.inputs import UNKNOWN, parse_inputs
from pulumi_auth0_permissions.settings import Settings

__all__ = ["PRODUCERS", "Producer", "said_by"]

Producer = Callable[[Path], list[str]]
"""Makes the product say a message, in all its variants; it is given an empty folder."""

ORDERS = "https://orders.example.com"
OURS = {"read:orders": "Read orders"}
_CONFIG = {"auth0:domain": "acme.eu.auth0.com", "auth0:clientId": "id", "auth0:clientSecret": "secret"}


def said_by(act: Callable[[], object]) -> str:
    """Return what the product says when it refuses to do something."""
    try:
        act()
    except PermissionsError as error:
        return str(error)
    raise AssertionError("it was done")


def _inputs(**raw: object) -> Producer:
    """Check inputs: those given, and right ones for the others; ``None`` leaves one out."""
    given = {"api": ORDERS, "permissions": OURS} | raw
    return lambda _: [
        said_by(lambda: parse_inputs({name: value for name, value in given.items() if value is not None}))
    ]


def _renames(renames: object, **declared: str) -> Producer:
    return _inputs(permissions=declared or OURS, renames=renames)


def _config(*values: tuple[str, str | None], environ: Mapping[str, str] | None = None) -> Producer:
    """Read the configuration with these values changed; ``None`` takes one out."""
    config = {**_CONFIG, **dict(values)}
    return lambda _: [said_by(lambda: Settings.read(config.get, environ or {}))]


def _own(key: str, value: str) -> Producer:
    return _config((f"auth0-permissions:{key}", value))


def _one_after_the_other(*producers: Producer) -> Producer:
    return lambda folder: [text for produce in producers for text in produce(folder)]


def _domain(text: str) -> Producer:
    return _config(("auth0:domain", text))


def _catalog(*contents: str | bytes) -> Producer:
    """Read files with these contents, one after the other."""

    def produce(folder: Path) -> list[str]:
        said = []
        for content in contents:
            file = folder / "permissions.yaml"
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
            said.append(said_by(partial(load_catalog, file)))
        return said

    return produce


def _without_libyaml(produce: Producer) -> Producer:
    """Read with the loader that is written in Python, as where PyYAML was built without libyaml."""

    def produce_so(folder: Path) -> list[str]:
        with patch("pulumi_auth0_permissions.catalog.nodes._Loader", yaml.SafeLoader):
            return produce(folder)

    return produce_so


def _in_orders(*lines: str) -> str:
    """Return a catalog with these lines among the permissions of the API orders."""
    return "apis:\n  orders:\n    permissions:\n" + "".join(f"      {line}\n" for line in lines)


def _ask_for(name: str, content: str) -> Producer:
    def produce(folder: Path) -> list[str]:
        file = folder / "permissions.yaml"
        file.write_text(content, encoding="utf-8")
        catalog = load_catalog(file)
        return [said_by(lambda: catalog.permissions(name))]

    return produce


def _missing_file(folder: Path) -> list[str]:
    return [said_by(lambda: load_catalog(folder / "permissions.yaml"))]


def _folder_as_file(folder: Path) -> list[str]:
    return [said_by(lambda: load_catalog(folder))]


_TOO_MANY = {f"p{number}": "" for number in range(1001)}

_OF_INPUTS: Mapping[str, Producer] = {
    "input-unknown": _inputs(permisions=OURS),
    "mode-not-a-choice": _inputs(unmanaged="ignore", removal=True),
    "mode-not-known": _inputs(removal=UNKNOWN),
    "api-missing": _inputs(api=None),
    "api-not-text": _inputs(api=42),
    "api-empty": _inputs(api=" "),
    "api-too-long": _inputs(api="https://" + "x" * 600),
    "api-control-character": _inputs(api=f"{ORDERS}\n"),
    "permissions-missing": _inputs(permissions=None),
    "permissions-no-map": _inputs(permissions=["read:orders"]),
    "permissions-too-many": _inputs(permissions=_TOO_MANY),
    "text-not-text": _inputs(permissions={"read:orders": None, 1: "One"}),
    "text-empty": _inputs(permissions={"": "Read orders"}),
    "text-too-long": _inputs(permissions={"read:orders": "x" * 501}),
    "text-control-character": _inputs(permissions={"read:orders\n": "Read orders", "write:orders": "\ud800"}),
    "text-not-known": _renames({"read:orders": UNKNOWN}),
    "renames-no-map": _one_after_the_other(_renames(["read:orders"]), _renames(UNKNOWN)),
    "rename-to-itself": _renames({"read:orders": "read:orders"}),
    "rename-chain": _renames({"a": "b", "b": "c"}, b="", c=""),
    "rename-two-to-one": _renames({"a": "c", "b": "c"}, c=""),
    "rename-target-not-declared": _one_after_the_other(_renames({"a": "b"}), _renames({"a": ""})),
    "rename-source-declared": _one_after_the_other(
        _renames({"read:orders": "b"}, **{"read:orders": "", "b": ""}), _renames({"": "b"}, b="")
    ),
}

_OF_SETTINGS: Mapping[str, Producer] = {
    "domain-not-set": _config(("auth0:domain", None)),
    "domain-characters": _domain("acme. eu.auth0.com"),
    "domain-user-name": _domain("https://me:password@acme.eu.auth0.com"),
    "domain-scheme": _domain("ftp://acme.eu.auth0.com"),
    "domain-path": _domain("https://acme.eu.auth0.com/api/v2/"),
    "domain-host": _domain("acme..auth0.com"),
    "domain-not-encrypted": _domain("http://acme.eu.auth0.com"),
    "domain-port": _domain("acme.eu.auth0.com:443443"),
    "credentials-half-set": _config(("auth0:clientSecret", None)),
    "credentials-not-set": _config(("auth0:clientId", None), ("auth0:clientSecret", None)),
    "credentials-characters": _config(
        ("auth0:clientSecret", None), environ={"AUTH0_CLIENT_SECRET": "the secret and more"}
    ),
    "setting-not-a-choice": _own("removal", "ask"),
    "setting-not-a-switch": _own("impact", "sometimes"),
    "setting-not-a-count": _own("maxRemovals", "-1"),
    "setting-not-a-rate": _own("requestsPerSecond", "0"),
    "approvals-no-list": _own("approvedRemovals", "delete:orders"),
    "approval-no-entry": _own("approvedRemovals", '[{"permission": "delete:orders"}]'),
}

_OF_CATALOGS: Mapping[str, Producer] = {
    "catalog-no-file": _missing_file,
    "catalog-not-readable": _folder_as_file,
    "catalog-too-large": _catalog("#" * 10_000_001),
    "catalog-not-utf8": _catalog(_in_orders("read:orders: Caf").encode() + b"\xe9"),
    "catalog-character": _catalog(_in_orders("read:orders: \x07"), "\x00" * 21),
    "catalog-empty": _catalog("# nothing yet\n"),
    "catalog-no-yaml": _one_after_the_other(
        _catalog(
            _in_orders("read:orders: Read: orders"),
            _in_orders("read:orders: @home"),
            _in_orders("read:orders:", "\twrite:orders: Write"),
        ),
        _without_libyaml(_catalog(_in_orders('read:orders: "\\U00110000"'), _in_orders('read:orders: "\\UFFFFFFFF"'))),
    ),
    "catalog-reference": _catalog(_in_orders("read:orders: &text Read orders", "write:orders: *text")),
    "catalog-tag": _catalog(_in_orders("read:orders: !!binary aGVsbG8=")),
    "catalog-documents": _catalog(_in_orders("read:orders: Read orders") + "---\napis: {}\n"),
    "catalog-depth": _catalog("apis: " + "[" * 20 + "]" * 20),
    "catalog-no-map": _catalog("- orders\n", "apis:\n  orders: [read:orders]\n"),
    "catalog-entries-no-map": _catalog("apis:\n", "apis:\n  orders:\n    permissions: [read:orders]\n"),
    "catalog-section-unknown": _catalog("apis: {}\nversion: '1'\n"),
    "catalog-section-missing": _catalog("api: {}\n"),
    "catalog-key-twice": _catalog(_in_orders("read:orders: Read", "read:orders: Read orders")),
    "catalog-name": _catalog("apis:\n  orders.v2:\n    permissions: {}\n", "apis:\n  1:\n    permissions: {}\n"),
    "catalog-too-many": _catalog(_in_orders(*(f"{name}: ''" for name in _TOO_MANY))),
    "catalog-text-read-otherwise": _catalog(
        _in_orders("read:orders: yes", "write:orders: 2026-11-24", "1: One", "<<: Merge", "=: Default")
    ),
    "catalog-text-missing": _catalog(_in_orders("read:orders:", "[a]: List"), "[a]: {}\n"),
    "catalog-description-block": _catalog(_in_orders("read:orders: |", "  Read", "  orders")),
    "catalog-api-unknown": _ask_for("order", _in_orders("read:orders: Read orders")),
    "catalog-has-no-apis": _ask_for("orders", "apis: {}\n"),
}

PRODUCERS: Mapping[str, Producer] = {**_OF_INPUTS, **_OF_SETTINGS, **_OF_CATALOGS}
