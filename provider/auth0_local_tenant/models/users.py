"""Users, as far as the permissions given to them directly.

What a user has through roles is not modelled: the answer for it is NOT RECORDED.
"""

from auth0_local_tenant import errors
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.models.holdings import Holdings, PermissionName
from auth0_local_tenant.store import Store

__all__ = ["Users"]


class Users:
    """The tenant's users, known by id only.

    Args:
        store: where they are kept.
        holdings: the permissions of users.
    """

    def __init__(self, store: Store, holdings: Holdings) -> None:
        self._store = store
        self.holdings = holdings

    def create(self, user_id: str) -> None:
        """Create a user; there is no endpoint for it here, only the seed file."""
        self._store.write("INSERT OR IGNORE INTO users (user_id) VALUES (?)", (user_id,))

    def require(self, user_id: str) -> None:
        """Check that a user exists.

        Raises:
            ApiError: 404 if not.
        """
        if self._store.one("SELECT 1 FROM users WHERE user_id = ?", (user_id,)) is None:
            raise errors.missing("user")

    def permissions(self, user_id: str, start: int, limit: int) -> tuple[list[JsonObject], int]:
        """Return up to `limit` permissions of a user from item `start`, and how many there are.

        Raises:
            ApiError: 404 if there is no such user.
        """
        self.require(user_id)
        items = self.holdings.page(user_id, start, limit)
        source = {"source_id": "", "source_name": "", "source_type": "DIRECT"}
        return [{**item, "sources": [source]} for item in items], self.holdings.count(user_id)

    def add_permissions(self, user_id: str, permissions: list[PermissionName]) -> None:
        """Give permissions to a user.

        Raises:
            ApiError: 404 if there is no such user, 400 if a permission does not exist.
        """
        self.require(user_id)
        self.holdings.add(user_id, permissions)

    def remove_permissions(self, user_id: str, permissions: list[PermissionName]) -> None:
        """Take permissions from a user.

        Raises:
            ApiError: 404 if there is no such user.
        """
        self.require(user_id)
        self.holdings.remove(user_id, permissions)

    def ids(self) -> list[str]:
        """Return the ids of all users."""
        return [str(row[0]) for row in self._store.all("SELECT user_id FROM users ORDER BY user_id")]
