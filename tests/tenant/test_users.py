"""Users: created, read, changed, deleted, and their roles."""

import pytest

from auth0_local_tenant import LocalTenant
from tenant.support import Client

ANNE = "/users/auth0%7Canne"
BODY = {"connection": "db", "user_id": "anne", "email": "anne@example.com", "password": "s3cret-word"}


@pytest.fixture
def role(client: Client) -> str:
    """The id of a role; the user Anne exists too."""
    client.send("POST", "/users", BODY)
    return str(client.send("POST", "/roles", {"name": "Clerk"}).json()["id"])


def test_a_user_is_created(client: Client) -> None:
    """POST answers 201 with the whole user, without the password."""
    answer = client.send("POST", "/users", BODY)

    assert (answer.status_code, answer.json()["user_id"], answer.json()["email"]) == (
        201,
        "auth0|anne",
        "anne@example.com",
    )
    assert "s3cret-word" not in answer.text
    assert client.send("GET", ANNE).json() == answer.json()


def test_an_address_is_taken_once_in_a_connection(client: Client) -> None:
    """A second user with the address is refused, one in another connection is not."""
    client.send("POST", "/users", BODY)

    again = client.send("POST", "/users", {**BODY, "user_id": "other"})
    elsewhere = client.send("POST", "/users", {**BODY, "user_id": "other", "connection": "db2"})

    assert (again.status_code, again.json()["message"]) == (409, "The user already exists.")
    assert elsewhere.status_code == 201


def test_a_user_gets_and_loses_a_role(client: Client, role: str) -> None:
    """Roles are given and taken from the side of the user."""
    given = client.send("POST", f"{ANNE}/roles", {"roles": [role]})
    roles = client.send("GET", f"{ANNE}/roles").json()
    taken = client.send("DELETE", f"{ANNE}/roles", {"roles": [role]})

    assert (given.status_code, taken.status_code) == (204, 204)
    assert roles == [{"id": role, "name": "Clerk", "description": ""}]
    assert client.send("GET", f"{ANNE}/roles").json() == []


def test_a_role_gets_and_loses_users(client: Client, role: str) -> None:
    """The same is done from the side of the role, by page and by checkpoint."""
    client.send("POST", "/users", {**BODY, "user_id": "bert", "email": "bert@example.com"})

    assert client.send("POST", f"/roles/{role}/users", {"users": ["auth0|anne", "auth0|bert"]}).status_code == 200
    page = client.send("GET", f"/roles/{role}/users", query="include_totals=true").json()
    first = client.send("GET", f"/roles/{role}/users", query="take=1").json()
    second = client.send("GET", f"/roles/{role}/users", query=f"take=1&from={first['next']}").json()

    assert (page["total"], page["users"][0]["email"]) == (2, "anne@example.com")
    assert [item["user_id"] for item in first["users"] + second["users"]] == ["auth0|anne", "auth0|bert"]
    assert "next" not in second
    assert client.send("DELETE", f"/roles/{role}/users", {"users": ["auth0|anne"]}).status_code == 204
    assert [item["user_id"] for item in client.send("GET", f"/roles/{role}/users").json()] == ["auth0|bert"]


@pytest.mark.parametrize("end", ["user", "role"])
def test_a_role_and_its_users_part_when_one_goes(client: Client, role: str, end: str) -> None:
    """Nothing is left of an assignment when the user or the role is deleted."""
    client.send("POST", f"{ANNE}/roles", {"roles": [role]})

    if end == "user":
        assert client.send("DELETE", ANNE).status_code == 204
        assert client.send("GET", f"/roles/{role}/users").json() == []
    else:
        client.send("DELETE", f"/roles/{role}")
        assert client.send("GET", f"{ANNE}/roles").json() == []


def test_a_seed_gives_roles_to_users(tenant: LocalTenant, client: Client) -> None:
    """A seed names the roles of a user by their ids."""
    tenant.seed({"roles": [{"id": "rol_1", "name": "Clerk"}], "users": [{"user_id": "auth0|anne", "roles": ["rol_1"]}]})

    assert [item["name"] for item in client.send("GET", f"{ANNE}/roles").json()] == ["Clerk"]
