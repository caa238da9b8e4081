"""The command as a whole: help, version, extras, exit codes, colour, pipes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import version

import pytest

from auth0_local_tenant import Fault, LocalTenant
from auth0_permissions_cli.failures import ExitCode
from cli.support import COMMAND, ORDERS, Shell
from support.commands import TIMEOUT_S


def without_packages(*packages: str) -> tuple[str, ...]:
    """Return a command in which packages are not to be found, as where an extra was not installed."""
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({packages!r})); sys.argv[0] = 'auth0-permissions'; "
        "from auth0_permissions_cli import main; main()"
    )
    return (sys.executable, "-c", code)


def test_the_version_is_the_distributions(shell: Shell) -> None:
    """--version tells the version of the installed distribution."""
    assert shell.run("--version").out == f"auth0-permissions {version('pulumi-auth0-permissions')}\n"


def test_every_command_has_help_that_fits_80_columns(shell: Shell) -> None:
    """The help of the whole names every exit code; that of each command stays in bounds and asks no tenant."""
    whole = shell.run("--help", AUTH0_DOMAIN="").out
    commands = re.findall(r"^  ([a-z]+)  ", whole.partition("Commands:")[2], re.MULTILINE)

    assert all(f"\n    {code.value} " in whole for code in ExitCode)
    assert {"tenant", "holders", "export", "matrix", "plan", "schema", "promote"} == set(commands)
    for command in commands:
        run = shell.run(command, "--help", AUTH0_DOMAIN="")
        assert run.code == 0
        assert max(map(len, run.out.split("\n"))) <= 80


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("nope", "Error: "),
        ("tenant --port x", "Error: "),
        ("export --all urn:x", "Name the APIs to export, or take all of them with --all."),
        ("export --all --cwd .", "--cwd is of use with a stack only: name it with --stack."),
        ("matrix dev dev", "Named twice: dev."),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(shell: Shell, typed: str, sentence: str) -> None:
    """An unknown command, a missing or wrong value, and what does not go together are wrong usage."""
    run = shell.run(*typed.split())

    assert (run.code, run.out) == (2, "")
    assert sentence in run.err


def test_without_the_cli_extra_it_says_what_to_install() -> None:
    """Where click and rich are not installed, any command is one sentence and exit code 3."""
    done = subprocess.run(
        [*without_packages("click", "rich"), "--version"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "Error: not installed: click, rich. Install them with: pip install 'pulumi-auth0-permissions[cli]'\n"
    )


@pytest.mark.parametrize(("command", "code"), [("tenant", 3), ("schema", 0)])
def test_without_the_tenant_extra_only_the_tenant_says_what_to_install(command: str, code: int) -> None:
    """Where flask is not installed, `tenant` is one sentence and exit code 3; what needs it not, works."""
    done = subprocess.run([*without_packages("flask"), command], capture_output=True, text=True, check=False)

    assert done.returncode == code
    assert ("pip install 'pulumi-auth0-permissions[tenant]'" in done.stderr) is (code == 3)


def test_whoever_stops_reading_causes_no_traceback() -> None:
    """A pipe that is closed early, by `head` for instance, ends the command without a word."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, "schema"], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)

    assert (done.returncode, done.stderr) == (ExitCode.FAILED, b"")


def test_ctrl_c_is_one_word_and_the_shells_exit_code(shell: Shell, tenant: LocalTenant) -> None:
    """Interrupted while the tenant keeps it waiting, the command says so and exits with 130."""
    tenant.add_fault(Fault("hang", path="/oauth/token"))
    process = subprocess.Popen(
        [*COMMAND, "holders", "--api", ORDERS],
        env=shell.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any(entry.path == "/oauth/token" for entry in tenant.journal()) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=TIMEOUT_S)

    assert (process.returncode, out, err.strip()) == (130, "", "Interrupted.")
