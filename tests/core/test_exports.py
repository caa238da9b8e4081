"""What each module offers: `__all__` names its public classes and functions, sorted, and nothing else."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from types import ModuleType

import pytest

import pulumi_auth0_permissions.core
import pulumi_auth0_permissions.render

MODULES = sorted(
    f"{package.__name__}.{found.name}"
    for package in (pulumi_auth0_permissions.core, pulumi_auth0_permissions.render)
    for found in pkgutil.iter_modules(package.__path__)
)


def public_names(module: ModuleType) -> set[str]:
    """Return the classes and functions that a module defines without an underscore."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__ == module.__name__
    }


@pytest.mark.parametrize("name", MODULES)
def test_all_names_what_is_public(name: str) -> None:
    """Every public class and function of a module is in `__all__`, and every name in it exists."""
    module = importlib.import_module(name)

    assert public_names(module) <= set(module.__all__)
    assert all(hasattr(module, offered) for offered in module.__all__)


@pytest.mark.parametrize("name", MODULES)
def test_values_cannot_be_changed(name: str) -> None:
    """Every data class of a module is frozen and has slots: a plan that was judged is the plan that is applied."""
    module = importlib.import_module(name)
    values = [kind for kind in vars(module).values() if inspect.isclass(kind) and dataclasses.is_dataclass(kind)]

    for kind in values:
        assert kind.__dataclass_params__.frozen, kind  # type: ignore[attr-defined]
        assert "__slots__" in vars(kind), kind


@pytest.mark.parametrize("name", MODULES)
def test_all_is_sorted(name: str) -> None:
    """Names in `__all__` are sorted, constants first, then classes, then functions, and each is named once."""
    offered = list(importlib.import_module(name).__all__)

    assert offered == sorted(set(offered), key=lambda one: (not one.isupper(), not one[0].isupper(), one))
