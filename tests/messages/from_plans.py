"""Messages on plans and their writes: what stands against them, conflicts, access that moves, rivals."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from unittest.mock import patch

from core.memory_management import API_ID, Fault, MemoryManagement, an_api, unreachable
from messages.from_inputs import Producer, said_by
from pulumi_auth0_permissions.access import Access
from pulumi_auth0_permissions.assessment import Assessor
from pulumi_auth0_permissions.core.conflicts import Basis, Shown
from pulumi_auth0_permissions.core.holders import Holder, HolderKind, Impact
from pulumi_auth0_permissions.core.intent import Intent
from pulumi_auth0_permissions.core.modes import Removal
from pulumi_auth0_permissions.core.permissions import Permission, PermissionSet
from pulumi_auth0_permissions.core.plan import Plan, compute_plan
from pulumi_auth0_permissions.core.safety import Policy, objections
from pulumi_auth0_permissions.engine.private_files import private_folder
from pulumi_auth0_permissions.engine.token_file import TokenFile
from pulumi_auth0_permissions.impact import ImpactLookup
from pulumi_auth0_permissions.management.credentials import Credentials
from pulumi_auth0_permissions.management.errors import InvalidRequest
from pulumi_auth0_permissions.management.models import Api, ApiWrite
from pulumi_auth0_permissions.reconciler import Reconciler
from pulumi_auth0_permissions.rivals import RivalWatch

__all__ = ["PRODUCERS"]

READ, WRITE, DELETE = "read:orders", "write:orders", "delete:orders"
MANAGER = Holder(HolderKind.ROLE, "rol_Zx9TnYuMkJh3GfDs", "Shop manager")
BACK_OFFICE = Holder(HolderKind.CLIENT_GRANT, "cgr_b7RtYuIoPqWsXcVn", "Back office")
MANY = [f"p{number:02}:orders" for number in range(20)]


def _plan(
    observed: Sequence[str], desired: Sequence[str], *, prior: Sequence[str] | None = None, **renames: str
) -> Plan:
    """Plan from what is there, all of it ours where ``prior`` does not say otherwise, to what is declared."""
    return compute_plan(
        desired=PermissionSet.of(dict.fromkeys(desired, "")),
        prior=observed if prior is None else prior,
        observed=PermissionSet(map(Permission, observed)),
        renames={old.replace("_", ":"): new for old, new in renames.items()},
    )


def _objection(plan: Plan, policy: Policy | None = None, impact: Impact | None = None) -> Producer:
    return lambda _: list(objections(plan, policy or Policy(), impact))


def _all(*producers: Producer) -> Producer:
    return lambda folder: [text for produce in producers for text in produce(folder)]


_REMOVING = _plan([READ, WRITE, DELETE], [READ, WRITE])
_RENAMING = _plan([READ, DELETE], [READ, "remove:orders"], delete_orders="remove:orders")
_HELD = Impact({DELETE: (MANAGER,)}, whole_list_grants=(BACK_OFFICE,))
_NOT_ALL_KNOWN = Impact(unknown=("roles could not be read, since the token lacks read:roles",))

_OF_SAFETY: Mapping[str, Producer] = {
    "unmanaged-permissions": _objection(_plan([READ, "export:orders"], [READ], prior=[READ])),
    "rename-collides": _objection(
        _plan([DELETE, READ, "remove:orders"], [READ, "remove:orders"], delete_orders="remove:orders")
    ),
    "api-overfull": _objection(_plan([], [f"p{number}" for number in range(1001)])),
    "too-many-removals": _objection(_REMOVING, Policy(max_removals=0)),
    "emptying-the-api": _objection(_plan([READ, WRITE], [])),
    "most-of-the-api": _objection(_plan([*MANY, "odd\norders"], MANY[:6])),
    "removal-not-approved": _objection(_REMOVING, Policy(removal=Removal.REFUSE)),
    "removal-of-held": _objection(_REMOVING, Policy(removal=Removal.REFUSE_IF_HELD), _HELD),
    "holders-not-known": _all(
        _objection(_REMOVING, Policy(removal=Removal.REFUSE_IF_HELD), _NOT_ALL_KNOWN),
        _objection(_REMOVING, Policy(removal=Removal.REFUSE_IF_HELD), None),
    ),
    "access-cannot-move": _all(
        _objection(_RENAMING, None, _NOT_ALL_KNOWN), _objection(_REMOVING, Policy(removal=Removal.REVOKE), None)
    ),
}


def _tenant(*values: str, is_system: bool = False) -> MemoryManagement:
    return MemoryManagement(an_api(*map(Permission, values), is_system=is_system))


def _reconciler(management: MemoryManagement) -> Reconciler:
    def no_pause(_seconds: float) -> None:
        """Take no time."""

    return Reconciler(
        management,
        ImpactLookup(management).look_up,
        Access(management, sleep=no_pause),
        rivals=RivalWatch(management),
        sleep=no_pause,
    )


def _refused(management: MemoryManagement, intent: Intent, shown: Shown | None = None) -> str:
    return said_by(lambda: _reconciler(management).apply(intent, shown))


def _intent(*desired: str, **more: object) -> Intent:
    wanted = Intent(API_ID, PermissionSet.of(dict.fromkeys(desired, "")), frozenset({READ, WRITE, DELETE}))
    return dataclasses.replace(wanted, **more)  # type: ignore[arg-type]


_RENAME = _intent(READ, "remove:orders", renames={DELETE: "remove:orders"})


def _plan_refused(_: Path) -> list[str]:
    return [_refused(_tenant(READ, "export:orders"), _intent(READ))]


def _system_api(_: Path) -> list[str]:
    management = _tenant(READ, is_system=True)
    return list(Assessor(management, ImpactLookup(management).look_up).assess(_intent(READ), management.api).objections)


def _token_lacks(_: Path) -> list[str]:
    management = _tenant(READ, DELETE)
    management.scopes = frozenset({"read:resource_servers"})
    return list(Assessor(management, ImpactLookup(management).look_up).assess(_intent(READ), management.api).objections)


def _conflict(_: Path) -> list[str]:
    """Beyond a preview, beyond the state, after a preview that could not tell, and in the middle of a rename."""
    nothing = [Shown((), basis) for basis in Basis]
    beyond = [_refused(_tenant(READ, DELETE), _intent(READ), shown) for shown in nothing]
    management = _tenant(READ, DELETE)
    management.give("rol_1", DELETE)
    shown = Shown(_RENAME.plan_for(management.api.permissions).changes)
    steps = iter([lambda: None, lambda: management.rival(*map(Permission, (READ, DELETE, "remove:orders", WRITE)))])
    management.before_write = list(steps)
    management.write_faults = [None, Fault.rate_limited()]
    return [*beyond, _refused(management, _RENAME, shown)]


def _answer_differs(_: Path) -> list[str]:
    management = _tenant(READ, WRITE)
    theirs = PermissionSet([Permission(READ, "Theirs"), Permission("export:orders")])
    management.answer = lambda api: dataclasses.replace(api, permissions=theirs)
    return [_refused(management, _intent(READ, WRITE, DELETE))]


def _role_does_not_hold(_: Path) -> list[str]:
    management = _tenant(READ, DELETE)
    management.give("rol_1", DELETE)
    with patch.object(management, "add_role_permissions"):
        return [_refused(management, _RENAME)]


def _with_a_grant(replace: Callable[..., object]) -> str:
    management = _tenant(READ, DELETE)
    management.give("cgr_1", READ, DELETE, "gone:orders")
    with patch.object(management, "replace_grant_scope", replace):
        return _refused(management, _RENAME)


def _grant_answer_differs(_: Path) -> list[str]:
    management = _tenant(READ)
    management.give("cgr_1", READ)
    return [_with_a_grant(lambda *_: management.grants["cgr_1"])]


def _grant_names_dead_permission(_: Path) -> list[str]:
    def refuse(grant_id: str, _scope: Sequence[str]) -> object:
        raise InvalidRequest(
            request=f"PATCH /api/v2/client-grants/{grant_id}",
            what="Payload validation error: scope must be a subset of resource server scopes",
            next_action="",
            status=400,
            error="Bad Request",
            error_code="invalid_body",
        )

    return [_with_a_grant(refuse)]


def _rivals_said(management: MemoryManagement) -> list[str]:
    management.scopes = frozenset({"read:resource_servers", "update:resource_servers", "read:logs"})
    return list(_reconciler(management).apply(_intent(READ, WRITE), None).rivals)


def _rival_wrote(_: Path) -> list[str]:
    """Somebody who had another permission, and somebody who described one in other words."""
    said = []
    for theirs in (
        [{"value": READ}, {"value": "export:orders"}],
        [{"value": READ}, {"value": WRITE, "description": "W"}],
    ):
        management = _tenant(READ)
        management.before_write = [partial(_log, management, {"scopes": theirs})]
        said += _rivals_said(management)
    return said


def _log(management: MemoryManagement, body: Mapping[str, object]) -> None:
    management.log.append(_entry(management.api, body))


def _entry(api: Api, body: Mapping[str, object]) -> ApiWrite:
    path = f"/api/v2/resource-servers/{api.id}"
    return ApiWrite(
        "log", datetime.now(UTC), "dashboard", "ann@example.com", "Update a resource server", "PATCH", path, 200, body
    )


def _rival_not_looked_up(_: Path) -> list[str]:
    management = _tenant(READ)

    def fail(*_: object) -> object:
        raise unreachable()

    with patch.object(management, "recent_api_writes", fail):
        return _rivals_said(management)


def _folder_not_ours(folder: Path) -> list[str]:
    with patch.dict("os.environ", XDG_RUNTIME_DIR=str(folder)):
        private_folder().chmod(0o755)
        try:
            private_folder()
        except PermissionError as error:
            return [str(error)]
    raise AssertionError("a folder that others may enter was used")


def _token_not_kept(folder: Path) -> list[str]:
    said: list[str] = []
    with patch.dict("os.environ", XDG_RUNTIME_DIR=str(folder)):
        private_folder().chmod(0o755)
        TokenFile("https://acme.eu.auth0.com", Credentials.of_client("id", "secret"), said.append).load()
    return said


_OF_WRITES: Mapping[str, Producer] = {
    "plan-refused": _plan_refused,
    "system-api": _system_api,
    "token-lacks-for-plan": _token_lacks,
    "conflict": _conflict,
    "answer-differs": _answer_differs,
    "role-does-not-hold": _role_does_not_hold,
    "grant-answer-differs": _grant_answer_differs,
    "grant-names-dead-permission": _grant_names_dead_permission,
    "rival-wrote": _rival_wrote,
    "rival-not-looked-up": _rival_not_looked_up,
    "folder-not-ours": _folder_not_ours,
    "token-not-kept": _token_not_kept,
}

PRODUCERS: Mapping[str, Producer] = {**_OF_SAFETY, **_OF_WRITES}
