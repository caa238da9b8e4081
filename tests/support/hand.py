"""What a person does in the dashboard, over HTTP, with an application of its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import requests

from auth0_local_tenant import LocalTenant

TIMEOUT_S = 30


class Hand:
    """Edits APIs as the dashboard does: the whole list, with one entry changed."""

    def __init__(self, tenant: LocalTenant) -> None:
        self._tenant = tenant
        client_id, client_secret = tenant.issue_client(
            ["read:resource_servers", "update:resource_servers", "delete:resource_servers", "create:resource_servers"]
        )
        answer = requests.post(
            f"{tenant.domain}/oauth/token",
            json={
                "grant_type": "client_credentials",
                "client_id": client_id,
                "client_secret": client_secret,
                "audience": f"{tenant.domain}/api/v2/",
            },
            timeout=TIMEOUT_S,
        )
        self._headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def add(self, api: str, value: str, description: str = "") -> None:
        """Add a permission."""
        self._replace(api, [*self.scopes(api), {"value": value, "description": description}])

    def delete(self, api: str, value: str) -> None:
        """Delete a permission."""
        self._replace(api, [scope for scope in self.scopes(api) if scope["value"] != value])

    def describe(self, api: str, value: str, description: str) -> None:
        """Change a description."""
        self._replace(api, [s | {"description": description} if s["value"] == value else s for s in self.scopes(api)])

    def reorder(self, api: str) -> None:
        """Turn the list around."""
        self._replace(api, self.scopes(api)[::-1])

    def delete_api(self, api: str) -> None:
        """Delete the whole API."""
        requests.delete(self._url(api), headers=self._headers, timeout=TIMEOUT_S).raise_for_status()

    def make_again(self, api: str) -> None:
        """Delete an API and create it anew, with the same identifier and no permissions."""
        self.delete_api(api)
        body = {"identifier": api, "name": "Made again"}
        url = f"{self._tenant.domain}/api/v2/resource-servers"
        requests.post(url, json=body, headers=self._headers, timeout=TIMEOUT_S).raise_for_status()

    def scopes(self, api: str) -> list[dict[str, str]]:
        """Return the API's entries."""
        answer = requests.get(self._url(api), headers=self._headers, timeout=TIMEOUT_S)
        answer.raise_for_status()
        found: list[dict[str, str]] = answer.json().get("scopes", [])
        return found

    def _replace(self, api: str, scopes: list[Any]) -> None:
        body = {"scopes": scopes}
        requests.patch(self._url(api), json=body, headers=self._headers, timeout=TIMEOUT_S).raise_for_status()

    def _url(self, api: str) -> str:
        return f"{self._tenant.domain}/api/v2/resource-servers/{quote(api, safe=':')}"
