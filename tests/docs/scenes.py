"""Every output in the documentation, by the scene that it comes from; each is the real CLI against a tenant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from auth0_local_tenant import Fault
from docs.shop import API_ID, PERMISSIONS, Shop, without
from stories.hand import Hand
from stories.workspace import ORDERS

__all__ = ["SCENES", "Scene"]

MAIN_JOB = ("read:resource_servers", "update:resource_servers")
HOLDERS = ("read:roles", "read:client_grants", "read:clients", "update:roles", "update:client_grants")
API_PATH = f"/api/v2/resource-servers/{API_ID}"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is played, and the names of the blocks that it gives.

    Attributes:
        blocks: names of the blocks.
        play: returns the blocks: name → text.
        whole_list_grant: whether an application has a grant for all of the API's permissions.
    """

    blocks: frozenset[str]
    play: Callable[[Shop], Mapping[str, str]]
    whole_list_grant: bool = False

    def record(self, folder: Path, pulumi_home: Path) -> Mapping[str, str]:
        """Play the scene in a folder and return its blocks."""
        with Shop.open(folder, pulumi_home, whole_list_grant=self.whole_list_grant) as shop:
            return self.play(shop)


def _readme(shop: Shop) -> Mapping[str, str]:
    shop.declare(without("delete:orders"))
    preview = shop.transcript("pulumi preview")
    return {"readme-preview": preview.partition("\n")[2]}


def _warn(shop: Shop) -> Mapping[str, str]:
    shop.declare(without("delete:orders", "export:orders"))
    preview = shop.transcript("pulumi preview")
    return {"warn-preview": preview, "warn-up": shop.transcript("pulumi up")}


def _unknown(shop: Shop) -> Mapping[str, str]:
    shop.limit_to(MAIN_JOB)
    shop.declare(without("delete:orders"))
    warn = shop.transcript("pulumi preview")
    shop.declare(without("delete:orders"), "removal='refuse_if_held'")
    return {"warn-unknown": warn, "refuse-if-held-unknown": shop.refusal("pulumi preview")}


def _revoke(shop: Shop) -> Mapping[str, str]:
    shop.declare(without("delete:orders"), "removal='revoke'")
    preview = shop.transcript("pulumi preview")
    shop.tenant.clear_journal()
    up = shop.transcript("pulumi up")
    return {"revoke-preview": preview, "revoke-up": up, "revoke-writes": shop.writes()}


def _refuse(shop: Shop) -> Mapping[str, str]:
    shop.declare(without("delete:orders"), "removal='refuse_if_held'")
    held = shop.refusal("pulumi preview")
    shop.declare(without("delete:orders"), "removal='refuse'")
    refused = shop.refusal("pulumi preview")
    approval = shop.silently("pulumi config set --path 'auth0-permissions:approvedRemovals[0]' delete:orders")
    approved = shop.transcript("pulumi preview")
    return {
        "refuse-if-held": held,
        "refuse": refused,
        "refuse-approved": f"{approval}\n{approved}",
    }


def _numbers(shop: Shop) -> Mapping[str, str]:
    shop.declare({"read:orders": "Read orders"})
    most = shop.refusal("pulumi preview")
    limit = shop.silently("pulumi config set auth0-permissions:maxRemovals 1")
    shop.declare(without("delete:orders", "export:orders"))
    return {"most-of-it": most, "max-removals": limit + "\n" + shop.refusal("pulumi preview")}


def _rename(shop: Shop) -> Mapping[str, str]:
    renamed = {**without("delete:orders"), "cancel:orders": "Cancel orders"}
    shop.declare(renamed, "renames={'delete:orders': 'cancel:orders'}")
    preview = shop.transcript("pulumi preview")
    shop.tenant.clear_journal()
    up = shop.transcript("pulumi up")
    return {"rename-preview": preview, "rename-up": up, "rename-writes": shop.writes()}


def _destroy(shop: Shop) -> Mapping[str, str]:
    Hand(shop.tenant).add(ORDERS, "admin:orders", "Added by hand")
    destroyed = shop.transcript("pulumi destroy", "Diagnostics", "Resources")
    return {"destroy": destroyed}


def _destroy_refused(shop: Shop) -> Mapping[str, str]:
    shop.declare(PERMISSIONS, "removal='refuse_if_held'")
    shop.workspace.up("--skip-preview")
    return {"destroy-refused": shop.refusal("pulumi destroy")}


def _conflict(shop: Shop) -> Mapping[str, str]:
    shop.declare(without("export:orders"))
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
    shop.declare(without("export:orders"))
    scopes = [{"value": value, "description": text} for value, text in PERMISSIONS.items()]
    scopes.append({"value": "approve:orders", "description": "Approve orders"})
    rival = {"rival_patch": {"scopes": scopes}, "rival_path": API_PATH}
    shop.tenant.add_fault(Fault.from_json({"action": "rival", "method": "PATCH", "path": API_PATH, **rival}))
    return {"rival": shop.transcript("pulumi up")}


def _drift(shop: Shop) -> Mapping[str, str]:
    Hand(shop.tenant).delete(ORDERS, "export:orders")
    return {"drift": shop.transcript("pulumi preview")}


def _holders(shop: Shop) -> Mapping[str, str]:
    return {"holders": shop.said_by(f"auth0-permissions holders --api {ORDERS} delete:orders export:orders")}


SCENES: Mapping[str, Scene] = {
    "readme": Scene(frozenset({"readme-preview"}), _readme),
    "warn": Scene(frozenset({"warn-preview", "warn-up"}), _warn, whole_list_grant=True),
    "unknown": Scene(frozenset({"warn-unknown", "refuse-if-held-unknown"}), _unknown),
    "revoke": Scene(frozenset({"revoke-preview", "revoke-up", "revoke-writes"}), _revoke),
    "refuse": Scene(frozenset({"refuse-if-held", "refuse", "refuse-approved"}), _refuse),
    "numbers": Scene(frozenset({"most-of-it", "max-removals"}), _numbers),
    "rename": Scene(frozenset({"rename-preview", "rename-up", "rename-writes"}), _rename),
    "destroy": Scene(frozenset({"destroy"}), _destroy),
    "destroy refused": Scene(frozenset({"destroy-refused"}), _destroy_refused),
    "conflict": Scene(frozenset({"conflict"}), _conflict),
    "rival": Scene(frozenset({"rival"}), _rival),
    "drift": Scene(frozenset({"drift"}), _drift),
    "holders": Scene(frozenset({"holders"}), _holders),
}
