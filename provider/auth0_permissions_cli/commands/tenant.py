"""``auth0-permissions tenant``: the local tenant as a process."""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from pathlib import Path

import click

from auth0_permissions_cli.exit_codes import ExitCode
from auth0_permissions_cli.extras import missing_extra
from auth0_permissions_cli.failures import CommandFailed

__all__ = ["tenant"]

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(short_help="Run a local stand-in for an Auth0 tenant.")
@click.option(
    "--port", metavar="P", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; a free one, if not given."
)
@click.option("--seed", metavar="FILE", type=_FILE, help="JSON file with the APIs, roles and grants to start with.")
@click.option("--data", metavar="FILE", type=_FILE, help="SQLite file that keeps the state over restarts.")
@click.option("--tls", is_flag=True, help="Serve HTTPS, with a certificate of its own.")
def tenant(port: int, seed: Path | None, data: Path | None, *, tls: bool) -> None:
    """Run a local stand-in for an Auth0 tenant, until Ctrl-C or SIGTERM.

    As soon as it accepts connections it prints one line of JSON: {"domain": …, "client_id": …, "client_secret": …},
    and with --tls "ca", the certificate to trust. A browser shows its APIs and requests at the domain's address.
    """
    if sentence := missing_extra("tenant"):
        raise CommandFailed(sentence, ExitCode.MISSING_EXTRA)
    from auth0_local_tenant import SeedError, serve

    try:
        serve(port, seed, data, tls, _print_ready)
    except SeedError as error:
        raise CommandFailed(str(error)) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandFailed(
                f"port {port} on 127.0.0.1 is in use. Choose another one, or leave --port out for a free one."
            ) from None
        raise CommandFailed(f"the local tenant could not start: {error}. Look at --port and --data.") from None


def _print_ready(facts: Mapping[str, str]) -> None:
    click.echo(json.dumps(dict(facts)))  # flushes: whoever started it waits for this line
