"""The request journal: what was asked and what was answered, in order of arrival."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from auth0_local_tenant import jsontext
from auth0_local_tenant.sources import Clock

# Bytes of bodies kept in all; beyond it the oldest bodies go, the entries stay.
_KEPT_BODY_BYTES = 256 * 1024 * 1024

_SECRETS = ("client_secret", "access_token", "signing_secret", "client_assertion", "password")


@dataclass(slots=True)
class JournalEntry:
    """One request and its answer; the gateway fills it in as the request proceeds.

    Attributes:
        number: place in the order of arrival, from 1 after a clearing.
        time: seconds since 1970 at arrival.
        method: such as "PATCH".
        path: as it came over the wire, escapes included.
        query: raw, without the question mark.
        bytes_in: length of the request's body.
        request: the request's body; b"" also where the journal has grown too long to keep it.
        response: the answer's body, likewise.
        bytes_out: length of the answer's body.
        duration_s: seconds from arrival to answer; None while there is none.
        status: HTTP status; None while the request is open and where the connection was dropped.
        client_id: the application that called; None where the request did not say.
        emulated: whether the tenant knows such requests; False where only the real service does.
        faults: what was done to the request on purpose.
    """

    number: int
    time: float
    method: str
    path: str
    query: str
    request: bytes
    bytes_in: int
    response: bytes = b""
    bytes_out: int = 0
    duration_s: float | None = None
    status: int | None = None
    client_id: str | None = None
    emulated: bool = True
    faults: list[str] = field(default_factory=list)

    @property
    def request_body(self) -> object:
        """Decoded JSON, or the text where it is not JSON; None if there was none. Secrets read "[REDACTED]"."""
        return _decoded(self.request)

    @property
    def response_body(self) -> object:
        """As `request_body`."""
        return _decoded(self.response)

    @property
    def fault(self) -> str | None:
        """What was done to the request on purpose; None if nothing."""
        return ", ".join(self.faults) or None

    def as_json(self) -> dict[str, object]:
        """Return the entry as the control prefix shows it."""
        return {name: getattr(self, name) for name in _SHOWN}


_SHOWN = (
    *("number", "time", "duration_s", "method", "path", "query", "request_body", "status", "response_body"),
    *("bytes_in", "bytes_out", "client_id", "emulated", "fault"),
)


class Journal:
    """Keeps every request until it is cleared."""

    def __init__(self, clock: Callable[[], Clock]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._recordings: list[JournalEntry] = []
        self._body_bytes = 0
        self._bodies_from = 0  # index of the first recording that still has its bodies

    def open(self, method: str, path: str, query: str, body: bytes) -> JournalEntry:
        """Start an entry at the arrival of a request."""
        with self._lock:
            number = len(self._recordings) + 1
            recording = JournalEntry(number, self._clock()(), method, path, query, body, bytes_in=len(body))
            self._recordings.append(recording)
            return recording

    def close(self, recording: JournalEntry, status: int | None, body: bytes) -> None:
        """Finish an entry; `status` is None if the connection was dropped instead of an answer."""
        with self._lock:
            recording.status = status
            recording.response = body
            recording.bytes_out = len(body)
            recording.duration_s = max(0.0, self._clock()() - recording.time)
            index = recording.number - 1
            if index >= len(self._recordings) or self._recordings[index] is not recording:
                return  # the journal was cleared meanwhile
            self._body_bytes += len(recording.request) + len(body)
            while self._body_bytes > _KEPT_BODY_BYTES and self._bodies_from < len(self._recordings) - 1:
                old = self._recordings[self._bodies_from]
                self._body_bytes -= len(old.request) + len(old.response)
                old.request = old.response = b""
                self._bodies_from += 1

    def entries(self) -> list[JournalEntry]:
        """Return all entries, oldest first; open ones have no status."""
        with self._lock:
            return [replace(recording, faults=list(recording.faults)) for recording in self._recordings]

    def newest(self, start: int, limit: int, *, writes_only: bool = False) -> tuple[list[JournalEntry], int]:
        """Return up to `limit` entries from item `start`, newest first, and how many there are."""
        entries = [entry for entry in self.entries() if not writes_only or entry.method not in {"GET", "HEAD"}]
        return entries[::-1][start : start + limit], len(entries)

    def clear(self) -> None:
        """Forget all entries."""
        with self._lock:
            self._recordings.clear()
            self._body_bytes = self._bodies_from = 0


def _decoded(body: bytes) -> object:
    if not body:
        return None
    try:
        return _redacted(jsontext.load(body))
    except jsontext.InvalidJsonError:
        text = body.decode("utf-8", "replace")
        return "[REDACTED]" if any(secret in text for secret in _SECRETS) else text


def _redacted(value: object) -> object:
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    if isinstance(value, dict):
        return {key: "[REDACTED]" if key in _SECRETS else _redacted(item) for key, item in value.items()}
    return value
