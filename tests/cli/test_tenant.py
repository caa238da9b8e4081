"""``auth0-permissions tenant``."""

import json
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import PIPE

import pytest
import requests

from cli.support import COMMAND, ORDERS, SEED, Shell, bare_environment, run_command
from support.commands import TIMEOUT_S, local_tenant


def running(*arguments: str) -> AbstractContextManager[dict[str, str]]:
    """Give the facts that a tenant prints when it is ready; it is ended in the end."""
    return local_tenant([*COMMAND, "tenant", *arguments], cwd=Path.cwd(), environ=bare_environment())


def exported(facts: Mapping[str, str], folder: Path) -> str:
    """Return what `export` finds with no more than the printed line."""
    names = {"domain": "AUTH0_DOMAIN", "client_id": "AUTH0_CLIENT_ID", "client_secret": "AUTH0_CLIENT_SECRET"}
    environ = bare_environment() | {name: facts[key] for key, name in names.items()}
    if "ca" in facts:
        environ["REQUESTS_CA_BUNDLE"] = facts["ca"]
    run = run_command("export", ORDERS, cwd=folder, environ=environ)
    assert run.code == 0, run.err
    return run.out


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A seed file with the API Orders."""
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(SEED), encoding="utf-8")
    return path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_exit_code_0(number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM are how it is meant to end: no message, exit code 0, one line printed in all."""
    command = [*COMMAND, "tenant"]
    with subprocess.Popen(command, env=bare_environment(), stdout=PIPE, stderr=PIPE, text=True) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        process.send_signal(number)
        out, err = process.communicate(timeout=TIMEOUT_S)

    assert set(facts) == {"domain", "client_id", "client_secret"}
    assert (process.returncode, out, err) == (0, "", "")


def test_the_options_are_in_force_from_the_start(seed: Path, tmp_path: Path) -> None:
    """The printed line is enough to ask it, at --port; --fault takes what /_tenant/faults takes, a rival among them."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    rival = {"action": "rival", "method": "GET", "path": "/resource-servers/", "rival_patch": {"name": "Theirs"}}
    options = ("--port", str(port), "--seed", str(seed), "--fault", json.dumps(rival), "--latency-ms", "1")
    with running(*options) as facts:
        catalog = exported(facts, tmp_path)
        latency = requests.get(f"{facts['domain']}/_tenant/options", timeout=TIMEOUT_S).json()["latency_ms"]

    assert facts["domain"] == f"http://127.0.0.1:{port}"
    assert "\n  theirs:\n" in catalog
    assert latency == 1


def test_what_is_printed_is_enough_to_come_back_to_a_tenant_under_tls(seed: Path, tmp_path: Path) -> None:
    """With the same data file it has the same APIs and credentials; "ca" is the certificate that makes it trusted."""
    data = str(tmp_path / "tenant.db")
    with running("--tls", "--data", data, "--seed", str(seed)) as first:
        assert first["domain"].startswith("https://127.0.0.1:")
    with running("--tls", "--data", data) as second:
        assert "\n  orders:\n" in exported(second, tmp_path)

    assert second["client_secret"] == first["client_secret"]


def test_a_port_that_is_taken_is_one_sentence(shell: Shell) -> None:
    """A port in use is told, with the way out."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        run = shell.run("tenant", "--port", str(port))

    assert (run.code, run.out) == (1, "")
    assert "could not start: [Errno 98] Address already in use" in run.err
    assert "Omit --port for a free one" in run.err


@pytest.mark.parametrize(
    ("option", "text", "sentences"),
    [
        (
            "--seed",
            '{"rolls": [], "resource_servers": [{"name": "no identifier"}]}',
            ["rolls: no such part", "resource_servers[0]"],
        ),
        ("--data", "my letters\n" * 500, ["file: file is not a database"]),
    ],
)
def test_a_file_that_is_wrong_is_told(
    shell: Shell, tmp_path: Path, option: str, text: str, sentences: list[str]
) -> None:
    """Mistake by mistake, and it is left as it is."""
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")

    run = shell.run("tenant", option, str(path))

    assert run.code == 1
    assert [sentence for sentence in sentences if sentence not in run.err] == []
    assert path.read_text(encoding="utf-8") == text
