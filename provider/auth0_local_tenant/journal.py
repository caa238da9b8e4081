"""The request journal: what was asked and what was answered, in order of arrival."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from auth0_local_tenant import jsontext
from auth0_local_tenant.sources import Clock

__all__ = ["Journal", "JournalEntry", "Recording"]

# Bytes of bodies kept in all; beyond it the oldest bodies go, the entries stay.
_KEPT_BODY_BYTES = 256 * 1024 * 1024

_SECRETS = ("client_secret", "access_token", "signing_secret", "client_assertion")


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One request and its answer.

    Attributes:
        number: place in the order of arrival, from 1 after a clearing.
        time: seconds since 1970 at arrival.
        duration_s: seconds from arrival to answer; None while there is none.
        method: such as "PATCH".
        path: as it came over the wire, escapes included.
        query: raw, without the question mark.
        request_body: decoded JSON; the text itself where it is not JSON; None if there was none. Secrets are
            replaced with "[REDACTED]".
        status: HTTP status; None while the request is open and where the connection was dropped.
        response_body: as `request_body`.
        bytes_in: length of the request's body.
        bytes_out: length of the answer's body.
        client_id: the application that called; None where the request did not say.
        fault: what was done to the request on purpose; None if nothing.
    """

    number: int
    time: float
    duration_s: float | None
    method: str
    path: str
    query: str
    request_body: object
    status: int | None
    response_body: object
    bytes_in: int
    bytes_out: int
    client_id: str | None
    fault: str | None

    def as_json(self) -> dict[str, object]:
        """Return the entry as the control prefix shows it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Recording:
    """An entry being written; the gateway fills it in as the request proceeds."""

    number: int
    time: float
    method: str
    path: str
    query: str
    request: bytes
    bytes_in: int
    duration_s: float | None = None
    status: int | None = None
    response: bytes = b""
    bytes_out: int = 0
    client_id: str | None = None
    faults: list[str] = field(default_factory=list)

    def entry(self) -> JournalEntry:
        """Return the entry as it stands."""
        return JournalEntry(
            number=self.number,
            time=self.time,
            duration_s=self.duration_s,
            method=self.method,
            path=self.path,
            query=self.query,
            request_body=_decoded(self.request),
            status=self.status,
            response_body=_decoded(self.response),
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out,
            client_id=self.client_id,
            fault=", ".join(self.faults) or None,
        )


class Journal:
    """Keeps every request until it is cleared.

    Args:
        clock: seconds since 1970 at the moment of a call.
    """

    def __init__(self, clock: Callable[[], Clock]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._recordings: list[Recording] = []
        self._body_bytes = 0
        self._bodies_from = 0  # index of the first recording that still has its bodies

    def open(self, method: str, path: str, query: str, body: bytes) -> Recording:
        """Start an entry at the arrival of a request."""
        with self._lock:
            recording = Recording(
                number=len(self._recordings) + 1,
                time=self._clock()(),
                method=method,
                path=path,
                query=query,
                request=body,
                bytes_in=len(body),
            )
            self._recordings.append(recording)
            return recording

    def close(self, recording: Recording, status: int | None, body: bytes) -> None:
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
            recordings = list(self._recordings)
        return [recording.entry() for recording in recordings]

    def newest(self, start: int, limit: int) -> tuple[list[JournalEntry], int]:
        """Return up to `limit` entries from item `start`, newest first, and how many there are."""
        with self._lock:
            total = len(self._recordings)
            chosen = self._recordings[::-1][start : start + limit]
        return [recording.entry() for recording in chosen], total

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
    if isinstance(value, dict):
        return {
            key: "[REDACTED]" if key in _SECRETS else _redacted(item) if isinstance(item, dict) else item
            for key, item in value.items()
        }
    return value
