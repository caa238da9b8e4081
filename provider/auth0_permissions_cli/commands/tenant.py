"""``auth0-permissions tenant``: the local tenant as a process."""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from pathlib import Path

import click

from auth0_permissions_cli.failures import CommandFailed, ExitCode, missing_extra

__all__ = ["tenant"]

_FILE = click.Path(dir_okay=False, path_type=Path)


def _rate_limit(_context: click.Context, _parameter: click.Parameter, text: str | None) -> Mapping[str, object] | None:
    if text is None:
        return None
    burst, slash, per_second = text.partition("/")
    try:
        return {"burst": int(burst), "per_second": float(per_second) if slash else int(burst)}
    except ValueError:
        raise click.BadParameter(f"{text!r} must be two numbers, such as 10/2.") from None


def _faults(_context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> list[object]:
    try:
        return [json.loads(text) for text in texts]
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"not JSON: {error}.") from None


@click.command(short_help="Run a local stand-in for an Auth0 tenant.")
@click.option(
    "--port", metavar="P", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; a free one, if not given."
)
@click.option("--seed", metavar="FILE", type=_FILE, help="JSON file with the APIs, roles and grants to start with.")
@click.option("--data", metavar="FILE", type=_FILE, help="SQLite file that keeps the state over restarts.")
@click.option("--tls", is_flag=True, help="Serve HTTPS, with a certificate of its own.")
@click.option(
    "--rate-limit",
    metavar="N/S",
    callback=_rate_limit,
    help="At most N requests at once, refilled at S a second, such as 10/2; then 429 with x-ratelimit headers.",
)
@click.option("--latency-ms", metavar="MS", type=click.FloatRange(min=0), help="Time added to every answer.")
@click.option(
    "--fault",
    "faults",
    metavar="JSON",
    multiple=True,
    callback=_faults,
    help="Do something to coming requests; see above. May be given several times.",
)
def tenant(
    port: int,
    seed: Path | None,
    data: Path | None,
    *,
    tls: bool,
    rate_limit: Mapping[str, object] | None,
    latency_ms: float | None,
    faults: list[object],
) -> None:
    """Run a local stand-in for an Auth0 tenant, until Ctrl-C or SIGTERM.

    As soon as it accepts connections it prints one line of JSON: {"domain": …, "client_id": …, "client_secret": …},
    and with --tls "ca", the certificate to trust. A browser shows its APIs and requests at the domain's address.

    \b
    It answers, below /api/v2:
      /resource-servers[/ID]     list, create, read, change, delete, search
      /client-grants[/ID]        list, create, read, change, delete, search
      /clients[/ID]              list, create, read, change, delete
      /roles[/ID]                list, create, read, change, delete
      /roles/ID/permissions      list, add, remove
      /roles/ID/users            list, add, remove
      /users[/ID]                list, create, read, change, delete
      /users/ID/permissions      list, add, remove
      /users/ID/roles            list, add, remove
      /logs[/ID]                 list, read
      /tenants/settings          read
    and POST /oauth/token with client credentials. Other paths of the real
    API are answered with 501.

    \b
    Trust "ca" under --tls:
      curl                  --cacert CA
      Python requests       REQUESTS_CA_BUNDLE=CA
      Node.js               NODE_EXTRA_CA_CERTS=CA
      Go, Terraform, Ruby   SSL_CERT_FILE=CA
      PHP                   curl.cainfo=CA

    \b
    Faults, in JSON:
      {"action": "status", "method": "PATCH", "status": 503}
      {"action": "delay", "path": "/roles", "delay_s": 5, "times": null}
      {"action": "rival", "method": "PATCH", "rival_patch": {"scopes": []}}
    Other actions: drop_before, drop_after, rate_limit, expire_tokens, hang.

    Rate limit, latency, other options and faults can be changed while it runs, at /_tenant/options and
    /_tenant/faults, or in a browser at /settings.
    """  # noqa: D301 - \b is click's mark for lines that are not to be wrapped
    if sentence := missing_extra("tenant"):
        raise CommandFailed(sentence, ExitCode.MISSING_EXTRA)
    from auth0_local_tenant import FaultError, OptionsError, SeedError, serve

    options: dict[str, object] = {} if rate_limit is None else {"rate_limit": rate_limit}
    if latency_ms is not None:
        options["latency_ms"] = latency_ms
    try:
        serve(port, seed, data, tls, _print_ready, options=options, faults=faults)
    except (SeedError, OptionsError, FaultError) as error:
        raise CommandFailed(str(error)) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandFailed(
                f"port {port} on 127.0.0.1 is in use. Choose another one, or leave --port out for a free one."
            ) from None
        raise CommandFailed(f"the local tenant could not start: {error}. Look at --port and --data.") from None


def _print_ready(facts: Mapping[str, str]) -> None:
    click.echo(json.dumps(dict(facts)))  # flushes: whoever started it waits for this line
