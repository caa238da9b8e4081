"""`LocalTenant`: a tenant with its server, to be started and stopped by tests, demos and the command line."""

import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from auth0_local_tenant.application import create_application
from auth0_local_tenant.gateway import Gateway
from auth0_local_tenant.journal import Journal, JournalEntry
from auth0_local_tenant.options import TenantOptions
from auth0_local_tenant.seed import SeedError, plant
from auth0_local_tenant.serving import Server
from auth0_local_tenant.store import Store
from auth0_local_tenant.tenant import Tenant

__all__ = ["LocalTenant"]


class _Running:
    """What exists between start and stop."""

    def __init__(self, server: Server, tenant: Tenant, journal: Journal, gateway: Gateway) -> None:
        self.server = server
        self.tenant = tenant
        self.journal = journal
        self.gateway = gateway


class LocalTenant:
    """A local Auth0 tenant on 127.0.0.1.

    Use it as a context manager, or call `start` and `stop`. Addresses and credentials can be read from `start` on.

    Args:
        port: where to listen; 0 for a free port.
        data: a SQLite file that keeps the state over restarts; None keeps it in memory.
        seed: what to start with, a JSON file or its content. With `data`, it is planted only in a fresh file.
        tls: serve HTTPS with a certificate of its own, made for the occasion.
        tls_directory: where to put the certificate; None for a temporary directory.
        options: settings; see `TenantOptions`.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        data: Path | None = None,
        seed: Path | Mapping[str, object] | None = None,
        tls: bool = False,
        tls_directory: Path | None = None,
        options: TenantOptions | None = None,
    ) -> None:
        self._port = port
        self._data = data
        self._seed = seed
        self._tls = tls
        self._tls_directory = tls_directory
        self._options = options or TenantOptions()
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._last: _Running | None = None

    def start(self) -> None:
        """Start; returns when connections are accepted.

        Raises:
            SeedError: if the seed has mistakes; nothing is left running.
            OSError: if the port is taken or the data file can't be opened.
        """
        with self._lock:
            if self._running is None:
                self._running = self._last = self._build()
                self._running.server.start()

    def stop(self) -> None:
        """Stop with all connections; does nothing if it is not running."""
        with self._lock:
            running, self._running = self._running, None
            if running is not None:
                running.server.stop()
                running.tenant.store.close()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def domain(self) -> str:
        """The tenant's URL, such as `http://127.0.0.1:8080`."""
        return self._started().tenant.domain

    @property
    def client_id(self) -> str:
        """Id of a machine-to-machine application with every permission of the Management API."""
        return self._started().tenant.client_id

    @property
    def client_secret(self) -> str:
        """Its secret."""
        return self._started().tenant.client_secret

    @property
    def ca(self) -> Path | None:
        """PEM certificate to trust; None without TLS."""
        self._started()
        return None

    @property
    def options(self) -> TenantOptions:
        """The settings in force; assign others to change them at once."""
        return self._started().tenant.options

    @options.setter
    def options(self, options: TenantOptions) -> None:
        self._started().tenant.options = options

    def reset(self) -> None:
        """Put the state back to a fresh tenant, without the seed; credentials stay, tokens and journal go."""
        running = self._started()
        running.tenant.reset()
        running.journal.clear()

    def seed(self, seed: Mapping[str, object]) -> None:
        """Add what a seed describes.

        Raises:
            SeedError: if it has mistakes; then nothing is added.
        """
        plant(self._started().tenant, seed)

    def journal(self) -> list[JournalEntry]:
        """Return the requests since the last clearing, in order of arrival."""
        return self._started().journal.entries()

    def clear_journal(self) -> None:
        """Forget the requests so far."""
        self._started().journal.clear()

    def issue_client(self, scopes: Sequence[str]) -> tuple[str, str]:
        """Create an application that has only these permissions of the Management API; return id and secret."""
        return self._started().tenant.issue_client("limited application", list(scopes))

    def _started(self) -> _Running:
        if self._last is None:
            raise RuntimeError("the local tenant has not been started: call start() or use it in a with block")
        return self._last

    def _build(self) -> _Running:
        seed = _read_seed(self._seed)
        server = Server(self._port, lambda _, __: [])
        try:
            store = Store(self._data)
            fresh = store.get_meta("domain") is None
            tenant = Tenant(store, f"http://127.0.0.1:{server.server_port}", self._options)
            if fresh and seed is not None:
                plant(tenant, seed)
        except BaseException:
            server.server_close()
            raise
        journal = Journal(lambda: tenant.options.clock)
        gateway = Gateway(tenant, journal, create_application(tenant))
        server.app = gateway
        return _Running(server, tenant, journal, gateway)


def _read_seed(seed: Path | Mapping[str, object] | None) -> Mapping[str, object] | None:
    if not isinstance(seed, Path):
        return seed
    try:
        content = json.loads(seed.read_text(encoding="utf-8"))
    except OSError as error:
        raise SeedError([f"{seed}: {error.strerror}"]) from error
    except ValueError as error:
        raise SeedError([f"{seed}: not JSON: {error}"]) from error
    if not isinstance(content, dict):
        raise SeedError([f"{seed}: expected an object"])
    return content
