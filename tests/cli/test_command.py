"""The command as a whole: help, version, extras, exit codes, colour, pipes."""

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
        ("export --all urn:x", "Name the APIs to export, or use --all."),
        ("export --all --cwd .", "--cwd works only with a stack: name it with --stack."),
        ("matrix dev dev", "Named twice: dev."),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(shell: Shell, typed: str, sentence: str) -> None:
    """An unknown command, a missing or wrong value, and what does not go together are wrong usage."""
    run = shell.run(*typed.split())

    assert (run.code, run.out) == (2, "")
    assert sentence in run.err


@pytest.mark.parametrize(
    ("absent", "command", "code", "install"),
    [
        (
            "click",
            "--version",
            3,
            "not installed: click. Install them with: pip install 'pulumi-auth0-permissions[cli]'",
        ),
        ("flask", "tenant", 3, "pip install 'pulumi-auth0-permissions[tenant]'"),
        ("flask", "schema", 0, ""),
    ],
)
def test_a_missing_extra_is_told_where_it_is_needed(absent: str, command: str, code: int, install: str) -> None:
    """One sentence on what to install, and exit code 3; what does not need it works."""
    program = (
        f"import sys; sys.modules[{absent!r}] = None; sys.argv[0] = 'auth0-permissions'; "
        "from auth0_permissions_cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program, command], capture_output=True, text=True, check=False)

    assert (done.returncode, bool(done.stdout)) == (code, code == 0)
    assert install in done.stderr
    assert done.stderr.count("\n") == bool(install)


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
