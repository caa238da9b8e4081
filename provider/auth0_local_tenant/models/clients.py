"""Applications (clients): names, ids and secrets.

Only what a machine-to-machine caller and a report of holders need. NOT RECORDED: modelled on the public
documentation of `GET /api/v2/clients`.
"""

import hmac
from collections.abc import Sequence

from auth0_local_tenant import errors
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.sources import IdSource
from auth0_local_tenant.store import Store

__all__ = ["Clients"]


class Clients:
    """The tenant's applications.

    Args:
        store: where they are kept.
        ids: gives new ids and secrets.
    """

    def __init__(self, store: Store, ids: IdSource) -> None:
        self._store = store
        self._ids = ids

    def create(self, name: str, *, client_id: str | None = None, secret: str | None = None) -> tuple[str, str]:
        """Create an application and return its id and secret.

        Raises:
            ApiError: 409 if the id is taken.
        """
        new_id = client_id or self._ids.client_id()
        new_secret = secret or self._ids.secret()
        if self.exists(new_id):
            raise errors.conflict(f"A client with the id {new_id} already exists")
        self._store.write("INSERT INTO clients (client_id, name, secret) VALUES (?, ?, ?)", (new_id, name, new_secret))
        return new_id, new_secret

    def exists(self, client_id: str) -> bool:
        """Return whether there is such an application."""
        return self._store.one("SELECT 1 FROM clients WHERE client_id = ?", (client_id,)) is not None

    def require(self, client_id: str) -> None:
        """Check that an application exists.

        Raises:
            ApiError: 404 if not.
        """
        if not self.exists(client_id):
            raise errors.missing("client")

    def authenticate(self, client_id: str, secret: str) -> bool:
        """Return whether this is an application's id and secret."""
        row = self._store.one("SELECT secret FROM clients WHERE client_id = ?", (client_id,))
        return row is not None and hmac.compare_digest(str(row[0]).encode(), secret.encode())

    def get(self, client_id: str) -> JsonObject:
        """Return an application without its secret.

        Raises:
            ApiError: 404 if there is none.
        """
        row = self._store.one("SELECT client_id, name FROM clients WHERE client_id = ?", (client_id,))
        if row is None:
            raise errors.missing("client")
        return _document(str(row[0]), str(row[1]))

    def name(self, client_id: str) -> str:
        """Return the name of an application, or "" if there is none with this id."""
        row = self._store.one("SELECT name FROM clients WHERE client_id = ?", (client_id,))
        return "" if row is None else str(row[0])

    def all(self) -> Sequence[JsonObject]:
        """Return the applications by name."""
        rows = self._store.all("SELECT client_id, name FROM clients ORDER BY name, client_id")
        return [_document(str(row[0]), str(row[1])) for row in rows]

    def names(self) -> dict[str, str]:
        """Return the name of each application by its id."""
        return {str(row[0]): str(row[1]) for row in self._store.all("SELECT client_id, name FROM clients")}


def _document(client_id: str, name: str) -> JsonObject:
    return {
        "name": name,
        "client_id": client_id,
        "app_type": "non_interactive",
        "is_first_party": True,
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "client_secret_post",
    }
