"""What makes a message one that people can act on."""

from __future__ import annotations

import re

from auth0_local_tenant import LocalTenant

_ACTION = re.compile(
    r"(^|[.:;] )(Run|Check|Correct|Grant|Set|Take|Declare|Look|Choose|To approve|Authorize|Create)\b|run `pulumi",
    re.MULTILINE,
)
_INSIDES = ("Traceback", 'File "', "Error(", "Exception", " object at 0x", "None.", "{'", "urllib3", "HTTPConnection")
_LONGEST = 3000  # characters, several problems at once included; more is no message but a dump


def assert_clear(message: str | None, tenant: LocalTenant) -> None:
    """Assert that a failure is told in sentences, with what to do, without our insides and without secrets."""
    assert message is not None
    assert len(message) <= _LONGEST, message
    assert _ACTION.search(message), f"does not say what to do: {message}"
    assert not [inside for inside in _INSIDES if inside in message], message
    assert tenant.client_secret not in message
    assert "eyJ" not in message, "a token"
