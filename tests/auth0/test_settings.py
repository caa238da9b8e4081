"""Stack-wide settings from configuration and environment."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.model import Removal, Unmanaged
from pulumi_auth0_permissions.settings import ApprovedRemoval, Settings

TENANT = {"auth0:domain": "acme.eu.auth0.com", "auth0:clientId": "the-id", "auth0:clientSecret": "the-secret"}


def read(config: Mapping[str, str], environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings from dictionaries."""
    return Settings.read(config.get, environ or {})


def problems(config: Mapping[str, str], environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what is wrong, by property."""
    with pytest.raises(InvalidInputs) as caught:
        read(config, environ)
    return {problem.property: problem.reason for problem in caught.value.problems}


def test_the_defaults_are_the_documented_ones() -> None:
    """With a tenant and credentials alone, the safest modes count and nothing is approved."""
    assert read(TENANT) == Settings(
        domain="https://acme.eu.auth0.com",
        credentials=Credentials.of_client("the-id", "the-secret"),
        unmanaged=Unmanaged.REFUSE,
        removal=Removal.WARN,
        approved_removals=(),
        max_removals=None,
        impact=True,
        requests_per_second=None,
        reuses_token=False,
    )


def test_everything_can_be_set() -> None:
    """Each key of the namespace is read from its text."""
    settings = read(
        TENANT
        | {
            "auth0-permissions:unmanaged": "keep",
            "auth0-permissions:removal": "refuse_if_held",
            "auth0-permissions:approvedRemovals": '["delete:a", {"api": "https://b/", "permission": "delete:b "}]',
            "auth0-permissions:maxRemovals": "0",
            "auth0-permissions:impact": "off",
            "auth0-permissions:requestsPerSecond": "0.5",
            "auth0-permissions:reuseToken": "on",
        }
    )

    assert settings.unmanaged is Unmanaged.KEEP
    assert settings.removal is Removal.REFUSE_IF_HELD
    assert settings.approved_removals == (ApprovedRemoval("delete:a"), ApprovedRemoval("delete:b ", "https://b/"))
    assert (settings.max_removals, settings.impact, settings.requests_per_second) == (0, False, 0.5)
    assert settings.reuses_token


def test_an_approval_counts_for_its_api_only() -> None:
    """An entry that names an API approves nothing on another one; one without an API counts everywhere."""
    approvals = '["delete:a", {"api": "https://b/", "permission": "delete:b"}]'
    settings = read(TENANT | {"auth0-permissions:approvedRemovals": approvals})

    assert settings.approved_for("https://b/", "1a2b") == {"delete:a", "delete:b"}
    assert settings.approved_for("https://c/") == {"delete:a"}


def test_the_environment_fills_in() -> None:
    """The official provider's environment variables serve where the configuration says nothing."""
    environ = {"AUTH0_DOMAIN": "env.auth0.com", "AUTH0_CLIENT_ID": "env-id", "AUTH0_CLIENT_SECRET": "env-secret"}

    settings = read({"auth0:domain": "config.auth0.com", "auth0:clientId": " "}, environ)

    assert settings.domain == "https://config.auth0.com"
    assert settings.credentials == Credentials.of_client("env-id", "env-secret")


def test_the_environment_says_nothing_about_modes() -> None:
    """Only tenant and credentials have variables."""
    assert read(TENANT, {"AUTH0_PERMISSIONS_REMOVAL": "refuse"}).removal is Removal.WARN


def test_a_token_wins_over_a_client() -> None:
    """With both, the ready token is used, as the official provider does."""
    assert read(TENANT, {"AUTH0_API_TOKEN": "the-token"}).credentials == Credentials.of_token("the-token")


def test_a_line_break_behind_a_secret_is_no_part_of_it() -> None:
    """Secrets piped into `pulumi config set` end in a line break."""
    settings = read(TENANT | {"auth0:clientSecret": "the-secret\n"})

    assert settings.credentials == Credentials.of_client("the-id", "the-secret")


def test_missing_credentials_name_both_ways() -> None:
    """Without any credentials, the message tells of configuration and environment, client and token."""
    reason = problems({"auth0:domain": "acme.eu.auth0.com"})["auth0:clientId"]

    for way in ("auth0:clientSecret", "auth0:apiToken", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_API_TOKEN"):
        assert way in reason


@pytest.mark.parametrize(
    ("given", "missing", "variable"),
    [
        ("auth0:clientId", "auth0:clientSecret", "AUTH0_CLIENT_SECRET"),
        ("auth0:clientSecret", "auth0:clientId", "AUTH0_CLIENT_ID"),
    ],
)
def test_half_of_the_credentials_names_the_other_half(given: str, missing: str, variable: str) -> None:
    """Who sets one half is told how to set the other, and nothing else."""
    found = problems({"auth0:domain": "acme.eu.auth0.com", given: "x"})

    assert list(found) == [missing]
    assert variable in found[missing]


def test_all_problems_come_at_once() -> None:
    """Eight wrong settings are eight problems, in the order in which they are documented."""
    found = problems(
        {
            "auth0:domain": "http://acme.eu.auth0.com",
            "auth0:clientId": "a b",
            "auth0:clientSecret": "x",
            "auth0-permissions:unmanaged": "destroy",
            "auth0-permissions:removal": "Warn",
            "auth0-permissions:approvedRemovals": "delete:orders",
            "auth0-permissions:maxRemovals": "-1",
            "auth0-permissions:impact": "maybe",
            "auth0-permissions:requestsPerSecond": "0",
            "auth0-permissions:reuseToken": "file",
        }
    )

    assert list(found) == [
        "auth0:domain",
        "auth0:clientId",
        "auth0-permissions:unmanaged",
        "auth0-permissions:removal",
        "auth0-permissions:approvedRemovals",
        "auth0-permissions:maxRemovals",
        "auth0-permissions:impact",
        "auth0-permissions:requestsPerSecond",
        "auth0-permissions:reuseToken",
    ]


@pytest.mark.parametrize("text", ["geheim\u00e4", "two words", "a\tb", "a\x00b"])
def test_a_secret_that_can_not_be_one_is_not_repeated(text: str) -> None:
    """What can't be sent in a header is refused without being shown."""
    found = problems(TENANT | {"auth0:clientSecret": text})

    assert list(found) == ["auth0:clientSecret"]
    assert text not in found["auth0:clientSecret"]


def test_a_problem_of_the_environment_names_the_variable() -> None:
    """Where a wrong value came from the environment, the message says so."""
    found = problems({}, {"AUTH0_DOMAIN": "ftp://x", "AUTH0_API_TOKEN": "t"})

    assert "AUTH0_DOMAIN" in found["auth0:domain"]


@pytest.mark.parametrize(
    "entry", ['""', "1", "null", '{"permission": "a"}', '{"api": "b", "permission": ""}', '{"api":"b","permission":1}']
)
def test_an_entry_that_approves_nothing_is_refused_by_its_place(entry: str) -> None:
    """An approval that could not work is an error under its index, not silently without effect."""
    found = problems(TENANT | {"auth0-permissions:approvedRemovals": f'["delete:a", {entry}]'})

    assert list(found) == ["auth0-permissions:approvedRemovals[1]"]


def test_an_entry_with_an_unknown_key_is_refused() -> None:
    """A misspelt key would widen the approval to what was not meant."""
    entry = '[{"api": "b", "permission": "c", "Api": "d"}]'

    assert problems(TENANT | {"auth0-permissions:approvedRemovals": entry})


@pytest.mark.parametrize("text", ["{}", '"delete:a"', "[", "[" * 100_000, "delete:a,delete:b"])
def test_approvals_that_are_no_list_are_refused_with_the_command(text: str) -> None:
    """The message gives the command that sets a list."""
    found = problems(TENANT | {"auth0-permissions:approvedRemovals": text})

    assert "pulumi config set --path" in found["auth0-permissions:approvedRemovals"]


@pytest.mark.parametrize("text", ["1.5", "-1", "٣", "three", "1" * 5000, "true"])
def test_a_number_of_removals_is_a_whole_number(text: str) -> None:
    """Anything else than digits is refused."""
    assert list(problems(TENANT | {"auth0-permissions:maxRemovals": text})) == ["auth0-permissions:maxRemovals"]


@pytest.mark.parametrize("text", ["0", "-2", "nan", "inf", "1e999", "fast"])
def test_requests_per_second_is_a_number_above_zero(text: str) -> None:
    """A rate that nothing can be sent at, or that is none, is refused."""
    found = problems(TENANT | {"auth0-permissions:requestsPerSecond": text})

    assert list(found) == ["auth0-permissions:requestsPerSecond"]


@pytest.mark.parametrize(("text", "value"), [("on", True), ("true", True), ("off", False), ("false", False)])
def test_a_switch_may_come_as_a_truth_value(text: str, value: bool) -> None:  # noqa: FBT001 - a table of cases
    """A bare `on` in YAML arrives as "true"."""
    assert read(TENANT | {"auth0-permissions:impact": text}).impact is value


def test_settings_do_not_show_the_secret() -> None:
    """The settings can be printed without a secret appearing."""
    assert "the-secret" not in repr(read(TENANT))


def test_a_secret_and_a_private_key_are_one_too_many() -> None:
    """With both it is not clear which one is meant, so neither is used."""
    found = problems(TENANT | {"auth0:clientAssertionPrivateKey": "x", "auth0:clientAssertionSigningAlg": "RS256"})

    assert list(found) == ["auth0:clientSecret"]


@pytest.mark.parametrize("key", ["none", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_a_key_that_cannot_sign_is_not_repeated(key: str) -> None:
    """The message says what a key looks like and holds nothing of it."""
    given = {"auth0:clientAssertionPrivateKey": key, "auth0:clientAssertionSigningAlg": "RS256"}
    found = problems({"auth0:domain": "acme.eu.auth0.com", "auth0:clientId": "id", **given})

    assert list(found) == ["auth0:clientAssertionPrivateKey"]
    assert "PEM" in found["auth0:clientAssertionPrivateKey"]
    assert "AAAA" not in found["auth0:clientAssertionPrivateKey"]


def test_an_algorithm_that_auth0_does_not_take_is_told_which_it_takes() -> None:
    """The message lists them."""
    given = {"auth0:clientAssertionPrivateKey": "x", "auth0:clientAssertionSigningAlg": "HS256"}
    found = problems({"auth0:domain": "acme.eu.auth0.com", "auth0:clientId": "id", **given})

    assert "RS256" in found["auth0:clientAssertionSigningAlg"]


def test_an_unknown_setting_names_the_nearest_or_all() -> None:
    """Keys of other namespaces are nobody's concern here."""
    with pytest.raises(InvalidInputs) as caught:
        Settings.read(
            TENANT.get, {}, ["auth0-permissions:Impact", "auth0-permissions:zzz", "aws:region", "auth0:debug"]
        )

    reasons = {problem.property: problem.reason for problem in caught.value.problems}
    assert list(reasons) == ["auth0-permissions:Impact", "auth0-permissions:zzz"]
    assert "auth0-permissions:impact" in reasons["auth0-permissions:Impact"]
    assert "maxRemovals" in reasons["auth0-permissions:zzz"]
