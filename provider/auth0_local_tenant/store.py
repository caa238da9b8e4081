"""The tenant's state in SQLite: one connection, one lock, explicit transactions.

Nothing here knows a rule of the API; the tables hold what the models give them. Bodies are kept as the JSON
text of the answer, so that reading an API is one look-up and no work on its permissions.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

Row = tuple[object, ...]

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS resource_servers (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    identifier TEXT NOT NULL UNIQUE,
    is_system INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS objects (
    kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS objects_by_name ON objects (kind, json_extract(document, '$.name'));
CREATE INDEX IF NOT EXISTS objects_by_email ON objects (kind, json_extract(document, '$.email'));
CREATE INDEX IF NOT EXISTS objects_by_audience ON objects (kind, json_extract(document, '$.audience'));
CREATE TABLE IF NOT EXISTS holdings (
    kind TEXT NOT NULL, holder TEXT NOT NULL, identifier TEXT NOT NULL, permission TEXT NOT NULL,
    PRIMARY KEY (kind, holder, permission, identifier)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS holdings_by_api ON holdings (identifier, permission);
CREATE TABLE IF NOT EXISTS user_roles (user_id TEXT NOT NULL, role_id TEXT NOT NULL, PRIMARY KEY (user_id, role_id));
CREATE TABLE IF NOT EXISTS tokens (
    digest TEXT PRIMARY KEY, client_id TEXT NOT NULL, audience TEXT NOT NULL, scope TEXT NOT NULL,
    expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS logs (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, log_id TEXT NOT NULL UNIQUE, document TEXT NOT NULL
);
"""

_VERSION = 3  # of the tables; a file with others is refused
_LOCK_TIMEOUT_S = 1.0  # how long to wait for a tenant that is just letting go of the file


class Store:
    """A SQLite database and the one lock of its tenant.

    Everything that reads in order to write does both inside `transaction()`. Without it two writers could
    lose each other's updates here, and the client under test would be blamed.

    Raises:
        OSError: if the file can't be opened, is no database, or is in use by another tenant.
    """

    def __init__(self, path: Path | None) -> None:
        self.lock = threading.RLock()
        try:
            self._connection = _open(path)
        except sqlite3.Error as error:
            raise OSError(f"{path}: {error}") from error

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the tenant's lock; commit at the end, or roll back if an exception passes."""
        with self.lock:
            if self._connection.in_transaction:  # joined to the one that is open
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def all(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Return all rows of a query."""
        with self.lock:
            return self._connection.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Sequence[object] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        with self.lock:
            row: Row | None = self._connection.execute(sql, parameters).fetchone()
            return row

    def write(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Execute one statement and return how many rows it touched."""
        with self.lock:
            return self._connection.execute(sql, parameters).rowcount

    def write_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Execute one statement for each of `rows`."""
        with self.lock:
            self._connection.executemany(sql, rows)

    def get_meta(self, key: str) -> str | None:
        """Return what is kept under `key`, across resets too."""
        row = self.one("SELECT value FROM meta WHERE key = ?", (key,))
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Keep `value` under `key`."""
        self.write("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))

    def kept(self, key: str, fresh: str) -> str:
        """Return what is kept under `key`; `fresh`, which is kept from then on, where nothing is."""
        value = self.get_meta(key)
        if value is None:
            self.set_meta(key, fresh)
        return fresh if value is None else value

    def empty(self) -> None:
        """Delete everything but what `set_meta` keeps."""
        with self.transaction():
            tables = self.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'meta'")
            for (table,) in tables:
                self.write(f"DELETE FROM {table}")  # noqa: S608 - a name from the schema

    def close(self) -> None:
        """Close the database; every call after it fails."""
        with self.lock:
            self._connection.close()


def _open(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(
        ":memory:" if path is None else path, timeout=_LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        if path is not None:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
        _refuse_other_versions(connection)
        connection.executescript(f"{_TABLES} PRAGMA user_version = {_VERSION};")
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_other_versions(connection: sqlite3.Connection) -> None:
    tables = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
    if tables and connection.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
        raise sqlite3.DatabaseError("file of another version of the local tenant")
