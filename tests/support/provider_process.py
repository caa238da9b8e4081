"""A real provider process, spoken to over gRPC as the engine does, with a real engine address to log to."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from pulumi_auth0_permissions.pulumi_adapter.context import CONTEXT_INPUT, Context
from pulumi_auth0_permissions.pulumi_adapter.provider import PermissionsProvider

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # how the engine writes a value that is not known yet
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::orders"
PROVIDER = serialize_provider(PermissionsProvider())
STARTED_WITHIN_S = 30

Values = Mapping[str, object]


class _Engine(engine_pb2_grpc.EngineServicer):
    def __init__(self) -> None:
        self.messages: list[engine_pb2.LogRequest] = []

    def Log(self, request: engine_pb2.LogRequest, context: object) -> Any:  # noqa: ANN401, ARG002, N802 - gRPC's
        self.messages.append(request)
        return empty_pb2.Empty()


class ProviderProcess:
    """One provider process, as started for one phase (a preview, an update) of one run.

    Attributes:
        messages: what it has said to the user so far.
    """

    def __init__(self, channel: grpc.Channel, messages: list[engine_pb2.LogRequest]) -> None:
        self.messages = messages
        self._stub = provider_pb2_grpc.ResourceProviderStub(channel)

    @classmethod
    @contextmanager
    def started(cls, config: Mapping[str, str], environ: Mapping[str, str]) -> Iterator["ProviderProcess"]:
        """Start a process with the stack's configuration and more environment variables, and end it."""
        engine = _Engine()
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        command = [sys.executable, "-u", "-m", "pulumi.dynamic", f"127.0.0.1:{port}"]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AUTH0_")}
        env = {**clean, "PULUMI_PROJECT": "shop", **environ}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
        try:
            assert process.stdout is not None
            with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
                grpc.channel_ready_future(channel).result(timeout=STARTED_WITHIN_S)
                provider = cls(channel, engine.messages)
                provider._stub.Configure(provider_pb2.ConfigureRequest(args=_struct(config)))
                yield provider
        finally:
            process.kill()
            process.communicate()
            server.stop(None)

    def check(self, news: Values, *, preview: bool = True) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """Return the checked inputs, and the failures' reasons by property."""
        context = Context(URN, preview, follows_resources=False).to_input()
        sent = _props({**news, CONTEXT_INPUT: context})
        answer = self._stub.Check(provider_pb2.CheckRequest(urn=URN, olds=_props({}), news=sent))
        failures: dict[str, list[str]] = {}
        for failure in answer.failures:
            property_, _, reason = failure.reason.partition(": ")
            failures.setdefault(property_, []).append(reason)
        return _plain(answer.inputs), failures

    def create(self, props: Values) -> tuple[str, dict[str, Any]]:
        """Return the id and the outputs."""
        answer = self._stub.Create(provider_pb2.CreateRequest(properties=_props(props)))
        return answer.id, _plain(answer.properties)

    def read(self, id_: str, props: Values) -> tuple[str, dict[str, Any], dict[str, Any] | None]:
        """Return the id (blank for an API that is gone), the outputs, and the inputs unless they stay."""
        answer = self._stub.Read(provider_pb2.ReadRequest(id=id_, properties=_props(props)))
        inputs = _plain(answer.inputs) if answer.HasField("inputs") else None
        return answer.id, _plain(answer.properties), inputs


def _props(properties: Values) -> struct_pb2.Struct:
    return _struct({**properties, "__provider": PROVIDER})


def _struct(values: Values) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(values), struct_pb2.Struct())


def _plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    return {name: value for name, value in json_format.MessageToDict(struct).items() if name != "__provider"}
