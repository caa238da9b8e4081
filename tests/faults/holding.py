"""Hold one request in the tenant's hands, so that a test can do something at exactly that moment."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from auth0_local_tenant import Fault, LocalTenant

WITHIN_S = 60.0  # until a request arrives, or is over; nothing waits that long unless something is broken


@dataclass
class Hold:
    """Holds the request of that number (from 0, among those that match) before it is handled.

    Attributes:
        tenant: whose request.
        after: how many matching requests pass before it.
        drop: whether the request is dropped, and not handled, when it is let go.
        method: the verb, or "*" for any.
        path: regular expression, searched in the raw path.
    """

    tenant: LocalTenant
    after: int = 0
    drop: bool = False
    method: str = "*"
    path: str = ""
    _arrived: threading.Event = field(default_factory=threading.Event)
    _let_go: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.tenant.options = replace(self.tenant.options, sleep=self._wait)
        where = Fault("delay", method=self.method, path=self.path, after=self.after, delay_s=1)
        self.tenant.add_fault(where)
        if self.drop:
            self.tenant.add_fault(replace(where, action="drop_before"))

    def until_arrived(self) -> str:
        """Wait until the request is here; return its method and path."""
        assert self._arrived.wait(WITHIN_S), "the request never came"
        held = [entry for entry in self.tenant.journal() if entry.duration_s is None]
        return f"{held[-1].method} {held[-1].path}"

    def let_go(self) -> None:
        """Let the request go, and wait until it is handled, whether or not somebody is there for the answer."""
        self._let_go.set()
        waited = threading.Event()
        for _ in range(int(WITHIN_S / 0.01)):
            if all(entry.duration_s is not None for entry in self.tenant.journal()):
                return
            waited.wait(0.01)
        raise AssertionError("the request was never handled")

    def _wait(self, _seconds: float) -> None:
        self._arrived.set()
        self._let_go.wait(WITHIN_S)
