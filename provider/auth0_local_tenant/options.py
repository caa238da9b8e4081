"""What can be set about a tenant: lifetimes, limits, and the behaviours that the vendor leaves undocumented."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from auth0_local_tenant.sources import Clock, IdSource, system_clock
from auth0_local_tenant.validation import Schema, first_problem


class OptionsError(ValueError):
    """An option that does not exist or has a wrong value; the message names it."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A token bucket, as the vendor's: `burst` requests at once, refilled at `per_second`."""

    per_second: float
    burst: int

    def __post_init__(self) -> None:
        if self.per_second <= 0 or self.burst < 1:
            raise OptionsError(
                "per_second must be above 0 and burst at least 1, "
                f"got per_second={self.per_second} and burst={self.burst}"
            )


@dataclass(frozen=True, slots=True)
class TenantOptions:
    """Settings of a tenant.

    All but `sleep`, `clock` and `ids` can be changed while it runs, over HTTP too.

    Attributes:
        token_lifetime_s: lifetime of a token for the Management API, in seconds.
        rate_limit: limit on Management API requests of the whole tenant; None for no limit.
        rate_limit_headers: whether answers carry the `x-ratelimit-*` headers while there is a limit.
        cascade_deleted_permissions: whether roles and users lose a permission that is taken off its API.
            The vendor documents neither; what is kept is the default.
        grants_within_api: whether PATCH of a client grant refuses scopes that its API lacks, as the vendor's
            support describes. The recordings show such writes succeed, which is the default.
        latency_ms: time added to every answer, in milliseconds.
        sleep: waits for so many seconds; for latency and delays.
        clock: seconds since 1970; for expiry, rate limits, logs and the journal.
        ids: gives identifiers and secrets; `IdSource(1)` gives repeatable ones.
    """

    token_lifetime_s: int = 86400
    rate_limit: RateLimit | None = None
    rate_limit_headers: bool = True
    cascade_deleted_permissions: bool = False
    grants_within_api: bool = False
    latency_ms: float = 0.0
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    clock: Clock = field(default=system_clock, repr=False)
    ids: IdSource = field(default_factory=IdSource, repr=False)

    def updated(self, values: Mapping[str, object]) -> "TenantOptions":
        """Return these options with `values` (decoded JSON) laid over them.

        Args:
            values: names and values as in the attributes; `rate_limit` is null or
                `{"per_second": number, "burst": integer}`.

        Raises:
            OptionsError: if a name is unknown or a value has the wrong type; lists all of them.
        """
        problems = [f"{name}: unknown option" for name in values if name not in _SCHEMAS]
        for name, schema in _SCHEMAS.items():
            if name in values and (problem := first_problem(schema, values[name], name)):
                problems.append(f"{problem.path}: {problem.what}")
        if problems:
            raise OptionsError("; ".join(problems))
        read = dict(values)
        if isinstance(limit := values.get("rate_limit"), Mapping):
            read["rate_limit"] = RateLimit(**limit)
        return replace(self, **read)  # type: ignore[arg-type]

    def as_json(self) -> dict[str, object]:
        """Return what `updated` takes."""
        limit = self.rate_limit
        shown: dict[str, object] = {name: getattr(self, name) for name in _SCHEMAS}
        return shown | {"rate_limit": limit and {"per_second": limit.per_second, "burst": limit.burst}}


_FLAG: Schema = {"type": "boolean"}
_SCHEMAS: Mapping[str, Schema] = {
    "token_lifetime_s": {"type": "integer", "minimum": 0},
    "rate_limit": {
        "type": ["object", "null"],
        "properties": {"per_second": {"type": "number", "minimum": 0}, "burst": {"type": "integer", "minimum": 0}},
        "required": ["per_second", "burst"],
        "additionalProperties": False,
    },
    "rate_limit_headers": _FLAG,
    "cascade_deleted_permissions": _FLAG,
    "grants_within_api": _FLAG,
    "latency_ms": {"type": "number", "minimum": 0},
}
