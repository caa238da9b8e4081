"""The tenant's log: one `sapi` event for each successful write through the Management API.

NOT RECORDED: modelled on the vendor's public description of the event "Successful API Operation" and of
`GET /api/v2/logs`. The real log lags by seconds; this one does not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from auth0_local_tenant import api_errors, jsontext
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.options import TenantOptions
from auth0_local_tenant.store import Store

_KEPT = 10_000  # events; the vendor keeps days, a local tenant must not fill the disk


@dataclass(frozen=True)
class Logs:
    """The tenant's log events."""

    _store: Store
    _domain: str
    _options: Callable[[], TenantOptions]

    def record(
        self, description: str, client_id: str, client_name: str, request: JsonObject, response: JsonObject
    ) -> None:
        """Add the event of a successful write; `request` has its method, path and body."""
        now = datetime.fromtimestamp(self._options().clock(), UTC)
        newest = self._store.one("SELECT MAX(sequence) FROM logs")
        sequence = (int(cast("int", newest[0])) if newest and newest[0] is not None else 0) + 1
        log_id = f"900{now:%Y%m%d%H%M%S}{now.microsecond // 1000:03d}{sequence:036d}"
        document: JsonObject = {
            "date": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
            "type": "sapi",
            "description": description,
            "client_id": client_id,
            "client_name": client_name,
            "ip": "127.0.0.1",
            "user_id": "",
            "details": {
                "request": {
                    "query": {},
                    **request,
                    "channel": "api",
                    "ip": "127.0.0.1",
                    "auth": {"user": {}, "strategy": "jwt"},
                },
                "response": response,
            },
            "log_id": log_id,
            "_id": log_id,
            "tenant_name": self._domain.partition("://")[2],
            "isMobile": False,
        }
        self._store.write(
            "INSERT INTO logs (sequence, log_id, document) VALUES (?, ?, ?)",
            (sequence, log_id, jsontext.dump(document)),
        )
        self._store.write("DELETE FROM logs WHERE sequence <= ?", (sequence - _KEPT,))

    def newest(self) -> list[JsonObject]:
        """Return all events, newest first."""
        return _documents(self._store.all("SELECT document FROM logs ORDER BY sequence DESC"))

    def get(self, log_id: str) -> JsonObject:
        """Return an event, or raise ApiError: 404 if there is none. NOT RECORDED."""
        row = self._store.one("SELECT document FROM logs WHERE log_id = ?", (log_id,))
        if row is None:
            raise api_errors.missing("log")
        return jsontext.load_object(str(row[0]))

    def after(self, log_id: str, take: int) -> list[JsonObject]:
        """Return up to `take` events that came after the one with `log_id`, oldest first; all if unknown."""
        row = self._store.one("SELECT sequence FROM logs WHERE log_id = ?", (log_id,))
        sequence = row[0] if row else 0
        return _documents(
            self._store.all("SELECT document FROM logs WHERE sequence > ? ORDER BY sequence LIMIT ?", (sequence, take))
        )


def _documents(rows: list[tuple[object, ...]]) -> list[JsonObject]:
    return [jsontext.load_object(str(row[0])) for row in rows]
