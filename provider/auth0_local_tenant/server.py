"""`LocalTenant`: a tenant with its server, to be started and stopped by tests, demos and the command line."""

import contextlib
import json
import signal
import ssl
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from auth0_local_tenant.application import create_application
from auth0_local_tenant.control import reset
from auth0_local_tenant.faults import Fault
from auth0_local_tenant.gateway import Gateway
from auth0_local_tenant.journal import JournalEntry
from auth0_local_tenant.options import TenantOptions
from auth0_local_tenant.seed import SeedError, plant
from auth0_local_tenant.serving import Server
from auth0_local_tenant.store import Store
from auth0_local_tenant.tenant import Tenant


@dataclass(frozen=True, slots=True)
class _Running:
    """What exists between start and stop."""

    server: Server
    tenant: Tenant
    gateway: Gateway
    ca: Path | None
    rest: contextlib.ExitStack  # what is to be closed besides

    def stop(self) -> None:
        self.gateway.faults.clear()  # lets go what hangs
        self.server.stop()
        self.rest.close()


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
                running.stop()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
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
        return self._started().ca

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
        reset(running.tenant, running.gateway)

    def seed(self, seed: Mapping[str, object]) -> None:
        """Add what a seed describes.

        Raises:
            SeedError: if it has mistakes; then nothing is added.
        """
        plant(self._started().tenant, seed)

    def journal(self) -> list[JournalEntry]:
        """Return the requests since the last clearing, in order of arrival."""
        return self._started().gateway.journal.entries()

    def dump(self) -> dict[str, list[dict[str, object]]]:
        """Return everything that the tenant holds, in the form of a seed, secrets apart."""
        return self._started().tenant.dump()

    def clear_journal(self) -> None:
        """Forget the requests so far."""
        self._started().gateway.journal.clear()

    def add_fault(self, fault: Fault) -> None:
        """Do something to coming requests on purpose; see `Fault`."""
        self._started().gateway.faults.add(fault)

    def clear_faults(self) -> None:
        """Drop all faults and close what hangs."""
        self._started().gateway.faults.clear()

    def issue_client(self, scopes: Sequence[str]) -> tuple[str, str]:
        """Create an application that has only these permissions of the Management API; return id and secret."""
        return self._started().tenant.issue_client("limited application", list(scopes))

    def _started(self) -> _Running:
        if self._last is None:
            raise RuntimeError("the local tenant has not been started: call start() or use it in a with block")
        return self._last

    def _build(self) -> _Running:
        seed = _read_seed(self._seed)
        with contextlib.ExitStack() as undo:
            directory = self._tls_directory
            if self._tls and directory is None:
                directory = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="auth0-local-tenant-")))
            ca, context = _certificate(directory) if self._tls and directory else (None, None)
            server = Server(self._port, context)
            undo.callback(server.server_close)
            store = Store(self._data)
            undo.callback(store.close)
            scheme = "https" if self._tls else "http"
            with store.transaction():  # a seed with mistakes must leave a data file as fresh as it was
                fresh = store.get_meta("domain") is None
                tenant = Tenant(store, f"{scheme}://127.0.0.1:{server.port}", self._options)
                if fresh and seed is not None:
                    plant(tenant, seed)
            gateway = Gateway(tenant)
            gateway.app = create_application(tenant, gateway)
            server.app = gateway
            return _Running(server, tenant, gateway, ca, undo.pop_all())


def serve(
    port: int,
    seed: Path | None,
    data: Path | None,
    tls: bool,  # noqa: FBT001 - as the command line's flags
    ready: Callable[[Mapping[str, str]], None],
    *,
    options: Mapping[str, object] | None = None,
    faults: Sequence[object] = (),
) -> None:
    """Run a tenant until SIGINT or SIGTERM.

    To be called in the main thread, where signals arrive.

    Args:
        port: where to listen; 0 for a free port.
        seed: seed file, planted only if `data` is fresh.
        data: state file; None keeps the state in memory. Under `tls` the certificate is kept beside it.
        tls: serve HTTPS.
        ready: called once connections are accepted, with `domain`, `client_id`, `client_secret` and, under `tls`,
            `ca`.
        options: settings by name, as in a seed file; they are set after the seed's.
        faults: faults to start with, as `POST /_tenant/faults` takes them.

    Raises:
        SeedError: if the seed has mistakes.
        OptionsError: if an option is unknown or has a wrong value.
        FaultError: if a fault makes no sense.
        OSError: if the port is taken or the data file can't be opened.
    """
    stop = threading.Event()
    first = [Fault.from_json(fault) for fault in faults]
    TenantOptions().updated(options or {})  # before anything is started
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        directory = data.with_name(f"{data.name}.tls") if data is not None and tls else None
        with LocalTenant(port=port, data=data, seed=seed, tls=tls, tls_directory=directory) as tenant:
            tenant.options = tenant.options.updated(options or {})
            for fault in first:
                tenant.add_fault(fault)
            facts = {"domain": tenant.domain, "client_id": tenant.client_id, "client_secret": tenant.client_secret}
            ready(facts | ({"ca": str(tenant.ca)} if tenant.ca else {}))
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _certificate(directory: Path) -> tuple[Path, ssl.SSLContext]:
    # Only here: a tenant without TLS should not have to load the cryptography library.
    from auth0_local_tenant.tls import certificate, server_context

    ca, server = certificate(directory)
    return ca, server_context(server)


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
