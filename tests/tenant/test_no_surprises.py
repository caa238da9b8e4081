"""Whatever is sent, the tenant answers in the service's words: nothing unforeseen becomes an internal error."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth0_local_tenant.endpoint import Endpoint
from auth0_local_tenant.gateway import Gateway
from auth0_local_tenant.seed import plant
from auth0_local_tenant.sources import IdSource
from auth0_local_tenant.tenant import Tenant
from auth0_local_tenant.urls import ENDPOINTS
from tenant.support import ANYBODY, API, SEED, without_a_server

DOMAIN = "http://127.0.0.1:8000"

KNOWN_NAMES = [
    *("identifier", "name", "scopes", "value", "description", "permissions", "permission_name", "audience", "scope"),
    *("resource_server_identifier", "client_id", "allow_all_scopes", "default_for", "token_lifetime", "user", "client"),
    *("token_encryption", "subject_type_authorization"),
]
KNOWN_VALUES = [
    *(API, "shop", "read:orders", "rol_clerk", "cgr_1", "auth0|anne", "Clerk"),
    *(f"{DOMAIN}/api/v2/", f"{DOMAIN}/me/"),
]

NAMES = st.sampled_from(KNOWN_NAMES) | st.text(max_size=5)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(KNOWN_VALUES) | st.text()
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=15
)
SEGMENTS = (st.sampled_from(KNOWN_VALUES) | st.text(min_size=1, max_size=20)).map(lambda text: quote(text, safe=""))
QUERY_VALUES = st.sampled_from(
    ["0", "1", "-1", "true", "x", "", "9" * 20, "9" * 2000, "\u0661", API, "date:-1", "aXRlbToxZTk="]
) | st.text(max_size=5)


def queries(endpoint: Endpoint) -> st.SearchStrategy[str]:
    """Return queries with parameters that the endpoint takes, and now and then others."""
    names = st.sampled_from([*sorted(endpoint.query), "x"])
    values = st.dictionaries(names, QUERY_VALUES, max_size=3)
    return values.map(lambda chosen: "&".join(f"{name}={quote(value)}" for name, value in chosen.items()))


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    """A tenant without a server; its state goes from one request to the next."""
    with without_a_server(DOMAIN, IdSource(1)) as (tenant, running):
        plant(tenant, SEED)
        yield running


@pytest.fixture(scope="module")
def empty() -> Iterator[Tenant]:
    """Another one, which each example empties."""
    with without_a_server(DOMAIN, IdSource(1)) as (tenant, _):
        yield tenant


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(ENDPOINTS), SEGMENTS, JSON)
def test_any_request_gets_an_answer_of_the_service(
    gateway: Gateway, data: st.DataObject, endpoint: Endpoint, segment: str, body: object
) -> None:
    """Any body, id and query on any endpoint get a success or a refusal in the service's shape."""
    query = data.draw(queries(endpoint), label="query")
    path = "/api/v2" + endpoint.path.replace("<segment:id>", segment)

    reply = gateway.call(endpoint.method, path, json.dumps(body).encode(), ANYBODY, query=query)

    assert reply.code < 500
    if reply.code >= 400:
        answer = json.loads(reply.body)
        assert list(answer)[:3] == ["statusCode", "error", "message"]
        assert answer["statusCode"] == reply.code
    elif reply.body:
        json.loads(reply.body)


@settings(max_examples=100, deadline=None)
@given(seed=st.dictionaries(st.sampled_from([*SEED, "options", "x"]), JSON | st.lists(JSON, max_size=3), max_size=3))
def test_any_seed_is_taken_or_refused_in_words(empty: Tenant, seed: dict[str, object]) -> None:
    """A seed is planted or refused with a sentence for each mistake, whatever it holds."""
    empty.reset()
    before = empty.dump()

    try:
        plant(empty, seed)
    except ValueError as error:
        assert str(error).startswith("the seed has mistakes:\n  ")  # noqa: PT017 - either outcome is right
        assert empty.dump() == before
