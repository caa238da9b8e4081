"""Between the engine's values and the core's: unknowns, and what `ignore_changes` makes of inputs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pulumi.output import Unknown as EngineUnknown

from pulumi_auth0_permissions.core.validation import UNKNOWN, Inputs, typed_inputs
from pulumi_auth0_permissions.pulumi_adapter import state
from pulumi_auth0_permissions.settings import Settings


def with_core_unknowns(value: object) -> object:
    """Replace the engine's unknown values, wherever they stand, by the core's, and put maps in order.

    The engine hands maps over in any order; sorted, the same program adds its permissions in the same order.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, EngineUnknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: with_core_unknowns(item) for key, item in sorted(value.items(), key=lambda pair: str(pair[0]))}
    if isinstance(value, list):
        return [with_core_unknowns(item) for item in value]
    return value


def checked_inputs(properties: Mapping[str, object], settings: Settings) -> Inputs:
    """Return inputs that `check` has passed, typed; what they do not say is the stack's default."""
    known = with_core_unknowns(state.inputs_of(properties))
    assert isinstance(known, Mapping)  # noqa: S101 - a map stays a map
    return typed_inputs({"unmanaged": settings.unmanaged, "removal": settings.removal, **known})


def ignored_permissions(paths: Collection[str]) -> tuple[frozenset[str], bool]:
    """Return the permissions that ``ignore_changes`` names, and whether it names all of them.

    Source of the forms: Pulumi's property paths, ``permissions``, ``permissions.name`` and ``permissions["name"]``.
    """
    values = set()
    for path in paths:
        if path in ("*", "permissions", "permissions[*]", "permissions.*"):
            return frozenset(), True
        if path.startswith("permissions."):
            values.add(path.removeprefix("permissions."))
        elif path.startswith('permissions["') and path.endswith('"]'):
            values.add(path[len('permissions["') : -2].replace('\\"', '"'))
    return frozenset(values), False


def as_ignored(checked: Mapping[str, object], olds: Mapping[str, object], paths: Collection[str]) -> dict[str, object]:
    """Return inputs as the engine makes them of what `check` returns: what is ignored is as it was."""
    if not olds or not paths:
        return dict(checked)
    result = dict(checked)
    for name in state.INPUT_NAMES:
        if "*" in paths or name in paths:
            result.pop(name, None)
            if name in olds:
                result[name] = olds[name]
    values, _ = ignored_permissions(paths)
    old, new = olds.get("permissions"), result.get("permissions")
    if values and isinstance(old, Mapping) and isinstance(new, Mapping):
        kept = {value: text for value, text in old.items() if value in values}
        result["permissions"] = {**{value: text for value, text in new.items() if value not in values}, **kept}
    return result
