"""Chromium's DevTools protocol over a pipe: commands, their results, and the events in between.

The pipe (`--remote-debugging-pipe`) needs neither a driver program nor an open port: JSON messages, each ended by a
zero byte, on file descriptors 3 and 4 of the browser. Source: the DevTools protocol's own description, "tot" version.
"""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ANSWER_LIMIT_S = 60.0  # far beyond what any command takes; only a browser that hangs meets it
CHUNK_BYTES = 65536


class DevToolsError(Exception):
    """The browser refused a command, went away, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the browser told of its own accord, in which session (a tab has one)."""

    method: str
    params: Mapping[str, Any]
    session: str | None


class DevTools:
    """One end of the pipe; for one thread.

    Args:
        reading: descriptor to read the browser's messages from.
        writing: descriptor to write commands to.
    """

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing
        self._buffer = b""
        self._last_id = 0
        self.events: list[Event] = []

    def send(self, method: str, session: str | None = None, /, **params: object) -> dict[str, Any]:
        """Send a command and return its result.

        Raises:
            DevToolsError: if the browser refuses it, is gone or does not answer.
        """
        self._last_id += 1
        number = self._last_id
        command = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        try:
            os.write(self._writing, json.dumps(command).encode() + b"\0")
        except BrokenPipeError as error:
            raise DevToolsError(f"{method}: the browser is gone") from error
        deadline = time.monotonic() + ANSWER_LIMIT_S
        while True:
            message = self._receive(deadline, method)
            if message.get("id") == number:
                break
            self._keep(message)
        if "error" in message:
            raise DevToolsError(f"{method}: {message['error'].get('message')}")
        result: dict[str, Any] = message["result"]
        return result

    def wait(self, holds: Callable[[], bool], what: str) -> None:
        """Take in events until something holds.

        Raises:
            DevToolsError: if it does not come to hold.
        """
        deadline = time.monotonic() + ANSWER_LIMIT_S
        while not holds():
            self._keep(self._receive(deadline, what))

    def _keep(self, message: Mapping[str, Any]) -> None:
        if "method" in message:
            self.events.append(Event(message["method"], message.get("params", {}), message.get("sessionId")))

    def _receive(self, deadline: float, what: str) -> dict[str, Any]:
        """Return the next message."""
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._reading], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise DevToolsError(f"{what}: nothing came from the browser for {ANSWER_LIMIT_S:.0f} s")
            chunk = os.read(self._reading, CHUNK_BYTES)
            if not chunk:
                raise DevToolsError(f"{what}: the browser is gone")
            self._buffer += chunk
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message
