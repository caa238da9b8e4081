"""Run local tenants for the root project, one per stage, until Ctrl-C; print the commands for another terminal."""

import re
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from auth0_local_tenant import LocalTenant

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "examples" / "promotion" / "tenants"
STAGES = ("dev", "staging", "prod")
SECRET = "local-secret"  # noqa: S105 - of the made-up tenants, as their seeds have it
_DOMAIN = re.compile(r"^ *auth0:domain: http://127\.0\.0\.1:(\d+)$", re.MULTILINE)


def main() -> int:
    """Run the tenants and return the exit code."""
    with ExitStack() as running:
        for stage in STAGES:
            try:
                port = port_of(stage)
                tenant = running.enter_context(LocalTenant(port=port, seed=SEEDS / f"{stage}.json"))
            except (OSError, ValueError) as error:
                print(f"the local tenant of {stage} cannot start: {error}", file=sys.stderr)
                return 1
            print(f"{stage}: {tenant.domain}/")
        print(instructions(), flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return 0


def port_of(stage: str) -> int:
    """Return the port that a stack's configuration file expects its tenant on.

    Raises:
        ValueError: the file no longer names a local tenant.
    """
    name = f"Pulumi.{stage}.yaml"
    found = _DOMAIN.search((ROOT / name).read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{name} does not name a tenant on 127.0.0.1")
    return int(found[1])


def instructions() -> str:
    """Return the commands that run the root project against the tenants."""
    settings = {
        "PATH": f"{Path(sys.executable).parent}:{ROOT / '.tools' / 'bin'}:$PATH",
        "PULUMI_BACKEND_URL": f"file://{ROOT / '.pulumi-state'}",
        "PULUMI_CONFIG_PASSPHRASE": "dev",
        "AUTH0_CLIENT_SECRET": SECRET,
    }
    exports = "\n".join(f'export {name}="{value}"' for name, value in settings.items())
    stacks = "\n".join(f"pulumi stack init {stage}" for stage in STAGES)
    return (
        "Three local tenants are running; their pages are at these addresses.\n"
        f"In another terminal, in this folder:\n\n{exports}\nmkdir -p .pulumi-state\n{stacks}\n\n"
        "pulumi up --stack dev\n"
        "auth0-permissions promote dev staging\n"
        "auth0-permissions promote staging prod\n\n"
        "`pulumi stack init` records in each stack's file how its secrets are encrypted. "
        "Ctrl-C stops the tenants and discards their state."
    )


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})  # for sigwait, in every thread
    sys.exit(main())
