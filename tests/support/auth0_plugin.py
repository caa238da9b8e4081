"""A stand-in for the official provider's plugin: APIs, roles, roles' and users' permissions, and client grants.

Its requests are those that the recordings of the Terraform provider show, which the official provider is made from:
an update takes away what left the list and gives what came, and a grant is sent its whole new list.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from concurrent import futures
from typing import Any
from urllib.parse import quote

import grpc
import requests
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # how the engine writes a value that is not known yet
TIMEOUT_S = 10

Properties = dict[str, Any]

cancelled = threading.Event()


class _Auth0(provider_pb2_grpc.ResourceProviderServicer):
    """Takes any configuration; works for the tenant and the client of the environment."""

    def GetPluginInfo(self, _request: empty_pb2.Empty, _context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:  # noqa: N802
        return plugin_pb2.PluginInfo(version="3.0.0")

    def CheckConfig(  # noqa: N802
        self, request: provider_pb2.CheckRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(  # noqa: N802
        self, _request: provider_pb2.DiffRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        return provider_pb2.DiffResponse()

    def Configure(  # noqa: N802
        self, _request: provider_pb2.ConfigureRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        return provider_pb2.ConfigureResponse()

    def Check(  # noqa: N802
        self, request: provider_pb2.CheckRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(  # noqa: N802
        self, request: provider_pb2.DiffRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        olds, news = _read(request.old_inputs), _read(request.news)
        changed = [name for name in news if news[name] != olds.get(name)]
        replaces = [name for name in changed if name not in ("permissions", "scopes")]
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=some, diffs=changed, replaces=replaces)

    def Create(  # noqa: N802
        self, request: provider_pb2.CreateRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        news = _read(request.properties)
        id_ = "" if request.preview else _write(request.urn, "", {}, news)
        return provider_pb2.CreateResponse(id=id_, properties=request.properties)

    def Update(  # noqa: N802
        self, request: provider_pb2.UpdateRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        if not request.preview:
            _write(request.urn, request.id, _read(request.old_inputs), _read(request.news))
        return provider_pb2.UpdateResponse(properties=request.news)

    def Delete(self, request: provider_pb2.DeleteRequest, _context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        _write(request.urn, request.id, _read(request.properties), {})
        return empty_pb2.Empty()

    def Cancel(self, _request: empty_pb2.Empty, _context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        # The engine calls this before it ends the process; interrupted without it, a plugin counts as crashed.
        cancelled.set()
        return empty_pb2.Empty()


def _read(properties: struct_pb2.Struct) -> Properties:
    found: Properties = json_format.MessageToDict(properties)
    return found


def _write(urn: str, id_: str, olds: Properties, news: Properties) -> str:
    """Bring the tenant from the old inputs to the new ones, and return the resource's id."""
    assert UNKNOWN not in str(news)
    both = olds | news
    for kind, path in ((":ResourceServer::", "resource-servers"), (":Role::", "roles")):
        if kind in urn:
            return _write_itself(path, id_, news)
    if ":ClientGrant::" in urn:
        return _write_grant(id_, news)
    if ":RolePermissions::" in urn:
        _write_held(f"roles/{both['roleId']}", _held(olds.get("permissions", [])), _held(news.get("permissions", [])))
        return str(both["roleId"])
    one = [{"name": both["permission"], "resourceServerIdentifier": both["resourceServerIdentifier"]}]
    _write_held(f"users/{quote(both['userId'])}", _held(one if olds else []), _held(one if news else []))
    return f"{both['userId']}::{one[0]['resourceServerIdentifier']}::{one[0]['name']}"


def _write_itself(path: str, id_: str, news: Properties) -> str:
    """Make what is only made and deleted here."""
    if not news:
        _send("DELETE", f"{path}/{id_}")
    return id_ or str(_send("POST", path, news)["id"])


def _write_grant(id_: str, news: Properties) -> str:
    if not news:
        _send("DELETE", f"client-grants/{id_}")
    elif id_:
        _send("PATCH", f"client-grants/{id_}", {"scope": news["scopes"]})
    else:
        body = {"client_id": news["clientId"], "audience": news["audience"], "scope": news["scopes"]}
        id_ = str(_send("POST", "client-grants", body)["id"])
    return id_


def _held(permissions: list[Properties]) -> list[Properties]:
    return [
        {"resource_server_identifier": one["resourceServerIdentifier"], "permission_name": one["name"]}
        for one in permissions
    ]


def _write_held(holder: str, olds: list[Properties], news: list[Properties]) -> None:
    if gone := [one for one in olds if one not in news]:
        _send("DELETE", f"{holder}/permissions", {"permissions": gone})
    if come := [one for one in news if one not in olds]:
        _send("POST", f"{holder}/permissions", {"permissions": come})


def _send(method: str, path: str, body: Mapping[str, object] | None = None) -> Properties:
    tenant = os.environ["AUTH0_DOMAIN"]
    client = {"client_id": os.environ["AUTH0_CLIENT_ID"], "client_secret": os.environ["AUTH0_CLIENT_SECRET"]}
    token = requests.post(
        f"{tenant}/oauth/token",
        json={"grant_type": "client_credentials", "audience": f"{tenant}/api/v2/", **client},
        timeout=TIMEOUT_S,
    ).json()["access_token"]
    answer = requests.request(
        method,
        f"{tenant}/api/v2/{path}",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT_S,
    )
    assert answer.ok, answer.text
    found: Properties = answer.json() if answer.content else {}
    return found


def main() -> None:
    """Serve until the engine ends this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = grpc.server(futures.ThreadPoolExecutor())
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Auth0(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    cancelled.wait()
    server.stop(grace=1).wait()


if __name__ == "__main__":
    main()
