"""From the APIs of a tenant to a catalog, and to the configuration that ties it to this tenant."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from auth0_permissions_cli.access import OpenTenant
from auth0_permissions_cli.catalog_text import dump_yaml
from auth0_permissions_cli.failures import CommandFailed, ExitCode
from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.catalog import Catalog, logical_names
from pulumi_auth0_permissions.core.model import Api, Permissions
from pulumi_auth0_permissions.core.text import api_title, escape, pluralize
from pulumi_auth0_permissions.core.validation import cut, description_problems, value_problems

_PROGRESS_INTERVAL_S = 1.0


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export found."""

    catalog: Catalog  # permissions by logical name, in the order of the names
    identifiers: Mapping[str, str]  # logical name → identifier in this tenant, in the same order
    # sentences on what was left out, and on what the catalog holds but a program can't declare
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(cls, apis: Sequence[Api], remarks: Sequence[str] = ()) -> Exported:
        """Name the APIs and order them by name, their permissions by value: the tenant's order means nothing."""
        names = logical_names(apis)
        named = sorted(((names[api.id], api) for api in apis), key=lambda pair: pair[0])
        return cls(
            catalog=Catalog({name: _sorted(api.permissions) for name, api in named}),
            identifiers={name: api.identifier for name, api in named},
            remarks=(*remarks, *(remark for name, api in named for remark in _not_declarable(name, api))),
        )

    def config_text(self) -> str:
        """Return the lines of a stack's configuration file that say which API each name stands for."""
        return dump_yaml({"config": {"auth0-permissions:apis": dict(self.identifiers)}}).rstrip("\n")


def fetch_all(management: ManagementClient, tell: Callable[[str], None]) -> Exported:
    """Export all APIs of the tenant but Auth0's own, which are remarked on."""
    apis: list[Api] = []
    remarks: list[str] = []
    last = time.monotonic()
    for api in management.list_apis():
        if time.monotonic() - last > _PROGRESS_INTERVAL_S:
            last = time.monotonic()
            tell(f"{pluralize(len(apis), 'API')} read")
        if api.is_system:
            remarks.append(f"Left out: {_not_ours(api)}")
        else:
            apis.append(api)
    if not apis:
        remarks.append("The tenant has no APIs of its own: the catalog is empty.")
    return Exported.of(apis, remarks)


def fetch_some(tenant: OpenTenant, wanted: Sequence[str], tell: Callable[[str], None]) -> Exported:
    """Export the APIs of these logical names, identifiers or ids.

    Raises:
        CommandFailed: if there is no such API, or one is Auth0's own; all that are wrong are named.
    """
    apis: dict[str, Api] = {}
    problems: list[str] = []
    code = ExitCode.FAILED
    for number, name in enumerate(dict.fromkeys(wanted), 1):
        tell(f"reading API {number} of {len(wanted)}")
        try:
            api = tenant.get_api(name)
        except CommandFailed as error:
            problems.append(str(error))
            continue
        if api.is_system:
            code = ExitCode.REFUSED
            problems.append(f"{_not_ours(api)} --all takes every API but those.")
        apis[api.id] = api
    if problems:
        raise CommandFailed("\n".join(("nothing was exported:", *problems)), code)
    return Exported.of(list(apis.values()))


def _sorted(permissions: Permissions) -> Permissions:
    return dict(sorted(permissions.items()))


def _not_ours(api: Api) -> str:
    return f"{api_title(api.name, api.identifier)} is Auth0's own; its permissions are Auth0's to define."


def _not_declarable(name: str, api: Api) -> list[str]:
    """Return what a program that declares this API's permissions would run into, though the tenant has them."""
    return [
        f"Careful: {name}: {problem}, in the tenant or in the file. No program can declare it as it is."
        for value, description in api.permissions.items()
        for quoted in [f'"{escape(cut(value))}"']
        for problem in (
            *value_problems(value, f"the permission {quoted}"),
            *description_problems(description, f"the description of {quoted}"),
        )
    ]
