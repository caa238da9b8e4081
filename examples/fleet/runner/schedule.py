"""Who goes next: at most so many stacks at the same time, and at most so many of one tenant."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from .stacks import FleetStack

__all__ = ["Schedule"]


class Schedule:
    """The stacks that wait and those that run; pure, and for one thread.

    The tenant with the longest queue goes first: its stacks run one after the other, so it decides when all is done.

    Args:
        stacks: the stacks, those of a tenant in the order in which they are to run.
        at_once: how many may run at the same time.
        per_tenant: how many of one tenant.
    """

    def __init__(self, stacks: Iterable[FleetStack], *, at_once: int, per_tenant: int) -> None:
        if at_once < 1 or per_tenant < 1:
            raise ValueError("at least one stack has to run at a time")
        self._at_once, self._per_tenant = at_once, per_tenant
        self._queues: dict[str, deque[FleetStack]] = {}
        for stack in stacks:
            self._queues.setdefault(stack.tenant, deque()).append(stack)
        self._running: Counter[str] = Counter()

    def take(self) -> FleetStack | None:
        """Return the stack to start now, or ``None`` if one has to end before, or none is left."""
        if self._running.total() >= self._at_once:
            return None
        free = [tenant for tenant, queue in self._queues.items() if queue and self._running[tenant] < self._per_tenant]
        if not free:
            return None
        tenant = min(free, key=lambda tenant: (-len(self._queues[tenant]), tenant))
        self._running[tenant] += 1
        return self._queues[tenant].popleft()

    def ended(self, stack: FleetStack) -> None:
        """Take note that a stack that was taken has ended, however it went."""
        if not self._running[stack.tenant]:
            raise ValueError(f"{stack.name} was not running")
        self._running[stack.tenant] -= 1

    def waiting(self) -> list[FleetStack]:
        """Return the stacks that have not been taken yet."""
        return [stack for queue in self._queues.values() for stack in queue]

    def seconds_left(self, each_s: float) -> float:
        """Return about how long all that runs and waits will take, if one stack takes ``each_s`` seconds.

        As long as all of them over the number that runs at the same time; or as long as the longest queue of a tenant.
        """
        left = {tenant: len(queue) + self._running[tenant] for tenant, queue in self._queues.items()}
        queued = max(left.values(), default=0) / self._per_tenant
        return each_s * max(sum(left.values()) / self._at_once, queued)
