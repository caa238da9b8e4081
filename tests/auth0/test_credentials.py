"""Credentials are usable, and nothing else shows them."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
import traceback

import pytest

from pulumi_auth0_permissions.auth0.credentials import Credentials, scrub

SECRET = "s3cr3t/with+signs and\"quotes'"


@pytest.fixture(params=["client", "key", "token"])
def credentials(request: pytest.FixtureRequest) -> Credentials:
    """Each kind of credentials, with the same secret text."""
    kinds = {
        "client": Credentials("my-client", SECRET),
        "key": Credentials("my-client", private_key=SECRET, algorithm="RS256"),
        "token": Credentials(api_token=SECRET),
    }
    return kinds[request.param]


def test_no_way_of_printing_shows_the_secret(credentials: Credentials, caplog: pytest.LogCaptureFixture) -> None:
    """repr, str, format, pprint and logging leave it out."""
    logging.getLogger("test").warning("%s %r", credentials, credentials)
    printed = f"{credentials} {credentials!r} {[credentials]} {pprint.pformat(credentials)} {caplog.text}"

    assert "Credentials(" in printed
    assert "s3cr3t" not in printed


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_credentials_cannot_be_pickled(credentials: Credentials, protocol: int) -> None:
    """Pickling raises under every protocol, as copying does, and the error does not show the secret."""
    with pytest.raises(TypeError, match="must not be pickled") as caught:
        pickle.dumps({"inside": credentials}, protocol)
    with pytest.raises(TypeError, match="must not be pickled"):
        copy.deepcopy(credentials)

    assert "s3cr3t" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("parts", [("", "", ""), ("a", "", ""), ("", "b", ""), ("a", "b", "c")])
def test_half_or_double_credentials_are_rejected(parts: tuple[str, str, str]) -> None:
    """Either a client id with its secret or a token: nothing less, nothing more."""
    client_id, client_secret, api_token = parts
    with pytest.raises(ValueError, match="credentials are"):
        Credentials(client_id, client_secret, api_token=api_token)


@pytest.mark.parametrize(
    "echo",
    [
        SECRET,
        "s3cr3t%2Fwith%2Bsigns%20and%22quotes%27",
        "s3cr3t%2Fwith%2Bsigns+and%22quotes%27",
        json.dumps({"client_secret": SECRET}),
    ],
)
def test_an_echoed_secret_is_masked(credentials: Credentials, echo: str) -> None:
    """The secret is found as it is and as URLs, forms and JSON spell it."""
    masked = scrub(f"before {echo} after", credentials.secrets)

    assert "s3cr3t" not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
