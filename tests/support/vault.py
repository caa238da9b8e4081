"""A stand-in for HashiCorp Vault, which decrypts the keys of the tests' stacks.

From a passphrase, the CLI derives a stack's key anew in every command, by a million rounds of PBKDF2: a seventh of the
CPU time that a preview takes in the tests. From Vault it gets the key by one request. The stand-in protects nothing;
what the key encrypts is encrypted as with any other provider.
"""

import json
import threading
from base64 import b64encode
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRETS_PROVIDER = "hashivault://tests"
SECRETS_OF_A_STACK = {"secretsprovider": SECRETS_PROVIDER, "encryptedkey": b64encode(b64encode(bytes(32))).decode()}
"""What `pulumi stack init` writes into the file of a stack with this provider."""


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
