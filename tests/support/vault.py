"""A stand-in for HashiCorp Vault, which the stacks of tests keep their key in.

From a passphrase the CLI derives the key anew in every command, by a million rounds: a seventh of the time of a command
in the tests. With Vault it asks for the key to be decrypted, here by whom nothing is kept secret from. What the key
encrypts is encrypted as ever.
"""

from __future__ import annotations

import json
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRETS_PROVIDER = "hashivault://tests"


class _Transit(BaseHTTPRequestHandler):
    """Vault's transit engine, as far as the CLI uses it: to encrypt and decrypt gives back what was sent."""

    def do_PUT(self) -> None:
        """Answer `transit/encrypt/tests` and `transit/decrypt/tests`."""
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        data = {"ciphertext": sent.get("plaintext"), "plaintext": sent.get("ciphertext")}
        body = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@cache
def vault_environ() -> dict[str, str]:
    """Return what makes the CLI find the stand-in, which runs for as long as this process does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Transit)
    threading.Thread(target=server.serve_forever, name="vault", daemon=True).start()
    return {"VAULT_SERVER_URL": f"http://127.0.0.1:{server.server_port}", "VAULT_SERVER_TOKEN": "of the tests"}
