"""A policy pack whose remediation changes the permissions that a program declares; the engine runs it as a real one.

Pulumi's own library for packs pins a protobuf that the SDK's newer one is not compatible with, so this serves the
engine's protocol itself.

It drops the permission that the environment names in POLICY_DROPS, and adds that of POLICY_ADDS.
"""

from __future__ import annotations

import os
import sys
from concurrent import futures

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

PACK = {"policyPackName": "shop", "policyPackVersion": "1.0.0"}


class _Pack(analyzer_pb2_grpc.AnalyzerServicer):
    """Changes each `ApiPermissions`, and has no other opinion."""

    def GetPluginInfo(self, _request: empty_pb2.Empty, _context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:  # noqa: N802
        return plugin_pb2.PluginInfo(version="1.0.0")

    def GetAnalyzerInfo(self, _request: empty_pb2.Empty, _context: grpc.ServicerContext) -> analyzer_pb2.AnalyzerInfo:  # noqa: N802
        policy = analyzer_pb2.PolicyInfo(name="swap", enforcementLevel=analyzer_pb2.REMEDIATE)
        return analyzer_pb2.AnalyzerInfo(name="shop", version="1.0.0", policies=[policy])

    def Analyze(  # noqa: N802
        self, _request: analyzer_pb2.AnalyzeRequest, _context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        return analyzer_pb2.AnalyzeResponse()

    def AnalyzeStack(  # noqa: N802
        self, _request: analyzer_pb2.AnalyzeStackRequest, _context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        return analyzer_pb2.AnalyzeResponse()

    def Remediate(  # noqa: N802
        self, request: analyzer_pb2.AnalyzeRequest, _context: grpc.ServicerContext
    ) -> analyzer_pb2.RemediateResponse:
        if not request.type.endswith(":ApiPermissions"):
            return analyzer_pb2.RemediateResponse()
        found = analyzer_pb2.Remediation(policyName="swap", properties=request.properties, **PACK)
        permissions = found.properties.fields["permissions"].struct_value
        permissions.fields.pop(os.environ["POLICY_DROPS"], None)
        permissions.fields[os.environ["POLICY_ADDS"]].string_value = ""
        return analyzer_pb2.RemediateResponse(remediations=[found])


def main() -> None:
    """Serve until the engine ends this process."""
    server = grpc.server(futures.ThreadPoolExecutor())
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(_Pack(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
