"""What can be set about a tenant: lifetimes, limits, and the behaviours that the vendor leaves undocumented."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from auth0_local_tenant.sources import Clock, IdSource, system_clock

__all__ = ["OptionsError", "RateLimit", "TenantOptions"]


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

    All but `sleep`, `clock`, `id_seed` and `ids` can be changed while it runs, over HTTP too.

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
        id_seed: makes identifiers and secrets repeatable; None for unpredictable ones.
        ids: gives identifiers and secrets; None for a source seeded with `id_seed`.
    """

    token_lifetime_s: int = 86400
    rate_limit: RateLimit | None = None
    rate_limit_headers: bool = True
    cascade_deleted_permissions: bool = False
    grants_within_api: bool = False
    latency_ms: float = 0.0
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    clock: Clock = field(default=system_clock, repr=False)
    id_seed: int | None = None
    ids: IdSource | None = field(default=None, repr=False)

    def updated(self, values: Mapping[str, object]) -> "TenantOptions":
        """Return these options with `values` (decoded JSON) laid over them.

        Args:
            values: names and values as in the attributes; `rate_limit` is null or
                `{"per_second": number, "burst": integer}`.

        Raises:
            OptionsError: if a name is unknown or a value has the wrong type; lists all of them.
        """
        problems = [f"{name}: unknown option" for name in values if name not in _READERS]
        read: dict[str, object] = {}
        for name, reader in _READERS.items():
            if name not in values:
                continue
            try:
                read[name] = reader(values[name])
            except OptionsError as error:
                problems.append(f"{name}: {error}")
        if problems:
            raise OptionsError("; ".join(problems))
        return replace(self, **read)  # type: ignore[arg-type]

    def as_json(self) -> dict[str, object]:
        """Return what `updated` takes."""
        limit = self.rate_limit
        return {
            "token_lifetime_s": self.token_lifetime_s,
            "rate_limit": None if limit is None else {"per_second": limit.per_second, "burst": limit.burst},
            "rate_limit_headers": self.rate_limit_headers,
            "cascade_deleted_permissions": self.cascade_deleted_permissions,
            "grants_within_api": self.grants_within_api,
            "latency_ms": self.latency_ms,
        }


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise OptionsError(f"expected true or false, got {value!r}")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise OptionsError(f"expected a number of at least 0, got {value!r}")
    return float(value)


def _whole(value: object) -> int:
    number = _number(value)
    if number != int(number):
        raise OptionsError(f"expected a whole number, got {value!r}")
    return int(number)


def _rate_limit(value: object) -> RateLimit | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != {"per_second", "burst"}:
        raise OptionsError(f"expected null or per_second and burst, got {value!r}")
    return RateLimit(per_second=_number(value["per_second"]), burst=_whole(value["burst"]))


_READERS: Mapping[str, Callable[[object], object]] = {
    "token_lifetime_s": _whole,
    "rate_limit": _rate_limit,
    "rate_limit_headers": _flag,
    "cascade_deleted_permissions": _flag,
    "grants_within_api": _flag,
    "latency_ms": _number,
}
