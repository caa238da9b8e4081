"""What the command line says, promotions apart: stacks that cannot be read, files, wrong usage, the local tenant."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Mapping
from contextlib import redirect_stderr
from pathlib import Path
from unittest.mock import patch

import auth0_permissions_cli
from auth0_local_tenant import LocalTenant
from messages.commands import FakePulumi, Held, credentials, deployment, said_by_command
from messages.from_hooks import SEED
from messages.from_inputs import ORDERS, OURS, Producer

__all__ = ["PRODUCERS"]

_NO_STATE: object = {"resources": []}
_SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
_URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::orders"


def _stack(command: str, out: object = "", *, err: str = "", code: int = 0, asking: str = "matrix") -> Producer:
    """Ask for the stack dev, whose `pulumi` answers one command like that."""

    def produce(folder: Path) -> list[str]:
        pulumi = FakePulumi(folder)
        pulumi.holds("dev", deployment("dev", Held("orders", ORDERS, OURS)))
        pulumi.answers("dev", command, out, err=err, code=code)
        with pulumi.on_path():
            wanted = ["matrix", "dev"] if asking == "matrix" else [asking, "--stack", "dev"]
            wanted += ["--api", ORDERS] if asking == "holders" else []
            return [said_by_command(*wanted, "--cwd", folder, with_output=asking == "plan")]

    return produce


def _all(*producers: Producer) -> Producer:
    """Let each produce in a folder of its own."""

    def produce(folder: Path) -> list[str]:
        said = []
        for number, one in enumerate(producers):
            (folder / str(number)).mkdir()
            said += one(folder / str(number))
        return said

    return produce


def _without_pulumi(folder: Path) -> list[str]:
    return [said_by_command("matrix", "dev", environ={"PATH": str(folder)})]


def _no_such_stack(folder: Path) -> list[str]:
    with FakePulumi(folder).on_path():
        return [said_by_command("matrix", "prod", "--cwd", folder)]


def _no_program(folder: Path) -> list[str]:
    pulumi = FakePulumi(folder)
    pulumi.command.write_bytes(b"\x00")
    with pulumi.on_path():
        return [said_by_command("matrix", "dev", "--cwd", folder)]


def _step(op: str) -> object:
    outputs = {"identifier": ORDERS, "api_id": "65f0", "name": "Orders", "permissions": OURS}
    return {"steps": [{"op": op, "urn": _URN, "oldState": {"outputs": outputs}}]}


def _used(*arguments: str) -> Producer:
    return lambda _: [said_by_command(*arguments)]


def _missing_extras(_: Path) -> list[str]:
    """What the command says without the extra that it needs, and one of its commands without its own."""
    with patch("auth0_permissions_cli.extras.find_spec", return_value=None):
        with redirect_stderr(io.StringIO()) as heard:
            try:
                auth0_permissions_cli.main()
            except SystemExit:
                said = heard.getvalue()
        return [said, said_by_command("tenant")]


def _asking(*arguments: str, seed: Mapping[str, object] = SEED, scopes: tuple[str, ...] = ()) -> Producer:
    """Run a command on a tenant."""

    def produce(folder: Path) -> list[str]:
        with LocalTenant(seed=seed) as tenant:
            named = [text.replace("FOLDER", str(folder)).replace("DOMAIN", tenant.domain) for text in arguments]
            return [said_by_command(*named, environ=credentials(tenant, scopes))]

    return produce


def _exporting_over(file: str, content: str) -> Producer:
    """Export to a folder in which a file is there already."""

    def produce(folder: Path) -> list[str]:
        (folder / file).write_text(content, encoding="utf-8")
        return _asking("export", "--api", ORDERS, "--output", "FOLDER/permissions.yaml")(folder)

    return produce


def _report_not_written(folder: Path) -> list[str]:
    pulumi = FakePulumi(folder)
    pulumi.holds("dev", deployment("dev"))
    with pulumi.on_path():
        return [said_by_command("matrix", "dev", "--cwd", folder, "--output", folder / "none" / "matrix.md")]


_ODD = {"resource_servers": [{"identifier": ORDERS, "scopes": [{"value": "read\x07", "description": "Read\norders"}]}]}

_OF_STACKS: Mapping[str, Producer] = {
    "pulumi-not-found": _without_pulumi,
    "no-such-stack": _no_such_stack,
    "stack-secrets": _stack("config", err="error: incorrect passphrase\n", code=255, asking="holders"),
    "stack-locked": _stack("stack", err="error: the stack is currently locked by 1 lock(s)\n", code=255),
    "stack-unreadable": _all(
        _stack("stack", err="error: no Pulumi.yaml project file found (searching upwards)\n", code=255),
        _stack("stack", code=1),
    ),
    "stack-command-failed": _no_program,
    "stack-holds-nothing": _stack("stack", {"deployment": _NO_STATE}),
    "stack-export-no-json": _stack("stack", "Good morning!\n"),
    "stack-config-no-json": _stack("config", "Good morning!\n", asking="holders"),
    "stack-state-unknown": _stack("stack", {"deployment": deployment("dev", Held("orders", ORDERS, None))}),
    "stack-permissions-secret": _stack("stack", {"deployment": deployment("dev", Held("orders", ORDERS, _SECRET))}),
    "plan-no-json": _all(_stack("preview", "Good morning!\n", asking="plan"), _stack("preview", "[]", asking="plan")),
    "plan-left-no-plan": _stack("preview", _step("update"), asking="plan"),
    "plan-failed-silently": _stack("preview", "{}", code=1, asking="plan"),
    "departure-by-state": _stack("preview", _step("delete"), asking="plan"),
}

_OF_USAGE: Mapping[str, Producer] = {
    "cwd-without-stack": _used("holders", "--api", ORDERS, "--cwd", "."),
    "export-what": _used("export"),
    "matrix-no-stacks": _used("matrix"),
    "matrix-stack-twice": _used("matrix", "dev", "dev"),
    "extra-missing": _missing_extras,
    "holders-incomplete": _asking("holders", "--api", ORDERS, scopes=("read:resource_servers",)),
    "export-nothing": _asking("export", "--api", "https://order.example.com", "--api", "DOMAIN/api/v2/"),
    "export-left-out": _asking("export", "--all"),
    "export-empty": _asking("export", "--all", seed={}),
    "export-not-declarable": _asking("export", "--api", ORDERS, seed=_ODD),
    "file-exists": _exporting_over("permissions.yaml", "apis: {}\n"),
    "file-not-written": _all(
        _asking("export", "--api", ORDERS, "--output", "FOLDER/none/permissions.yaml"), _report_not_written
    ),
    "schema-is-another-file": _exporting_over("permissions.schema.json", "{}"),
}


def _busy_port(_: Path) -> list[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return [said_by_command("tenant", "--port", str(server.getsockname()[1]))]


def _no_data_file(folder: Path) -> list[str]:
    (folder / "tenant.db").write_text("no database " * 100, encoding="ascii")
    return [said_by_command("tenant", "--data", folder / "tenant.db")]


def _seeded(*seeds: object) -> Producer:
    """Start the tenant with seeds, one after the other; a text is written as it is."""

    def produce(folder: Path) -> list[str]:
        file, said = folder / "seed.json", []
        for seed in seeds:
            file.write_text(seed if isinstance(seed, str) else json.dumps(seed), encoding="utf-8")
            said.append(said_by_command("tenant", "--seed", file))
        return said

    return produce


_OF_THE_TENANT: Mapping[str, Producer] = {
    "tenant-port-in-use": _busy_port,
    "tenant-not-started": _no_data_file,
    "seed-mistakes": _seeded({"resource_servers": [{"name": "Orders"}], "roles": [{"name": ""}]}),
    "seed-no-json": _seeded('{"roles": ['),
    "seed-no-object": _seeded([]),
    "seed-part-unknown": _seeded({"apis": []}),
    "seed-part-no-list": _seeded({"roles": {}}),
    "seed-options-no-object": _seeded({"options": []}, {"options": {"color": "red"}}),
    "seed-option-unknown": _seeded({"options": {"color": "red"}}),
    "seed-option-type": _seeded(
        {"options": {"rate_limit_headers": 1, "latency_ms": -1, "token_lifetime_s": 1.5, "rate_limit": 3}}
    ),
    "seed-option-rate": _seeded({"options": {"rate_limit": {"per_second": 0, "burst": 0}}}),
}

PRODUCERS: Mapping[str, Producer] = {**_OF_STACKS, **_OF_USAGE, **_OF_THE_TENANT}
