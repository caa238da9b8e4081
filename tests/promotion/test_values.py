"""Configuration, receipt, expected revisions and environment of a stage."""

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth0_permissions_cli.stacks.pulumi import stage_environ
from pulumi_auth0_permissions.chain import Receipt, expected_revisions, receipt_line, receipt_of
from pulumi_auth0_permissions.core.errors import InvalidInputs, PermissionsError
from pulumi_auth0_permissions.core.model import revision_of
from pulumi_auth0_permissions.settings import APIS, PROMOTED_FROM, StageConfig

PERMISSIONS = {"read:orders": "Read", "write ": ""}
RECEIPT = {"orders": PERMISSIONS}
FACTS = {
    "identifier": "https://orders",
    "apiId": "65f0",
    "effectiveRevision": "e" * 32,
    "permissions": PERMISSIONS,
    "applied": {"time": "2026-11-29", "by": "ada"},
}


def test_the_configuration_is_read() -> None:
    """A stage knows its APIs in the order of the configuration, and the stack it takes from."""
    config = {APIS: '{"orders": "https://orders", "billing": "65f0"}', PROMOTED_FROM: " dev "}

    stage = StageConfig.read(config.get)

    assert list(stage.apis.items()) == [("orders", "https://orders"), ("billing", "65f0")]
    assert stage.promoted_from == "dev"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "must be a map"),
        ("orders", "must be a map"),
        ("{}", "must be a map"),
        ('{"a": ' + "[" * 100_000, "must be a map"),
        ('{"orders": 1}', "got a number"),
        ('{"orders": " "}', "must be the API's identifier"),
        (json.dumps({"orders": "x" * 601}), "has 601 characters"),
        ('{"orders": "x", "billing": "x"}', 'is the same API as "orders"'),
    ],
)
def test_a_wrong_configuration_is_told(text: str | None, problem: str) -> None:
    """Whatever is wrong with the APIs of a stage is said under the setting's name."""
    with pytest.raises(InvalidInputs, match=f"^auth0-permissions:apis.*{problem}"):
        StageConfig.read({APIS: text}.get)


def test_a_receipt_survives_the_stacks_outputs() -> None:
    """What is exported is read back through JSON, and is a line an API with words for people."""
    output = {"orders": receipt_line(FACTS)}

    assert receipt_of(json.loads(json.dumps(output)), "dev") == RECEIPT
    shown = f"2 permissions, revision {revision_of(PERMISSIONS)[:12]}, applied 2026-11-29, by ada | "
    assert output["orders"].startswith(shown)


def test_a_receipt_of_an_older_version_is_read() -> None:
    """It was not packed, and did not say when it was applied."""
    older = {"format": 1, "apis": {"orders": {key: fact for key, fact in FACTS.items() if key != "applied"}}}

    assert receipt_of(older, "dev") == RECEIPT


@pytest.mark.parametrize(
    "value", [None, "x", {"format": 2, "apis": {}}, {"format": 1, "apis": {"a": {}}}, {"a": "1 | eJwDAA=="}]
)
def test_what_is_no_receipt_is_refused(value: object) -> None:
    """An output of another version or kind is not taken for a receipt."""
    with pytest.raises(PermissionsError, match="no output auth0PermissionsReceipt that this version can read"):
        receipt_of(value, "dev")


def test_a_receipt_is_unpacked_up_to_16_mebibytes() -> None:
    """A line of a few kilobytes can stand for gigabytes, which nobody's process is to hold."""
    frame = len(json.dumps({"permissions": PERMISSIONS, "pad": ""}))
    for size, is_read in ((16 << 20, True), ((16 << 20) + 1, False)):
        text = json.dumps({"permissions": PERMISSIONS, "pad": "x" * (size - frame)})
        line = f"2 permissions | {base64.b64encode(zlib.compress(text.encode())).decode()}"
        if is_read:
            assert receipt_of({"orders": line}, "dev") == RECEIPT
        else:
            with pytest.raises(PermissionsError, match="no output auth0PermissionsReceipt"):
                receipt_of({"orders": line}, "dev")


RECEIPTS = st.dictionaries(st.sampled_from("abc"), st.sampled_from([{}, {"x": ""}]))


@given(expected=RECEIPTS, now=RECEIPTS)
def test_expected_revisions_are_equal_for_equal_receipts_alone(expected: Receipt, now: Receipt) -> None:
    """A promotion goes on only if the source has applied what its preview showed, API for API."""
    assert (expected_revisions(expected) == expected_revisions(now)) is (expected == now)


def test_a_stacks_own_credentials_come_first() -> None:
    """With credentials of its own a stack is not given those of all stacks, so that none are mixed up."""
    environ = {
        "AUTH0_API_TOKEN": "all",
        "AUTH0_CLIENT_SECRET_PROD_EU": "own",
        "AUTH0_DOMAIN_PROD_EU": "there",
        "X": "x",
    }

    own = stage_environ("acme/shop/prod-eu", environ)

    assert (own["AUTH0_CLIENT_SECRET"], own["AUTH0_API_TOKEN"], own["AUTH0_CLIENT_ID"]) == ("own", "", "")
    assert own["AUTH0_DOMAIN"] == "there"
    assert own["X"] == "x"


def test_without_its_own_a_stack_has_the_credentials_of_all() -> None:
    """Credentials of another stack are not this one's, nor to be seen by its program."""
    environ = {"AUTH0_API_TOKEN": "all", "AUTH0_CLIENT_SECRET_PROD": "other"}

    assert stage_environ("dev", environ) == {"AUTH0_API_TOKEN": "all"}
