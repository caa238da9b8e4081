"""Faults on purpose: what to do to which request.

A fault waits for requests that match it and acts on some of them: by default on the next one. Several faults may
act on one request, in the order they were added.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, cast, get_args

from auth0_local_tenant.validation import Schema, first_problem

Action = Literal[
    "status",
    "delay",
    "drop_before",
    "drop_after",
    "rival",
    "rate_limit",
    "expire_tokens",
    "hang",
]

_ANY_METHOD = "*"


class FaultError(ValueError):
    """A fault that makes no sense; the message says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        action: what is done to a matching request:
            `status`: it is not handled, and answered with `status`, `headers` and `body`;
            `delay`: it waits `delay_s` seconds, then goes on;
            `drop_before`: the connection is closed, nothing is handled;
            `drop_after`: it is handled, then the connection is closed without an answer;
            `rival`: just before it, somebody else changes the API at `rival_path` (by default its own path)
                with `rival_patch`;
            `rate_limit`: 429, with the headers if `with_headers`;
            `expire_tokens`: every token issued so far expires, then it goes on;
            `hang`: no answer until the faults are cleared or the tenant stops; then the connection is closed.
        method: the verb, or "*" for any.
        path: regular expression, searched in the raw path: escapes are as the client sent them.
        after: how many matching requests pass before the first one is hit.
        times: how many are hit; None for all from then on.
        status: HTTP status of `status`.
        headers: headers of `status`, besides a content type that follows from the body.
        body: text of the body of `status`, sent as it is; it may be malformed JSON or an HTML page. Where it is
            None, the body is the service's own error for the status.
        delay_s: seconds of `delay`.
        rival_patch: body of the rival's PATCH, or a function that is given the API's present answer and returns
            such a body. (Over HTTP: the body only.)
        rival_path: raw path of the rival's PATCH.
        with_headers: whether `rate_limit` tells when to come back.
        retry_after_s: seconds until the time that those headers give.
    """

    action: Action
    method: str = _ANY_METHOD
    path: str = ""
    after: int = 0
    times: int | None = 1
    status: int = 500
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    delay_s: float = 0.0
    rival_patch: Mapping[str, object] | Callable[[dict[str, object]], Mapping[str, object]] | None = None
    rival_path: str | None = None
    with_headers: bool = True
    retry_after_s: float = 1.0

    def __post_init__(self) -> None:
        problems = []
        if self.action not in get_args(Action):
            problems.append(f"action: {self.action!r} is none of {', '.join(get_args(Action))}")
        try:
            re.compile(self.path)
        except re.error as error:
            problems.append(f"path: {self.path!r} is not a regular expression: {error}")
        if self.after < 0 or (self.times is not None and self.times < 1):
            problems.append("after must be at least 0 and times at least 1")
        if not 100 <= self.status <= 599:
            problems.append(f"status: {self.status} is no HTTP status")
        if self.delay_s < 0 or self.retry_after_s < 0:
            problems.append("delay_s and retry_after_s must be at least 0")
        if self.action == "rival" and self.rival_patch is None:
            problems.append("rival_patch: needed for the action rival")
        if problems:
            raise FaultError("; ".join(problems))

    @classmethod
    def from_json(cls, value: object) -> "Fault":
        """Return the fault that decoded JSON describes; its keys are the attributes.

        Raises:
            FaultError: if it is not an object, has unknown keys, or values of a wrong type.
        """
        if problem := first_problem(_SCHEMA, value):
            raise FaultError(f"{problem.path}: {problem.what}" if problem.path else problem.what)
        values = dict(cast("Mapping[str, Any]", value))
        values["headers"] = tuple((name, str(text)) for name, text in values.get("headers", {}).items())
        return cls(**values)

    def as_json(self) -> dict[str, object]:
        """Return what `from_json` takes; a rival that is a function is shown as its name."""
        value = {field.name: getattr(self, field.name) for field in fields(self)}
        value["headers"] = dict(self.headers)
        if callable(self.rival_patch):
            value["rival_patch"] = getattr(self.rival_patch, "__name__", "function")
        return value

    def matches(self, method: str, path: str) -> bool:
        """Return whether a request is one of those this fault waits for."""
        return self.method.upper() in {_ANY_METHOD, method} and re.search(self.path, path) is not None


_SCHEMA: Schema = {
    "type": "object",
    "required": ["action"],
    "additionalProperties": False,
    "properties": {
        **{name: {"type": "string"} for name in ("action", "method", "path")},
        **{name: {"type": "integer"} for name in ("after", "status")},
        **{name: {"type": "number"} for name in ("delay_s", "retry_after_s")},
        **{name: {"type": ["string", "null"]} for name in ("body", "rival_path")},
        "headers": {"type": "object"},
        "times": {"type": ["integer", "null"]},
        "rival_patch": {"type": ["object", "null"]},
        "with_headers": {"type": "boolean"},
    },
}


@dataclass(slots=True)
class _Waiting:
    fault: Fault
    seen: int = 0
    hit: int = 0

    def take(self) -> bool:
        """Count a match; return whether it is one that is hit."""
        self.seen += 1
        if self.seen <= self.fault.after or (self.fault.times is not None and self.hit >= self.fault.times):
            return False
        self.hit += 1
        return True


class Faults:
    """The faults that are waiting."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._released = threading.Event()

    def add(self, fault: Fault) -> None:
        """Add a fault after those that are there."""
        with self._lock:
            self._waiting.append(_Waiting(fault))

    def take(self, method: str, path: str) -> list[Fault]:
        """Return the faults that hit this request, and count it."""
        if not self._waiting:
            return []
        with self._lock:
            return [
                waiting.fault for waiting in self._waiting if waiting.fault.matches(method, path) and waiting.take()
            ]

    def listed(self) -> list[dict[str, object]]:
        """Return the faults as JSON, each with how many requests matched it (`seen`) and were hit (`hit`)."""
        with self._lock:
            return [{**waiting.fault.as_json(), "seen": waiting.seen, "hit": waiting.hit} for waiting in self._waiting]

    def clear(self) -> None:
        """Drop all faults and let go what hangs."""
        with self._lock:
            self._waiting.clear()
            self._released.set()
            self._released = threading.Event()

    def hang(self) -> None:
        """Wait until the faults are cleared."""
        self._released.wait()
