"""A tenant that answers well for a while and then anything at all: statuses, headers, bodies, timing, by a seed."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from pulumi_auth0_permissions.auth0.connection import Answer
from pulumi_auth0_permissions.auth0.errors import ManagementApiError
from support.clocks import Clock

API_ID, IDENTIFIER = "65f0c0ffee00000000000001", "https://orders.example.com/"

NASTY_TEXTS = (
    *("", " ", "\0", "\x1b[2J", "\u202eabc", "\ud800", "\udfff\ud800", "é" * 300, "🦊", "a" * 5000, "\n\n", "\\x7b"),
    *("<{%reset%}>", "<{%zzz%}>", "%s%n%d", "{0}", "${x}", "[::1", "http://[", "https://[::1]:99999", "//", "..", "."),
    *("nan", "inf", "-1", "1e999", "9" * 5000, "0x10", "٣", "true", "null", "[" * 2000, '{"a":' * 2000, "[]", "{}"),
)
_NUMBERS = (0, -1, 1, 0.5, 2**31, 2**63, 10**30, 10**400, -(10**30), 1e308, float("inf"), float("nan"), True)
_STATUSES = (*[200] * 3, *(201, 204, 100, 199, 299, 301, 302, 400, 401, 403, 404, 408, 409, 418, 429, 500, 503, 599))
_HEADERS = ("retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "date", "location")
_HEADER_TEXTS = (
    *("0", "1", "2", "10", "60", "119", "121", "86400", "1000000000", "1800000050", "99999999999999", "-5", "1.5"),
    *("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2999 00:00:00 GMT", "Mon, 99 Foo 0000 99:99:99 +9999"),
)
_BODIES = (b"", b"<html>", b"\xff\xfe\x00", b"[" * 100_000, b"9" * 5000, b'{"a":' * 50_000)


@dataclass(frozen=True)
class Write:
    """A write that arrived: method, decoded path, body, and what the last GET of the same path was answered with."""

    method: str
    path: str
    body: Any
    last: bytes


class HostileConnections:
    """Stands for a client's connections: exchanges take time by ``clock`` and bring anything, as ``dice`` decides."""

    def __init__(self, dice: random.Random, clock: Clock) -> None:
        self.dice, self.clock = dice, clock
        self.hostility = dice.choice([0.05, 0.2, 0.6])  # the share of answers that something is done to
        self.writes: list[Write] = []
        self.requests = 0
        self._last: dict[str, bytes] = {}
        self._scopes = {"read": "Read", "old": "Old", "dead": "", "theirs": ""}
        self._grant = ["old", "dead"]
        self._role = {"old"}

    def exchange(self, method: str, target: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Answer, or raise what connections raise."""
        assert all(text.isascii() and text.isprintable() for text in (method, target, *headers.values()))
        self.requests += 1
        path, _, query = target.partition("?")
        if path == "/oauth/token":
            payload: Any = {"access_token": "a-token", "expires_in": 86400}
        elif method == "GET":
            payload = self._read(unquote(path).removeprefix("/api/v2/").split("/"), parse_qs(query))
        else:
            sent = json.loads(body or b"null")
            self.writes.append(Write(method, unquote(path), sent, self._last.get(path, b"")))
            payload = self._write(method, path, sent)
        status, text = 200, json.dumps(payload).encode()
        answer_headers = {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "9", "x-ratelimit-reset": "1800000001"}
        if self.dice.random() < self.hostility:
            status, text, answer_headers = self._mangled(payload, text, answer_headers)
        if method == "GET":
            self._last[path] = text
        return Answer(status, answer_headers, text)

    def _api(self) -> dict[str, Any]:
        scopes = [{"value": value, "description": text} for value, text in self._scopes.items()]
        return {"id": API_ID, "identifier": IDENTIFIER, "name": "Orders", "token_lifetime": 86400, "scopes": scopes}

    def _client_grant(self) -> dict[str, Any]:
        return {"id": "cgr_1", "client_id": "c1", "audience": IDENTIFIER, "scope": self._grant}

    def _read(self, path: list[str], query: Mapping[str, list[str]]) -> Any:  # noqa: ANN401 - any JSON
        match path:
            case ["clients", _]:
                return {"name": "Shop"}
            case ["resource-servers", *one]:
                key, item = "resource_servers", self._api()
            case ["client-grants", *one]:
                key, item = "client_grants", self._client_grant()
            case ["roles"]:
                key, item, one = "roles", {"id": "rol_1", "name": "Clerk"}, []
            case _:
                held = [{"permission_name": v, "resource_server_identifier": IDENTIFIER} for v in sorted(self._role)]
                return {"permissions": held, "start": 0, "limit": 100, "total": len(held)}
        if one:
            return item
        return {key: [item]} if "take" in query else {key: [item], "start": 0, "limit": 100, "total": 1}

    def _write(self, method: str, path: str, sent: Any) -> Any:  # noqa: ANN401 - any JSON
        if "/resource-servers/" in path:
            self._scopes = {scope["value"]: scope.get("description", "") for scope in sent["scopes"]}
            return self._api()
        if "/client-grants/" in path:
            self._grant = sent["scope"]
            return self._client_grant()
        values = {entry["permission_name"] for entry in sent["permissions"]}
        self._role = self._role | values if method == "POST" else self._role - values
        return {}

    def _mangled(
        self,
        payload: Any,  # noqa: ANN401 - any JSON
        text: bytes,
        headers: dict[str, str],
    ) -> tuple[int, bytes, dict[str, str]]:
        dice = self.dice
        self.clock.now_s += dice.choice([0, 0, 0.1, 5, 60])
        for _ in range(dice.choice([0, 0, 1, 3])):
            headers = {**headers, dice.choice(_HEADERS): dice.choice([*_HEADER_TEXTS, *NASTY_TEXTS])}
        match dice.randrange(9):
            case 0:
                was_sent, passes = dice.random() < 0.5, dice.random() < 0.7
                raise ManagementApiError("it broke", "Mend it.", nothing_was_written=not was_sent, is_transient=passes)
            case 1:
                return dice.choice(_STATUSES), text, headers
            case 2:
                broken = (text[: len(text) // 2], text + text, b"\xef\xbb\xbf" + text, dice.randbytes(50))
                return dice.choice(_STATUSES), dice.choice([*_BODIES, *broken]), headers
            case 3:
                error = {name: dice.choice(NASTY_TEXTS) for name in ("error", "message", "errorCode")}
                return dice.choice(_STATUSES), json.dumps(error).encode(), headers
        for _ in range(dice.choice([1, 1, 2, 5])):
            payload = self._altered(payload)
        return 200, json.dumps(payload).encode(), headers

    def _altered(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        """Return JSON with one part replaced, left out, added or there twice."""
        dice = self.dice
        if isinstance(value, dict) and value and dice.random() < 0.85:
            key = dice.choice(list(value))
            if dice.random() < 0.15:
                return {name: one for name, one in value.items() if name != key}
            if dice.random() < 0.1:
                return {**value, dice.choice(["next", "total", "start", "allow_all_scopes"]): self._anything()}
            return {**value, key: self._altered(value[key])}
        if isinstance(value, list) and value and dice.random() < 0.85:
            at = dice.randrange(len(value))
            kept = [*value[:at], *([self._altered(value[at])] if dice.random() < 0.8 else []), *value[at + 1 :]]
            return kept + [value[at]] * dice.choice([0, 0, 0, 1, 200])
        return self._anything()

    def _anything(self) -> Any:  # noqa: ANN401 - any JSON
        other: tuple[Any, ...] = (None, [], {}, [[]], {"a": []}, IDENTIFIER, "old")
        return self.dice.choice([self.dice.choice(NASTY_TEXTS), self.dice.choice(_NUMBERS), *other])
