"""A local tenant for the quickstart: runs until Ctrl-C and prints what to type in another terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from auth0_local_tenant import serve

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def main() -> int:
    """Serve; return the exit code."""
    try:
        serve(0, HERE / "tenant.json", None, tls=False, ready=lambda facts: print(instructions(facts), flush=True))
    except OSError as error:
        print(f"the local tenant cannot start: {error}", file=sys.stderr)
        return 1
    return 0


def instructions(facts: Mapping[str, str]) -> str:
    """Return the commands that run the root project against the tenant."""
    settings = {
        "PATH": f"{Path(sys.executable).parent}:{ROOT / '.tools' / 'bin'}:$PATH",
        "PULUMI_BACKEND_URL": f"file://{ROOT / '.pulumi-state'}",
        "PULUMI_CONFIG_PASSPHRASE": "dev",
        "AUTH0_DOMAIN": facts["domain"],
        "AUTH0_CLIENT_ID": facts["client_id"],
        "AUTH0_CLIENT_SECRET": facts["client_secret"],
    }
    exports = "\n".join(f'export {name}="{value}"' for name, value in settings.items())
    return (
        f"A local tenant with an API Orders is running; its page is {facts['domain']}/\n"
        f"In another terminal, in this folder:\n\n{exports}\nmkdir -p .pulumi-state\n"
        "pulumi stack select --create dev\npulumi up\n\nCtrl-C ends the tenant and forgets its state."
    )


if __name__ == "__main__":
    sys.exit(main())
