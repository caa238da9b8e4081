"""Objects that are kept as the JSON of their answer: look-ups and writes that clients, users and roles share."""

from auth0_local_tenant import api_errors, jsontext
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.store import Store


class Documents:
    """The objects of one kind, which is a key of `errors.missing`, by id."""

    def __init__(self, store: Store, kind: str) -> None:
        self._store = store
        self._kind = kind

    def find(self, object_id: str) -> JsonObject | None:
        """Return the object with this id, or None."""
        row = self._store.one("SELECT document FROM objects WHERE kind = ? AND id = ?", (self._kind, object_id))
        return None if row is None else jsontext.load_object(str(row[0]))

    def get(self, object_id: str) -> JsonObject:
        """Return the object with this id, or raise ApiError: 404 if there is none."""
        found = self.find(object_id)
        if found is None:
            raise api_errors.missing(self._kind)
        return found

    def all(self, order: str = "name") -> list[JsonObject]:
        """Return all objects, sorted by the text of one key and then by id."""
        rows = self._store.all("SELECT document FROM objects WHERE kind = ? ORDER BY id", (self._kind,))
        documents = [jsontext.load_object(str(row[0])) for row in rows]
        return sorted(documents, key=lambda document: str(document.get(order, "")))

    def names(self) -> dict[str, str]:
        """Return the name of each object by its id."""
        sql = "SELECT id, json_extract(document, '$.name') FROM objects WHERE kind = ?"
        return {str(row[0]): str(row[1]) for row in self._store.all(sql, (self._kind,))}

    def where(self, key: str, value: object) -> list[JsonObject]:
        """Return the objects whose `key` (`name`, `email` and `audience` have an index) is this value, by id."""
        sql = f"SELECT document FROM objects WHERE kind = ? AND json_extract(document, '$.{key}') = ? ORDER BY id"  # noqa: S608
        rows = self._store.all(sql, (self._kind, value))
        return [jsontext.load_object(str(row[0])) for row in rows]

    def put(self, object_id: str, document: JsonObject) -> None:
        """Keep an object under its id, in place of an earlier one."""
        self._store.write(
            "INSERT OR REPLACE INTO objects (kind, id, document) VALUES (?, ?, ?)",
            (self._kind, object_id, jsontext.dump(document)),
        )

    def remove(self, object_id: str) -> None:
        """Delete an object, if it is there."""
        self._store.write("DELETE FROM objects WHERE kind = ? AND id = ?", (self._kind, object_id))
