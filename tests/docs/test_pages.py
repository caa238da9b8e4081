"""What stands on the pages is so: links, tests and files that they name, code blocks, settings; and they are a site."""

import ast
import dataclasses
import inspect
import json
import os
import re
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from auth0_permissions_cli.catalog_text import schema_text
from docs.pages import PAGES, ROOT, commands_to_type, fences, links, run_block, used
from docs.scenes import helps
from docs.story import STORY
from pulumi_auth0_permissions import ApiPermissions, GetApiPermissionsResult, lookup, resource
from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.settings import Settings, StageConfig
from support.commands import run
from support.environment import make_environ

PROMISES = 13


def test_links_lead_somewhere() -> None:
    """Every link to a file of the repository leads to one that is there; building the site looks for the headings."""
    files = {
        (page.parent / target.partition("#")[0]).resolve(): f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in links(page)
        if "://" not in target and not target.startswith(("#", "mailto:"))
    }

    assert [link for file, link in files.items() if not file.is_file() or not file.is_relative_to(ROOT)] == []


def test_the_readme_is_short_and_leads_nowhere_that_an_index_has_not() -> None:
    """A package index shows it alone: its links are absolute."""
    readme = ROOT / "README.md"

    assert len(readme.read_text(encoding="utf-8").splitlines()) < 120
    assert [target for target in links(readme) if "://" not in target] == []


def test_every_promise_names_tests_that_exist() -> None:
    """The page has all promises, in order, and each names tests: their files have them, in the class of that name."""
    page = (ROOT / "docs" / "explanation" / "promises.md").read_text(encoding="utf-8")
    parts = re.findall(r"(?ms)^(\d+)\. \*\*(.*?)(?=^\d+\. \*\*|\Z)", page)
    named = {number: re.findall(r"(?m)^ +- `(tests/[^`]+)`", text) for number, text in parts}
    missing = []
    for test in {test for tests in named.values() for test in tests}:
        file, *names = test.split("::")
        scope: ast.AST = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        for name in names:
            scope = next((one for one in ast.iter_child_nodes(scope) if getattr(one, "name", "") == name), ast.Pass())
        missing += [test] if isinstance(scope, ast.Pass) else []

    assert list(named) == [str(number) for number in range(PROMISES + 1)]
    assert all(named.values())
    assert missing == []


def test_every_code_block_is_held_against_something_real() -> None:
    """Each code block says what it is and how it is checked, and a scene or a test takes it by its name."""
    tests = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("*.py"))
    taking = r"""\b(?:run_block|commands_to_type|used|use|change|type\w*|blocks)[(\[]\s*("[^)\]]*)"""
    taken = {name for call in re.findall(taking, tests) for name in re.findall(r'"([\w-]+)"', call)}

    assert [str(fence) for fence in fences() if not fence.kind or not fence.language] == []
    named = {fence.name for fence in fences() if fence.kind != "file"}
    assert named - taken - {*helps(), *STORY} == set()


def test_files_on_pages_are_those_of_the_repository() -> None:
    """A block that shows a file shows all of it, as it is."""
    shown = [fence for fence in fences() if fence.kind == "file"]

    assert shown
    for fence in shown:
        assert fence.text == (ROOT / fence.name).read_text(encoding="utf-8"), str(fence)


def test_settings_are_all_documented() -> None:
    """The page on configuration has every key that is read, and no other."""
    asked: set[str] = set()

    def config(key: str) -> str | None:
        asked.add(key)
        return None

    for reads in (lambda: Settings.read(config, {}), lambda: StageConfig.read(config)):
        with pytest.raises(InvalidInputs):
            reads()
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    keys = re.findall(r"^\| `(auth0:\w+|\w+)` \|", page, re.MULTILINE)

    assert {key if ":" in key else f"auth0-permissions:{key}" for key in keys} == asked


def test_arguments_and_outputs_are_all_documented() -> None:
    """The page on the resource says of each argument and output what its docstring says; limits are all there."""
    page = (ROOT / "docs" / "reference" / "resource.md").read_text(encoding="utf-8")
    meanings = dict(re.findall(r"^\| `(\w+)` \| (?:.* \| )?(.*) \|$", page, re.MULTILINE))
    names, said = set(meanings), _words(inspect.getsource(resource) + inspect.getsource(lookup))
    catalog = (ROOT / "docs" / "reference" / "catalog.md").read_text(encoding="utf-8")
    arguments = set(inspect.signature(ApiPermissions.__init__).parameters) - {"self"}
    outputs = set(inspect.get_annotations(ApiPermissions)) | {"effective_permissions"}

    assert names == arguments | outputs | {field.name for field in dataclasses.fields(GetApiPermissionsResult)}
    assert {name: text for name, text in meanings.items() if _words(text) not in said} == {}
    limits = re.findall(r'"max(?:Length|Properties)": (\d+)', schema_text())
    assert [limit for limit in limits if f"at most {limit}" not in catalog] == []


def _words(text: str) -> str:
    """Return a text without marks, in one line."""
    return " ".join(re.sub(r"[`#\\]", "", text).split())


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """Every page is in a table of contents, and every reference leads somewhere, as `make docs` asks."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html", "docs", str(tmp_path)]
    done = run(command, cwd=ROOT, environ=os.environ, together=True)

    assert (done.code, done.output) == (0, "")


def test_the_way_to_a_first_change_is_there(tmp_path: Path) -> None:
    """The files are there to be edited, and make knows both commands; what those do, this run of the tests shows."""
    check, edit, test = (shlex.split(command, comments=True) for command in commands_to_type("first-change"))

    assert [name for name in edit[1:] if not (ROOT / name).is_file()] == []
    for command, part in ((check, "tools/check.sh"), (test, "pytest")):
        done = run([*command, "--dry-run"], cwd=ROOT, environ=make_environ(tmp_path), together=True)
        assert (done.code, part in done) == (0, True), done.output


@pytest.mark.parametrize("text", [used("test-mocks"), used("test-tenant")], ids=["mocks", "tenant"])
def test_the_tests_of_the_page_pass(text: str, tmp_path: Path) -> None:
    """What the pages tell people to write for their own programs, as it stands there, in a folder of its own."""
    (tmp_path / "test_page.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.", "test_page.py"]
    done = run(command, cwd=tmp_path, environ=os.environ, together=True)

    assert done.code == 0, done.output


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


@pytest.mark.nightly
def test_the_benchmark_measures(tmp_path: Path) -> None:
    """It runs the product beside the provider that does nothing, here with one permission, and writes what it found."""
    environ = make_environ(tmp_path, "--least", "--out", str(tmp_path / "bench.json"))

    typed = run_block("bench", cwd=ROOT, environ=environ)

    assert typed.code == 0, typed.output
    (row,) = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))["rows"]
    assert (row["name"], row["requests"], row["reads"]) == ("preview, unchanged", 2, 1)
    assert row["noop_wall_s"] > 0
    assert "counts: as they should be\n" in typed.output
