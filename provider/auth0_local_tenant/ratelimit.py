"""The rate limit of a whole tenant: a token bucket, and the headers that tell its state.

NOT RECORDED: recordings were stripped of the headers. Their names are those of the vendor's documentation and
client libraries; that `x-ratelimit-reset` is the second in which the bucket will be full again follows the
vendor's own open-source bucket server (auth0/limitd).
"""

import math
import threading
from collections.abc import Callable

from auth0_local_tenant.options import RateLimit, TenantOptions


class Bucket:
    """The tenant's bucket; it starts full, and again whenever the limit is set."""

    def __init__(self, options: Callable[[], TenantOptions]) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._limit: RateLimit | None = None
        self._content = 0.0
        self._filled_at = 0.0

    def take(self) -> tuple[bool, list[tuple[str, str]]] | None:
        """Take one request out of the bucket; return whether it may pass, and the headers.

        None if the tenant has no limit.
        """
        options = self._options()
        limit = options.rate_limit
        if limit is None:
            return None
        with self._lock:
            now = options.clock()
            if limit is not self._limit:
                self._limit, self._content, self._filled_at = limit, float(limit.burst), now
            gained = max(0.0, now - self._filled_at) * limit.per_second
            self._content = min(float(limit.burst), self._content + gained)
            self._filled_at = now
            allowed = self._content >= 1
            if allowed:
                self._content -= 1
            full_in_s = (limit.burst - self._content) / limit.per_second
            return allowed, [
                ("x-ratelimit-limit", str(limit.burst)),
                ("x-ratelimit-remaining", str(int(self._content))),
                ("x-ratelimit-reset", str(math.ceil(now + full_in_s))),
            ]
