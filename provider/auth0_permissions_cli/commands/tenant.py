"""``auth0-permissions tenant``: the local tenant as a process."""

import json
from pathlib import Path

import click

from auth0_permissions_cli.failures import CommandFailed, ExitCode, missing_extra
from auth0_permissions_cli.output import FILE


@click.command(short_help="Run a local stand-in for an Auth0 tenant.")
@click.option(
    "--port", metavar="P", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; by default a free one."
)
@click.option("--seed", metavar="FILE", type=FILE, help="JSON file with the APIs, roles and grants to start with.")
@click.option("--data", metavar="FILE", type=FILE, help="SQLite file that keeps the state across restarts.")
@click.option("--tls", is_flag=True, help="Serve HTTPS with its own certificate.")
@click.option(
    "--rate-limit",
    metavar="N/S",
    help="Accept N requests at once and S more per second, such as 10/2; then answer 429 with x-ratelimit headers.",
)
@click.option("--latency-ms", metavar="MS", type=click.FloatRange(min=0), help="Delay of every answer.")
@click.option(
    "--fault",
    "faults",
    metavar="JSON",
    multiple=True,
    help="Inject a fault into coming requests; see above. Repeatable.",
)
def tenant(
    port: int,
    seed: Path | None,
    data: Path | None,
    *,
    tls: bool,
    rate_limit: str | None,
    latency_ms: float | None,
    faults: tuple[str, ...],
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

    options: dict[str, object] = {} if latency_ms is None else {"latency_ms": latency_ms}
    try:
        parsed = [json.loads(text) for text in faults]
        if rate_limit is not None:
            burst, _, per_second = rate_limit.partition("/")
            options["rate_limit"] = {"burst": int(burst), "per_second": float(per_second or burst)}
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"--fault takes JSON, and --rate-limit two numbers, such as 10/2: {error}.") from None
    try:
        # An echo flushes: whoever started it waits for this line.
        serve(port, seed, data, tls, lambda facts: click.echo(json.dumps(dict(facts))), options=options, faults=parsed)
    except (SeedError, OptionsError, FaultError) as error:
        raise CommandFailed(str(error)) from None
    except OSError as error:
        raise CommandFailed(
            f"the local tenant could not start: {error}. Omit --port for a free one; --data must be writable."
        ) from None
