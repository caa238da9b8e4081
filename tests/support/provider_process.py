"""A real provider process, spoken to over gRPC as the engine does, with a real engine address to log to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent import futures
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from pulumi_auth0_permissions.pulumi_adapter.provider import PermissionsProvider
from pulumi_auth0_permissions.pulumi_adapter.state import CONTEXT_INPUT, Context

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # how the engine writes a value that is not known yet
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::orders"
PROVIDER = serialize_provider(PermissionsProvider())
STARTED_WITHIN_S = 30


@dataclass(frozen=True)
class Message:
    """What the provider said to the user."""

    severity: str
    text: str
    urn: str
    ephemeral: bool


class _Engine(engine_pb2_grpc.EngineServicer):
    def __init__(self) -> None:
        self.messages: list[Message] = []

    def Log(self, request: engine_pb2.LogRequest, context: object) -> Any:  # noqa: ANN401, ARG002, N802 - gRPC's
        from google.protobuf import empty_pb2

        severity = engine_pb2.LogSeverity.Name(request.severity)
        self.messages.append(Message(severity, request.message, request.urn, request.ephemeral))
        return empty_pb2.Empty()


class ProviderProcess:
    """One provider process, as started for one phase (a preview, an update) of one run.

    Args:
        config: the stack's configuration.
        environ: more environment variables.
    """

    def __init__(self, config: Mapping[str, str], environ: Mapping[str, str] | None = None) -> None:
        self._config = dict(config)
        self._environ = dict(environ or {})
        self._engine = _Engine()

    def __enter__(self) -> Self:
        """Start the process and configure it."""
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        engine_pb2_grpc.add_EngineServicer_to_server(self._engine, self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        said = self._begin([sys.executable, "-u", "-m", "pulumi.dynamic", f"127.0.0.1:{port}"])
        self._channel = grpc.insecure_channel(f"127.0.0.1:{int(said)}")
        grpc.channel_ready_future(self._channel).result(timeout=STARTED_WITHIN_S)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._stub.Configure(provider_pb2.ConfigureRequest(args=_struct(self._config)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self._channel.close()
        self._end()
        self._server.stop(None)

    def _begin(self, command: list[str]) -> str:
        """Start the process and return the first line that it prints."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AUTH0_")}
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean | {"PULUMI_PROJECT": "shop"} | self._environ,
        )
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def _end(self) -> None:
        self.process.kill()
        self.process.communicate()

    @property
    def messages(self) -> list[Message]:
        """What the provider has said so far."""
        return self._engine.messages

    def said(self) -> str:
        """Return the texts of all messages."""
        return "\n".join(message.text for message in self.messages)

    def check(
        self,
        news: Mapping[str, object],
        olds: Mapping[str, object] | None = None,
        *,
        preview: bool = True,
        urn: str = URN,
        follows_resources: bool = False,
    ) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """Return the checked inputs, and the failures' reasons by property."""
        context = Context(urn, preview, follows_resources).to_input()
        answer = self._stub.Check(
            provider_pb2.CheckRequest(urn=urn, olds=_props(olds or {}), news=_props({**news, CONTEXT_INPUT: context}))
        )
        failures: dict[str, list[str]] = {}
        for failure in answer.failures:
            property_, _, reason = failure.reason.partition(": ")
            failures.setdefault(property_, []).append(reason)
        return _plain(answer.inputs), failures

    def diff(self, id_: str, olds: Mapping[str, object], news: Mapping[str, object]) -> tuple[bool, list[str]]:
        """Return whether there are changes, and the properties that call for a replacement."""
        answer = self._stub.Diff(provider_pb2.DiffRequest(id=id_, olds=_props(olds), news=_props(news)))
        return answer.changes == provider_pb2.DiffResponse.DIFF_SOME, list(answer.replaces)

    def create(self, props: Mapping[str, object]) -> tuple[str, dict[str, Any]]:
        """Return the id and the outputs."""
        answer = self._stub.Create(provider_pb2.CreateRequest(properties=_props(props)))
        return answer.id, _plain(answer.properties)

    def read(self, id_: str, props: Mapping[str, object]) -> tuple[str, dict[str, Any], dict[str, Any] | None]:
        """Return the id (blank for an API that is gone), the outputs, and the inputs unless they stay."""
        answer = self._stub.Read(provider_pb2.ReadRequest(id=id_, properties=_props(props)))
        inputs = _plain(answer.inputs) if answer.HasField("inputs") else None
        return answer.id, _plain(answer.properties), inputs

    def update(self, id_: str, olds: Mapping[str, object], news: Mapping[str, object]) -> dict[str, Any]:
        """Return the outputs."""
        return _plain(
            self._stub.Update(provider_pb2.UpdateRequest(id=id_, olds=_props(olds), news=_props(news))).properties
        )

    def delete(self, id_: str, props: Mapping[str, object]) -> None:
        """Delete the resource."""
        self._stub.Delete(provider_pb2.DeleteRequest(id=id_, properties=_props(props)))


def error_of(error: grpc.RpcError) -> str:
    """Return the text that the engine would show for a failed hook."""
    return str(error.details())


def _props(properties: Mapping[str, object]) -> struct_pb2.Struct:
    return _struct({**properties, "__provider": PROVIDER})


def _struct(values: Mapping[str, object]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(values), struct_pb2.Struct())


def _plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    return {name: value for name, value in json_format.MessageToDict(struct).items() if name != "__provider"}
