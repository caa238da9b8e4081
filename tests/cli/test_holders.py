"""``auth0-permissions holders``."""

import pytest

from auth0_local_tenant import LocalTenant
from cli.support import ORDERS, Shell


def host(shell: Shell) -> str:
    """Return the tenant's host, as reports name it."""
    return shell.tenant.domain.removeprefix("http://")


def test_a_table_tells_who_holds_what(shell: Shell) -> None:
    """Each permission of the API with its roles and grants, then what is held besides, then what has to be known."""
    run = shell.run("holders", "--api", ORDERS)

    assert (run.code, run.err) == (0, "")
    assert run.out == (
        f"https://orders.example.com (Orders) on {host(shell)}: 3 permissions\n"
        "\n"
        "PERMISSION    HELD BY                   ID\n"
        "write:orders  client grant Shop         cgr_shop000000000000\n"
        "read:orders   role Viewer               rol_viewer0000000000\n"
        "              client grant Shop         cgr_shop000000000000\n"
        "idle:orders   all-scope grants only\n"
        "gone:orders   client grant Shop         cgr_shop000000000000\n"
        "(all scopes)  client grant Back office  cgr_backoffice000000\n"
        "\n"
        'Not on the API: "gone:orders".\n'
        "According to Auth0 support, edits of a client grant fail while it names a permission that is not on the API "
        '("scope must be a subset of resource server scopes"): remove the permission from it first.\n'
        "All-scope grants follow the API's list: additions and deletions take effect at once.\n"
        "Tokens keep a permission until they expire, up to 5400 s after they are issued.\n"
        "Permissions assigned to users directly are not known: Auth0 has no way to look them up.\n"
    )


def test_json_is_complete(shell: Shell) -> None:
    """Programs get everything: what is held, what is not on the API, and grants for all of it."""
    data = shell.run("holders", "--api", "65f0c0ffee00000000000001", "read:orders", "nope", "--format", "json").data()

    assert (data["tenant"], data["api"]["identifier"], data["api"]["token_lifetime_seconds"]) == (
        host(shell),
        ORDERS,
        5400,
    )
    assert data["permissions"] == [
        {
            "permission": "read:orders",
            "on_api": True,
            "holders": [
                {"kind": "role", "id": "rol_viewer0000000000", "name": "Viewer"},
                {"kind": "client_grant", "id": "cgr_shop000000000000", "name": "Shop"},
            ],
        },
        {"permission": "nope", "on_api": False, "holders": []},
    ]
    assert data["all_scope_grants"] == [{"kind": "client_grant", "id": "cgr_backoffice000000", "name": "Back office"}]


def test_csv_is_a_line_a_holder(shell: Shell, tenant: LocalTenant) -> None:
    """A name that a spreadsheet would take for a formula begins with an apostrophe."""
    held = [{"resource_server_identifier": ORDERS, "permission_name": "idle:orders"}]
    tenant.seed({"roles": [{"id": "rol_evil000000000000", "name": "=1+1", "permissions": held}]})

    run = shell.run("holders", "--api", ORDERS, "idle:orders", "--format", "csv")

    assert run.out.splitlines() == [
        "tenant,api,permission,on_api,kind,id,name,users",
        f"{host(shell)},{ORDERS},idle:orders,yes,role,rol_evil000000000000,'=1+1,",
        f"{host(shell)},{ORDERS},,yes,client grant,cgr_backoffice000000,Back office,",
    ]


def test_what_may_not_be_read_is_said_and_fails(shell: Shell, tenant: LocalTenant) -> None:
    """What is known is printed; what the token may not read is an error that names the scope."""
    client_id, secret = tenant.issue_client(["read:resource_servers", "read:client_grants"])
    limited = {"AUTH0_CLIENT_ID": client_id, "AUTH0_CLIENT_SECRET": secret}

    run = shell.run("holders", "--api", ORDERS, "read:orders", "idle:orders", **limited)

    assert run.code == 1
    assert "client grant shop-1" in run.out
    assert "idle:orders   unknown" in run.out
    assert "roles could not be read, since the token lacks read:roles" in run.err


def test_the_users_of_roles_are_counted_up_to_a_bound(
    shell: Shell, tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--users asks once a role, and says of how many roles it has not asked."""
    monkeypatch.setattr("auth0_permissions_cli.commands.holders._MAX_ROLES_COUNTED", 1)
    held = [{"resource_server_identifier": ORDERS, "permission_name": "read:orders"}]
    tenant.seed({"roles": [{"name": "Support", "permissions": held}]})

    run = shell.run("holders", "--api", ORDERS, "read:orders", "--users")

    assert run.out.count("0 users") == 1
    assert "The users of 1 role were not counted: the limit is 1." in run.err


def test_a_long_list_of_holders_is_cut_with_its_count(shell: Shell, tenant: LocalTenant) -> None:
    """Of 22 holders of one permission, 20 are shown and 2 counted; --full and JSON have them all."""
    held = [{"resource_server_identifier": ORDERS, "permission_name": "idle:orders"}]
    tenant.seed({"roles": [{"name": f"Team {number:02}", "permissions": held} for number in range(22)]})

    cut = shell.run("holders", "--api", ORDERS, "idle:orders")
    full = shell.run("holders", "--api", ORDERS, "idle:orders", "--full")
    data = shell.run("holders", "--api", ORDERS, "idle:orders", "--format", "json")

    assert cut.out.count("role Team") == 20
    assert "… and 2 more (--full lists them)" in cut.out
    assert full.out.count("role Team") == 22
    assert data.out.count('"Team ') == 22


HOSTILE = "\x1b]0;gotcha\x07\u202e[bold red]\n:smile: | Name " + "n" * 200


def test_hostile_and_long_names_stay_in_their_cells(shell: Shell, tenant: LocalTenant) -> None:
    """What is hostile is shown as what it is; on a terminal what is long is broken, but ids. In a pipe nothing is."""
    long = "p" * 280
    scopes = [{"value": long}, {"value": "\u8aad" * 90}]
    held = [{"resource_server_identifier": "urn:long", "permission_name": long}]
    tenant.seed({"resource_servers": [{"identifier": "urn:long", "scopes": scopes}]})
    tenant.seed({"roles": [{"id": "rol_evil000000000000", "name": HOSTILE, "permissions": held}]})

    run = shell.run("holders", "--api", "urn:long")
    screen = shell.on_terminal("holders", "--api", "urn:long", NO_COLOR="1", TERM="dumb")

    row = next(line for line in run.out.split("\n") if "rol_evil" in line)
    assert "role \\x1b]0;gotcha\\x07\\u202e[bold red]\\n:smile: | Name nnn" in row
    assert long in row
    assert {"\x1b", "\u202e"}.isdisjoint(run.out + screen)
    assert max(len(line) for line in screen.split("\n")) <= 80
    assert screen.count("p") > 280
    assert screen.count("\u8aad") == 90
    assert "rol_evil000000000000" in screen
