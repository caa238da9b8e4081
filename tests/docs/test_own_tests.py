"""The tests that the pages tell people to write for their own programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from docs.pages import used


@pytest.mark.parametrize("text", [used("test-mocks"), used("test-tenant")], ids=["mocks", "tenant"])
def test_the_tests_of_the_page_pass(text: str, tmp_path: Path) -> None:
    """As they stand there, in a folder of their own."""
    (tmp_path / "test_page.py").write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.", "test_page.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_policy_of_the_page_names_what_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule itself; a stand-in takes the place of the policy SDK, which the tests do not need otherwise."""
    rules: list[SimpleNamespace] = []
    stand_in = SimpleNamespace(
        EnforcementLevel=SimpleNamespace(MANDATORY="mandatory"),
        PolicyPack=lambda _name, policies, **_: rules.extend(policies),
        ResourceValidationPolicy=lambda _name, _description, validate: SimpleNamespace(validate=validate),
    )
    monkeypatch.setitem(sys.modules, "pulumi_policy", stand_in)
    exec(used("test-policy"), {})  # noqa: S102 - the page's own program
    found: list[str] = []
    of_ours = {"resource_type": "pulumi-python:dynamic/auth0:ApiPermissions"}
    held = SimpleNamespace(**of_ours, props={"permissions": {"read:orders": "", "everything": ""}})

    rules[0].validate(held, found.append)

    assert found == ["'everything' is not verb:noun"]
