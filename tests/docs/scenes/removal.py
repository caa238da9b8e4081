"""What happens when permissions are removed, by the page on it and those that explain it."""

from __future__ import annotations

from collections.abc import Mapping

from auth0_local_tenant import Fault
from docs.scenes.scene import Scene, in_shop, in_shop_with_whole_list_grant
from docs.shop import API_ID, PERMISSIONS, Shop
from support.hand import Hand
from support.workspace import ORDERS

MAIN_JOB = ("read:resource_servers", "update:resource_servers")
HOLDERS = ("read:roles", "read:client_grants", "read:clients", "update:roles", "update:client_grants")
API_PATH = f"/api/v2/resource-servers/{API_ID}"


def _readme(shop: Shop) -> Mapping[str, str]:
    shop.program(shop.use("readme"))
    return {"readme-preview": shop.transcript("pulumi preview")}


def _warn(shop: Shop) -> Mapping[str, str]:
    shop.declare("delete:orders", "export:orders")
    preview = shop.transcript("pulumi preview")
    return {"warn-preview": preview, "warn-up": shop.transcript("pulumi up")}


def _unknown(shop: Shop) -> Mapping[str, str]:
    shop.limit_to(MAIN_JOB)
    shop.declare("delete:orders", arguments='removal="refuse_if_held"')
    return {"refuse-if-held-unknown": shop.refusal("pulumi preview")}


def _revoke(shop: Shop) -> Mapping[str, str]:
    shop.declare("delete:orders", arguments='removal="revoke"')
    preview = shop.transcript("pulumi preview")
    shop.tenant.clear_journal()
    up = shop.transcript("pulumi up")
    return {"revoke-preview": preview, "revoke-up": up, "revoke-writes": shop.writes()}


def _refuse(shop: Shop) -> Mapping[str, str]:
    shop.declare("delete:orders", arguments='removal="refuse_if_held"')
    held = shop.refusal("pulumi preview")
    shop.declare("delete:orders", arguments='removal="refuse"')
    return {"refuse-if-held": held, "refuse": shop.refusal("pulumi preview")}


def _numbers(shop: Shop) -> Mapping[str, str]:
    shop.declare(*(value for value in PERMISSIONS if value != "read:orders"))
    most = shop.refusal("pulumi preview")
    limit = shop.silently("pulumi config set auth0-permissions:maxRemovals 1")
    shop.declare("delete:orders", "export:orders")
    return {"most-of-it": most, "max-removals": limit + "\n" + shop.refusal("pulumi preview")}


def _rename(shop: Shop) -> Mapping[str, str]:
    shop.program(shop.use("rename"))
    preview = shop.transcript("pulumi preview")
    shop.tenant.clear_journal()
    up = shop.transcript("pulumi up")
    return {"rename-preview": preview, "rename-up": up, "rename-writes": shop.writes()}


def _destroy_refused(shop: Shop) -> Mapping[str, str]:
    shop.declare(arguments='removal="refuse_if_held"')
    shop.workspace.up("--skip-preview")
    return {"destroy-refused": shop.refusal("pulumi destroy")}


def _conflict(shop: Shop) -> Mapping[str, str]:
    shop.declare("export:orders")
    # Somebody describes a permission after the preview: when the update asks for its own token.
    scopes = [
        {"value": value, "description": "Never use this" if value == "delete:orders" else text}
        for value, text in PERMISSIONS.items()
    ]
    rival = {"rival_patch": {"scopes": scopes}, "rival_path": API_PATH}
    shop.tenant.add_fault(Fault.from_json({"action": "rival", "path": "/oauth/token", "after": 1, **rival}))
    return {"conflict": shop.refusal("pulumi up")}


def _rival(shop: Shop) -> Mapping[str, str]:
    shop.limit_to((*MAIN_JOB, *HOLDERS, "read:logs"))
    shop.declare("export:orders")
    scopes = [{"value": value, "description": text} for value, text in PERMISSIONS.items()]
    scopes.append({"value": "approve:orders", "description": "Approve orders"})
    rival = {"rival_patch": {"scopes": scopes}, "rival_path": API_PATH}
    shop.tenant.add_fault(Fault.from_json({"action": "rival", "method": "PATCH", "path": API_PATH, **rival}))
    return {"rival": shop.transcript("pulumi up")}


def _drift(shop: Shop) -> Mapping[str, str]:
    Hand(shop.tenant).delete(ORDERS, "export:orders")
    return {"drift": shop.transcript("pulumi preview")}


def _default(shop: Shop) -> Mapping[str, str]:
    return {"removal-default": shop.typed("removal-default")}


def _holders(shop: Shop) -> Mapping[str, str]:
    return {"holders": shop.said_by(f"auth0-permissions holders --api {ORDERS} delete:orders export:orders")}


REMOVAL: Mapping[str, Scene] = {
    "readme": Scene(frozenset({"readme-preview"}), _readme, in_shop, frozenset({"readme"})),
    "warn": Scene(frozenset({"warn-preview", "warn-up"}), _warn, in_shop_with_whole_list_grant),
    "unknown": Scene(frozenset({"refuse-if-held-unknown"}), _unknown, in_shop),
    "revoke": Scene(frozenset({"revoke-preview", "revoke-up", "revoke-writes"}), _revoke, in_shop),
    "refuse": Scene(frozenset({"refuse-if-held", "refuse"}), _refuse, in_shop),
    "numbers": Scene(frozenset({"most-of-it", "max-removals"}), _numbers, in_shop),
    "rename": Scene(
        frozenset({"rename-preview", "rename-up", "rename-writes"}), _rename, in_shop, frozenset({"rename"})
    ),
    "destroy refused": Scene(frozenset({"destroy-refused"}), _destroy_refused, in_shop),
    "conflict": Scene(frozenset({"conflict"}), _conflict, in_shop),
    "rival": Scene(frozenset({"rival"}), _rival, in_shop),
    "drift": Scene(frozenset({"drift"}), _drift, in_shop, frozenset()),
    "holders": Scene(frozenset({"holders"}), _holders, in_shop, frozenset()),
    "defaults": Scene(frozenset({"removal-default"}), _default, in_shop, frozenset()),
}
