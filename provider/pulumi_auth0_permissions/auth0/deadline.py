"""A deadline for one exchange on the wire, that holds whatever the other side does.

The time-outs of a socket start anew with each byte, so that headers or bodies that trickle would never meet them.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

__all__ = ["Cutter", "DeadlineAdapter"]

SLOW_S = 10.0  # after which somebody who watches wonders what is going on

_cutter: ContextVar[Cutter | None] = ContextVar("cutter", default=None)


class Cutter:
    """Shuts the connection of one exchange down when its time is over, from a thread of its own.

    Args:
        seconds: from entering the context.
        on_slow: called once when the exchange takes noticeably long.
    """

    def __init__(self, seconds: float, on_slow: Callable[[], None]) -> None:
        self._seconds = seconds
        self._on_slow = on_slow
        self._over = threading.Event()
        self._guard = threading.Lock()
        self._connection: _Watched | None = None
        self.cut = False

    def __enter__(self) -> Self:
        """Start the clock."""
        self._token = _cutter.set(self)
        threading.Thread(target=self._watch_the_clock, name="deadline", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the clock."""
        self._over.set()
        _cutter.reset(self._token)
        with self._guard:
            self._connection = None

    def watch(self, connection: _Watched) -> None:
        """Make the connection the one to shut down; at once, if the time is over."""
        with self._guard:
            self._connection = connection
            if self.cut:
                connection.shut_down()

    def _watch_the_clock(self) -> None:
        quiet_s = min(SLOW_S, self._seconds)
        if self._over.wait(quiet_s):
            return
        if quiet_s < self._seconds:
            self._on_slow()
            if self._over.wait(self._seconds - quiet_s):
                return
        with self._guard:
            self.cut = True
            if self._connection is not None:
                self._connection.shut_down()


class _Watched(HTTPConnection):
    """A connection that the exchange's `Cutter` can shut down at any moment, also while it is being set up."""

    _setting_up: socket.socket | None = None
    _connected: socket.socket | None = None  # `sock` is gone while an answer is read that only ends with the connection

    def _new_conn(self) -> socket.socket:
        opened: socket.socket = super()._new_conn()
        # The TLS handshake takes the socket's descriptor away; this one stays with us.
        self._setting_up = opened.dup()
        self._register()
        return opened

    def connect(self) -> None:
        self._register()
        try:
            super().connect()
            self._connected = self.sock
        finally:
            if self._setting_up is not None:
                self._setting_up.close()
                self._setting_up = None

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as the library has it
        self._register()
        super().request(*args, **kwargs)

    def shut_down(self) -> None:
        """End what is read or written on the connection; whoever waits for it gets an error."""
        for opened in (self._setting_up, self._connected, getattr(self, "sock", None)):
            if opened is not None:
                with contextlib.suppress(OSError):
                    # The plain socket's method: that of a TLS socket also changes what its reader is using.
                    socket.socket.shutdown(opened, socket.SHUT_RDWR)

    def _register(self) -> None:
        if (cutter := _cutter.get()) is not None:
            cutter.watch(self)


class _WatchedTls(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


_POOLS = {"http": _Pool, "https": _TlsPool}


class DeadlineAdapter(HTTPAdapter):
    """Makes connections that heed the `Cutter` of the exchange that uses them, through a proxy too."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as the library has it
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> PoolManager:  # noqa: ANN401 - as the library has it
        """Return the pools of connections through a proxy."""
        manager: PoolManager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
