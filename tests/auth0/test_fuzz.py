"""Two thousand hostile tenants, and settings: every operation ends, in our words or right, within what was shown."""

import contextlib
import random
import unicodedata
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import decode

from auth0.hostile import API_ID, IDENTIFIER, NASTY_TEXTS, HostileConnections, Write
from pulumi_auth0_permissions.auth0.client import ClientGrant, ManagementClient, _Api
from pulumi_auth0_permissions.auth0.connection import Connections
from pulumi_auth0_permissions.auth0.rate_limiter import operation
from pulumi_auth0_permissions.auth0.reader import ApiReader
from pulumi_auth0_permissions.auth0.token import Credentials
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.model import Intent, Policy, Removal, Unmanaged
from pulumi_auth0_permissions.core.planning import compute_plan
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.core.text import escape_markup, impact_notes, plan_text
from pulumi_auth0_permissions.holders import HolderLookup
from pulumi_auth0_permissions.reconcile import Reconciler
from pulumi_auth0_permissions.settings import Settings, StageConfig
from support import clocks

MINUTES = 30.0
SHOWN_REMOVALS = {"old", "dead"}
DESIRED = {"read": "Read", "new": "New"}


class Site:
    """A client of a hostile tenant."""

    def __init__(self, seed: str) -> None:
        self.dice = random.Random(seed)
        self.clock = clocks.installed()
        self.tenant = HostileConnections(self.dice, self.clock)
        self.client = ManagementClient("http://127.0.0.1:9", Credentials("id", "the-secret"))
        self.client._connections = cast("Connections", self.tenant)


def check_text(text: str) -> None:
    """Check that a text for people stays on its lines, and holds no secret."""
    sent = escape_markup(text)
    assert "<{%" not in sent
    kinds = {unicodedata.category(character) for character in sent if character != "\n"}
    assert kinds.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"}), repr(sent)
    assert "the-secret" not in sent
    assert len(sent) < 100_000


def reconcile(site: Site, removal: Removal) -> None:
    """Bring an API to what is desired, as an update does."""
    renames = {"old": "new"} if site.dice.random() < 0.3 else {}
    policy = Policy(removal=removal, approved=frozenset(SHOWN_REMOVALS))
    intent = Intent(API_ID, DESIRED, frozenset({"read", *SHOWN_REMOVALS}), Unmanaged.KEEP, renames, policy=policy)
    before = {"read": "Read", "old": "Old", "dead": ""}
    shown = ApprovedChanges((Review("", IDENTIFIER, changes=compute_plan(intent, before).changes),))
    reconciler = Reconciler(site.client, lock=lambda *_: contextlib.nullcontext(), note_renames=lambda *_: None)
    applied = reconciler.apply(intent, shown)
    assert {"old", "dead"}.isdisjoint(applied.api.permissions)
    assert {"read", "new"} <= set(applied.api.permissions)


def look(site: Site) -> None:
    """Show a plan and who is hit by it, as a preview does."""
    reader = ApiReader(site.client)
    reader.expect(site.dice.choice([1, 50]))  # by itself, or by the list
    for name in [API_ID, IDENTIFIER, site.dice.choice(NASTY_TEXTS)]:
        try:
            api = reader.get(name)
        except PermissionsError as error:
            check_text(str(error))
            continue
        assert name in {api.id, api.identifier}
        impact = HolderLookup(site.client).look_up(api, site.dice.choice([["old"], None]))
        plan = compute_plan(Intent(name, DESIRED, frozenset({"old"}), Unmanaged.REMOVE), api.permissions)
        notes = tuple(impact_notes(plan.changes, impact, NOW))
        check_text(plan_text(Review("", api.identifier, changes=plan.changes, notes=notes, impact=impact)))


NOW = datetime(2027, 1, 15, tzinfo=UTC)
OPERATIONS = {
    "warn": lambda site: reconcile(site, Removal.WARN),
    "revoke": lambda site: reconcile(site, Removal.REVOKE),
    "refuse_if_held": lambda site: reconcile(site, Removal.REFUSE_IF_HELD),
    "look": look,
}


def check_write(write: Write) -> None:
    """Check that a write changes nothing but what was shown, by what its own last read was answered."""
    if write.method != "PATCH":  # what a role holds
        assert {entry["resource_server_identifier"] for entry in write.body["permissions"]} == {IDENTIFIER}
        values = {entry["permission_name"] for entry in write.body["permissions"]}
        assert values <= ({"new"} if write.method == "POST" else SHOWN_REMOVALS)
        return
    sent, new = write.body.get("scope"), {"new"}
    if sent is None:
        assert write.path == f"/api/v2/resource-servers/{API_ID}"
        sent = [scope["value"] for scope in write.body["scopes"]]
        held, new = set(decode(write.last, type=_Api).to_model().permissions), {"read", "new"}
    else:
        held = set(decode(write.last, type=ClientGrant).scope)
    assert held - set(sent) <= SHOWN_REMOVALS
    assert set(sent) - held <= new


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_on_a_hostile_tenant_ends_well(name: str) -> None:
    """It ends in time, with a right result or one of our errors, and has written nothing beyond what was shown."""
    for number in range(500):
        seed = f"{name} {number}"
        site = Site(seed)
        started_s = site.clock.now_s
        try:
            with operation(MINUTES):
                OPERATIONS[name](site)
        except PermissionsError as error:
            check_text(str(error))
        except Exception as error:
            raise AssertionError(f"seed {seed!r}") from error
        assert site.clock.now_s - started_s <= MINUTES * 60 + 60, seed
        assert site.tenant.requests < 5000, seed
        for write in site.tenant.writes:
            check_write(write)


GOOD = {"auth0:domain": "acme.auth0.com", "auth0:clientId": "id", "auth0:clientSecret": "secret"}
CHOICES = ("unmanaged", "removal", "impact", "reuseToken", "promotedFrom", "apis")
LIMITS = ("approvedRemovals", "maxRemovals", "requestsPerSecond", "operationTimeout")
KEYS = (*GOOD, "auth0:apiToken", *(f"auth0-permissions:{key}" for key in (*CHOICES, *LIMITS)))
VARIABLES = ("AUTH0_DOMAIN", "AUTH0_PERMISSIONS_APPROVED_REMOVALS")
PLAUSIBLE = (
    *("https://[::1]:8443", "https://[::::]", "https://[1.2.3.4]", "h:99999", "a.b.c", "a." + "A" * 4000 + ".c"),
    *("keep", "revoke", "on", "off", "dev", "3", "1e-320", "1e308", "0.1", "1440"),
    *('["a"]', '[{"api": "a", "permission": "b"}]', '[{"api": {}}]', '{"orders": "x"}', '{"orders": {}}', '{"a": []}'),
)
VALUES = st.sampled_from((*PLAUSIBLE, *NASTY_TEXTS)) | st.text()


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3), st.dictionaries(st.sampled_from(VARIABLES), VALUES))
def test_settings_of_any_kind_are_taken_or_refused(changed: dict[str, str], environ: dict[str, str]) -> None:
    """Whatever stands in configuration and environment is a setting or a problem with its name."""
    config = {**GOOD, **changed}
    for read in (lambda: Settings.read(config.get, environ), lambda: StageConfig.read(config.get)):
        try:
            found = read()
        except PermissionsError as error:
            check_text(str(error))
            continue
        if isinstance(found, Settings):
            assert urlsplit(found.domain).netloc
            ManagementClient(found.domain, found.credentials).close()
