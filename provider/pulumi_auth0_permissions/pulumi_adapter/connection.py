"""A client of the tenant that settings name, and which API was meant where one is not found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import islice

from pulumi_auth0_permissions.auth0.client import ManagementClient
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from pulumi_auth0_permissions.core.text import did_you_mean
from pulumi_auth0_permissions.pulumi_adapter.token_file import token_store
from pulumi_auth0_permissions.settings import Settings

_MAX_APIS_COMPARED = 1000  # ten requests, after a failure only


def client_for(
    settings: Settings, *, warn: Callable[[str], None], on_wait: Callable[[float, str], None] | None = None
) -> ManagementClient:
    """Return a client of the tenant.

    Args:
        settings: the tenant and its credentials.
        warn: called where the token of an earlier process is of no use.
        on_wait: called before a long wait with its seconds and reason.
    """
    return ManagementClient(
        settings.domain,
        settings.credentials,
        audience=settings.audience,
        custom_domain=settings.custom_domain,
        tokens=token_store(settings, warn),
        requests_per_second=settings.requests_per_second,
        on_wait=on_wait,
    )


def connect(
    settings: Settings, *, warn: Callable[[str], None], on_wait: Callable[[float, str], None] | None = None
) -> closing[ManagementClient]:
    """Return a client, to be closed; see `client_for`."""
    return closing(client_for(settings, warn=warn, on_wait=on_wait))


def nearest_apis(management: ManagementClient, api: str) -> str:
    """Return a sentence with the identifiers that are nearest to one that does not exist, or ``""``."""
    try:
        known = [found.identifier for found in islice(management.list_apis(), _MAX_APIS_COMPARED)]
    except ManagementApiError:
        return ""  # what is missing has been reported; this is only a hint
    hint = did_you_mean(api, known)
    return f" {hint}" if hint else ""
