"""Credentials are usable, and nothing else shows them."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
import traceback

import pytest

from pulumi_auth0_permissions.management.credentials import Credentials, scrub

SECRET = "s3cr3t/with+signs and\"quotes'"


@pytest.fixture(params=["client", "token"])
def credentials(request: pytest.FixtureRequest) -> Credentials:
    """Both kinds of credentials, with the same secret text."""
    return Credentials.of_client("my-client", SECRET) if request.param == "client" else Credentials.of_token(SECRET)


def test_no_way_of_printing_shows_the_secret(credentials: Credentials, caplog: pytest.LogCaptureFixture) -> None:
    """repr, str, format, pprint and logging mask it."""
    logging.getLogger("test").warning("%s %r", credentials, credentials)
    printed = f"{credentials} {credentials!r} {[credentials]} {pprint.pformat(credentials)} {caplog.text}"

    assert "s3cr3t" not in printed
    assert "[secret]" in printed


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_credentials_cannot_be_pickled(credentials: Credentials, protocol: int) -> None:
    """Pickling raises under every protocol, and the error does not show the secret."""
    with pytest.raises(TypeError, match="not to be pickled") as caught:
        pickle.dumps({"inside": credentials}, protocol)

    assert "s3cr3t" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy])
def test_credentials_cannot_be_copied(credentials: Credentials, copier: object) -> None:
    """A copy would be a second place to watch."""
    assert callable(copier)
    with pytest.raises(TypeError, match="not to be pickled or copied"):
        copier(credentials)


def test_credentials_are_no_json(credentials: Credentials) -> None:
    """The JSON encoder does not know them."""
    with pytest.raises(TypeError):
        json.dumps(credentials)


def test_credentials_have_no_dictionary(credentials: Credentials) -> None:
    """vars() finds nothing to list."""
    with pytest.raises(TypeError):
        vars(credentials)


def test_credentials_are_immutable(credentials: Credentials) -> None:
    """Neither a new nor a known attribute can be set or deleted."""
    with pytest.raises(AttributeError):
        credentials._api_token = "other"
    with pytest.raises(AttributeError):
        del credentials._api_token


def test_equal_credentials_are_equal() -> None:
    """Credentials compare by value, so that one client can serve all who have the same."""
    assert Credentials.of_token("a") == Credentials.of_token("a")
    assert hash(Credentials.of_token("a")) == hash(Credentials.of_token("a"))
    assert Credentials.of_client("a", "b") != Credentials.of_client("a", "c")


@pytest.mark.parametrize(
    ("client_id", "client_secret", "api_token"), [("", "", ""), ("a", "", ""), ("", "b", ""), ("a", "b", "c")]
)
def test_half_or_double_credentials_are_none(client_id: str, client_secret: str, api_token: str) -> None:
    """Either a client id with its secret or a token: nothing less, nothing more."""
    with pytest.raises(ValueError, match="credentials are"):
        Credentials(client_id=client_id, client_secret=client_secret, api_token=api_token)


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
    masked = credentials.scrub(f"before {echo} after")

    assert "s3cr3t" not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")


def test_an_empty_secret_masks_nothing() -> None:
    """There is no secret to find in a text when there is no secret."""
    assert scrub("text", ("",)) == "text"
