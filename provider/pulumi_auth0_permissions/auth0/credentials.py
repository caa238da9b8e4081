"""What a process proves itself with; made so that the secret part can't be shown, copied or written by accident."""

from __future__ import annotations

import json
from typing import NoReturn, final
from urllib.parse import quote, quote_plus

__all__ = ["Credentials", "fits_a_header", "scrub"]

_MASK = "[secret]"


def fits_a_header(text: str) -> bool:
    """Tell whether a token or a secret can be sent as it is: visible ASCII characters only, without spaces."""
    return all("!" <= character <= "~" for character in text)


def scrub(text: str, secrets: tuple[str, ...]) -> str:
    """Return ``text`` with each of ``secrets`` masked, as it is and as URLs, forms and JSON would spell it.

    Args:
        text: anything that may hold what a server or a library echoed.
        secrets: what must not be shown; empty ones are skipped.
    """
    spellings = {
        spelling
        for secret in secrets
        if secret
        for spelling in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
    }
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, _MASK)
    return text


@final
class Credentials:
    """A client's id with its secret or its private key, or a ready token: immutable, equal by value, never shown.

    ``repr``, ``str`` and format strings mask the secret; pickling and copying raise, because Pulumi pickles dynamic
    providers into its state.
    """

    __slots__ = ("_algorithm", "_api_token", "_client_id", "_client_secret", "_private_key")

    _client_id: str
    _client_secret: str
    _api_token: str
    _private_key: str
    _algorithm: str

    def __init__(
        self,
        *,
        client_id: str = "",
        client_secret: str = "",
        api_token: str = "",
        private_key: str = "",
        algorithm: str = "",
    ) -> None:
        ways = (bool(api_token), bool(client_id and client_secret), bool(client_id and private_key and algorithm))
        if sum(ways) != 1:
            raise ValueError("credentials are a client id with its secret or its private key, or a token")
        object.__setattr__(self, "_client_id", client_id)
        object.__setattr__(self, "_client_secret", client_secret)
        object.__setattr__(self, "_api_token", api_token)
        object.__setattr__(self, "_private_key", private_key)
        object.__setattr__(self, "_algorithm", algorithm)

    @classmethod
    def of_client(cls, client_id: str, client_secret: str) -> Credentials:
        """Make the credentials of a machine-to-machine application."""
        return cls(client_id=client_id, client_secret=client_secret)

    @classmethod
    def of_private_key(cls, client_id: str, private_key: str, algorithm: str) -> Credentials:
        """Make the credentials of an application that signs what it sends (`private_key_jwt`)."""
        return cls(client_id=client_id, private_key=private_key, algorithm=algorithm)

    @classmethod
    def of_token(cls, api_token: str) -> Credentials:
        """Make credentials of a ready Management API token, which nobody can renew."""
        return cls(api_token=api_token)

    @property
    def client_id(self) -> str | None:
        """The application's id, which is no secret; ``None`` with a ready token."""
        return self._client_id or None

    @property
    def renewable(self) -> bool:
        """Whether a token that expires can be replaced."""
        return not self._api_token

    @property
    def algorithm(self) -> str:
        """What the private key signs with; empty without one."""
        return self._algorithm

    def reveal_client_secret(self) -> str:
        """Return the client's secret, for the one request that sends it; empty where it has a private key."""
        return self._client_secret

    def reveal_private_key(self) -> str:
        """Return the client's private key in PEM form, to sign with; empty where it has a secret."""
        return self._private_key

    def reveal_api_token(self) -> str | None:
        """Return the ready token, for the requests that send it."""
        return self._api_token or None

    def scrub(self, text: str) -> str:
        """Return ``text`` with this secret masked."""
        return scrub(text, (self._client_secret, self._api_token, self._private_key))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Credentials) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[str, ...]:
        return (self._client_id, self._client_secret, self._api_token, self._private_key, self._algorithm)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("credentials can't be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("credentials can't be changed")

    def __repr__(self) -> str:
        if self._api_token:
            return f"Credentials(api_token={_MASK})"
        part = "private_key" if self._private_key else "client_secret"
        return f"Credentials(client_id={self._client_id!r}, {part}={_MASK})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials are not to be pickled or copied: they would end in Pulumi's state")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        self.__reduce__()
        raise AssertionError  # unreachable; __reduce__ raises
