"""A policy pack whose remediation changes the permissions that a program declares; the engine runs it as a real one.

Pulumi's own library for packs pins a protobuf that the SDK's newer one is not compatible with, so this serves the
engine's protocol itself.

It drops the permission that the environment names in POLICY_DROPS, and adds that of POLICY_ADDS.
"""

import os
import sys
from concurrent import futures

import grpc
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

POLICY = analyzer_pb2.PolicyInfo(name="swap", enforcementLevel=analyzer_pb2.REMEDIATE)


def _remediate(request: analyzer_pb2.AnalyzeRequest) -> analyzer_pb2.RemediateResponse:
    """Change each `ApiPermissions`."""
    if not request.type.endswith(":ApiPermissions"):
        return analyzer_pb2.RemediateResponse()
    found = analyzer_pb2.Remediation(
        policyName="swap", policyPackName="shop", policyPackVersion="1.0.0", properties=request.properties
    )
    permissions = found.properties.fields["permissions"].struct_value
    permissions.fields.pop(os.environ["POLICY_DROPS"], None)
    permissions.fields[os.environ["POLICY_ADDS"]].string_value = ""
    return analyzer_pb2.RemediateResponse(remediations=[found])


ANSWERS = {
    "GetPluginInfo": lambda _: plugin_pb2.PluginInfo(version="1.0.0"),
    "GetAnalyzerInfo": lambda _: analyzer_pb2.AnalyzerInfo(name="shop", version="1.0.0", policies=[POLICY]),
    "Analyze": lambda _: analyzer_pb2.AnalyzeResponse(),
    "AnalyzeStack": lambda _: analyzer_pb2.AnalyzeResponse(),
    "Remediate": _remediate,
}

if __name__ == "__main__":
    servicer = analyzer_pb2_grpc.AnalyzerServicer()
    for name, answer in ANSWERS.items():
        setattr(servicer, name, lambda request, _context, answer=answer: answer(request))
    server = grpc.server(futures.ThreadPoolExecutor())
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
