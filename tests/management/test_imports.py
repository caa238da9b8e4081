"""Nothing slow is imported before a tenant is asked."""

from __future__ import annotations

import subprocess
import sys

import pytest

HTTP = "{'requests', 'urllib3', 'http.client', 'ssl'}"


def imported_by(module: str, watched: str) -> str:
    """Return which of the watched modules a fresh interpreter has after importing one without its package's init."""
    program = (
        "import importlib, importlib.util, sys, types\n"
        "found = importlib.util.find_spec('pulumi_auth0_permissions')\n"
        "package = types.ModuleType('pulumi_auth0_permissions')\n"
        "package.__path__ = list(found.submodule_search_locations)\n"
        "sys.modules['pulumi_auth0_permissions'] = package\n"
        f"importlib.import_module('pulumi_auth0_permissions.{module}')\n"
        f"print(sorted({watched} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return result.stdout.strip()


@pytest.mark.parametrize(
    "module",
    ["management", "management.errors", "management.models", "management.credentials", "management.domain", "settings"],
)
def test_what_others_need_of_the_client_brings_no_http(module: str) -> None:
    """Errors, models and settings can be imported without `requests`."""
    assert imported_by(module, HTTP) == "[]"


def test_importing_the_product_brings_no_http_library() -> None:
    """`import pulumi_auth0_permissions` leaves `requests` to the provider's process."""
    program = "import pulumi_auth0_permissions, sys; print('requests' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "False"


@pytest.mark.parametrize("module", ["management.client", "settings"])
def test_the_client_does_not_know_pulumi(module: str) -> None:
    """Neither the client nor the settings import Pulumi."""
    assert imported_by(module, "{'pulumi', 'grpc'}") == "[]"
