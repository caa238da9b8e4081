"""A small fleet through the real CLI: two tenants, four stacks of which one cannot work; run once for all tests."""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from auth0_local_tenant import LocalTenant, RateLimit, TenantOptions
from docs.typed import Typed
from fleet.page import block, command_of, steady
from fleet.site import APIS, TIMEOUT_S, Ran, Site, identifier
from support.hand import Hand

FREE_PLAN = RateLimit(per_second=2, burst=10)
PER_SECOND = 1.5
STACKS = {"acme-east": 0, "beta-east": 0, "acme-west": 1, "beta-west": 1}
CATALOG = {"read:things": "Read things", "write:things": "Change things"}


@dataclass(frozen=True)
class Story:
    """What happened, in order: a run in which one stack fails, preview and run after it was mended, refresh, stop."""

    site: Site
    files: dict[str, str]
    files_after: dict[str, str]
    first: Ran
    journals: tuple[list[Any], ...]
    budget: object
    mended: Typed
    previewed: dict[str, Any]
    updated: dict[str, Any]
    refreshed: Ran
    stopped: Ran
    held_when_stopped: dict[str, set[str]]
    recorded_when_stopped: dict[str, list[str]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path) -> Iterator[Story]:
    """Runs the fleet five times, the first three by the commands of the page."""
    folder = tmp_path_factory.mktemp("fleet")
    gate = Gate()
    options = TenantOptions(rate_limit=FREE_PLAN, sleep=gate)
    with LocalTenant(seed=seed(0), options=options) as east, LocalTenant(seed=seed(1), options=options) as west:
        tenants = (east, west)
        site = Site(folder, pulumi_home, {name: tenants[number] for name, number in STACKS.items()})
        right = (site.project / "Pulumi.beta-west.yaml").read_text()
        (site.project / "Pulumi.beta-west.yaml").write_text(right.replace("    things: ", "    thingz: "))
        site.catalog(CATALOG)
        files = site.files()
        first = site.typed(command_of("run"))
        journals = tuple(tenant.journal() for tenant in tenants)
        budget = json.loads(site.pulumi("stack", "output", "--stack", "acme-east", "--json")).get("budget")
        files_after = site.files()
        (site.project / "Pulumi.beta-west.yaml").write_text(right)
        mended = site.preview_and_update()
        previewed, updated = (json.loads((site.project / f"{name}.json").read_text()) for name in ("preview", "up"))
        Hand(east).describe(identifier("acme-east"), "read:things", "Described by hand")
        refreshed = site.fleet("refresh", "*-east")
        site.catalog({**CATALOG, "audit:things": "Audit things"})
        gate.close(*tenants)
        stopped = stop_at_the_first_write(site, gate)
        states = {name: recorded(site, name) for name in STACKS}
        yield Story(
            site=site,
            files=files,
            files_after=files_after,
            first=first,
            journals=journals,
            budget=budget,
            mended=mended,
            previewed=previewed,
            updated=updated,
            refreshed=refreshed,
            stopped=stopped,
            held_when_stopped=held(tenants),
            recorded_when_stopped=states,
        )


def seed(number: int) -> dict[str, object]:
    """Return the APIs of a tenant's stacks."""
    scopes = [{"value": "read:things", "description": "Read things"}]
    names = [identifier(name, api) for name, tenant in STACKS.items() if tenant == number for api in APIS]
    return {"resource_servers": [{"identifier": name, "name": name, "scopes": scopes} for name in names]}


def results(report: dict[str, Any]) -> dict[str, str]:
    """Return a report's stack → result."""
    return {stack["stack"]: stack["result"] for stack in report["stacks"]}


def held(tenants: tuple[LocalTenant, ...]) -> dict[str, set[str]]:
    """Return what the tenants hold: identifier → permissions; without the tenants' own APIs."""
    held: list[Any] = [server for tenant in tenants for server in tenant.dump()["resource_servers"]]
    ours = {identifier(name, api) for name in STACKS for api in APIS}
    servers = [server for server in held if server["identifier"] in ours]
    return {server["identifier"]: {scope["value"] for scope in server.get("scopes", ())} for server in servers}


def recorded(site: Site, stack: str) -> list[str]:
    """Return all permissions that a stack's state has of its APIs."""
    resources = json.loads(site.pulumi("stack", "export", "--stack", stack))["deployment"]["resources"]
    return [value for resource in resources for value in resource.get("outputs", {}).get("permissions", ())]


class Gate:
    """Holds a tenant's requests from its first write on, once closed; in place of the pause for latency."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()
        self.tenants: tuple[LocalTenant, ...] = ()

    def __call__(self, _seconds: float) -> None:
        """Wait if there has been a write."""
        if any(entry.method == "PATCH" for tenant in self.tenants for entry in tenant.journal()):
            self.reached.set()
            self._open.wait(timeout=TIMEOUT_S)

    def close(self, *tenants: LocalTenant) -> None:
        """Hold whatever follows the next write on one of them."""
        self.tenants = tenants
        for tenant in tenants:
            tenant.clear_journal()
            tenant.options = dataclasses.replace(tenant.options, latency_ms=1)

    def open(self) -> None:
        """Let all go on."""
        self._open.set()


def stop_at_the_first_write(site: Site, gate: Gate) -> Ran:
    """Run `up`, press Ctrl-C twice while a tenant is being written to, and return what came of it."""
    with subprocess.Popen(
        site.command(["up"]), env=site.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        gate.reached.wait(timeout=TIMEOUT_S)
        told = ""
        for awaited in ("stopping: ", "told "):
            process.send_signal(signal.SIGINT)
            while not told.startswith(awaited):
                told = process.stderr.readline()
                assert told, "it has ended before it could be stopped"
        gate.open()
        out, err = process.communicate()
    return site.ran(process.returncode, out, err)


class TestFailure:
    """One stack that cannot work."""

    def test_the_others_are_updated(self, story: Story) -> None:
        """A stack's failure is its own."""
        assert story.first.results() == {
            "acme-east": "changed",
            "beta-east": "changed",
            "acme-west": "changed",
            "beta-west": "failed",
        }

    def test_it_is_told_by_its_cause(self, story: Story) -> None:
        """The provider's sentence is in the report, and under the table."""
        message = story.first.stack("beta-west")["message"]
        assert '"thingz"' in message
        assert f"\nbeta-west: {message.splitlines()[0]}" in story.first.out

    def test_the_exit_code_tells(self, story: Story) -> None:
        """1: something failed."""
        assert story.first.code == 1

    def test_permissions_are_counted(self, story: Story) -> None:
        """One was added to each of two APIs; the one that was there already is taken over, which is no change."""
        assert story.first.stack("acme-east")["changes"] == {"added": 2, "deleted": 0, "altered": 0}

    def test_progress_is_told(self, story: Story) -> None:
        """After each stack: how many of how many, failures, and how long it will take."""
        lines = story.first.err.splitlines()
        assert len(lines) == 4
        assert lines[0].startswith("[1/4] ")
        assert " left)" in lines[2]
        assert "(1 failed" in story.first.err

    def test_the_page_shows_such_a_run(self, story: Story) -> None:
        """The table on the page is that of this run, but for ports and times."""
        assert steady(f"```console\n$ {command_of('run')}\n{story.first.out}```") == steady(block("run"))


class TestBudget:
    """What the stacks may ask of a tenant."""

    def test_nobody_is_refused(self, story: Story) -> None:
        """On a tenant with a free plan's limit no request gets 429."""
        assert [entry.status for journal in story.journals for entry in journal if entry.status == 429] == []

    def test_a_stack_runs_with_its_share(self, story: Story) -> None:
        """What the program was run with is the budget of the tenant, as one of its stacks runs at a time."""
        assert story.budget == str(PER_SECOND)

    def test_the_files_of_the_project_are_untouched(self, story: Story) -> None:
        """The budget goes into copies; comments, order and secrets in the stacks' files are as they were."""
        assert "# a comment that has to stay" in story.files["Pulumi.acme-east.yaml"]
        assert {name: text for name, text in story.files_after.items() if name != "up.json"} == story.files

    def test_stacks_of_one_tenant_take_turns(self, story: Story) -> None:
        """One stack's requests come to their end before the next one's begin."""
        clients = [entry.client_id for entry in story.journals[0] if entry.client_id]
        turns = [client for n, client in enumerate(clients) if n == 0 or client != clients[n - 1]]
        assert len(turns) == 2


class TestResume:
    """A preview of all, after the failure was mended, and the update that follows it."""

    def test_the_preview_finds_what_is_to_do(self, story: Story) -> None:
        """The mended stack is to be changed, the others are as they should be, and the exit code tells."""
        assert results(story.previewed) == {
            "acme-east": "unchanged",
            "acme-west": "unchanged",
            "beta-east": "unchanged",
            "beta-west": "changed",
        }
        assert story.mended.codes[0] == 5

    def test_only_what_is_to_do_runs(self, story: Story) -> None:
        """The stacks that the preview found unchanged at this revision are left out."""
        assert [s["stack"] for s in story.updated["stacks"] if not s["earlier"]] == ["beta-west"]
        assert "\n[1/1] beta-west: changed +2" in story.mended.output

    def test_the_report_is_of_all(self, story: Story) -> None:
        """What was left out is in it, so it can be resumed in turn; and all is well now."""
        assert results(story.updated) == results(story.previewed)
        assert story.mended.codes[1] == 0


class TestRefresh:
    """The states brought up to what the tenants hold."""

    def test_what_was_done_by_hand_is_counted(self, story: Story) -> None:
        """One permission was described anew in the tenant; the other stack has nothing to record."""
        assert story.refreshed.results() == {"acme-east": "changed", "beta-east": "unchanged"}
        assert story.refreshed.stack("acme-east")["changes"] == {"added": 0, "deleted": 0, "altered": 1}
        assert story.refreshed.code == 0


class TestStop:
    """Ctrl-C twice, in the middle of a write."""

    def test_what_ran_is_cancelled_and_the_rest_is_not_run(self, story: Story) -> None:
        """Nothing starts after the first; what runs is told to stop by the second; 130 says it was stopped."""
        assert story.stopped.code == 130
        assert set(story.stopped.results().values()) <= {"cancelled", "changed", "not run"}
        assert list(story.stopped.results().values()).count("not run") == 2
        assert "cancelled" in story.stopped.results().values()

    def test_no_stack_is_left_locked(self, story: Story) -> None:
        """The engine was let come to an end, so the next run needs no `pulumi cancel`."""
        assert [file for file in story.site.state.rglob("*.json") if "locks" in file.parts] == []

    def test_each_api_has_the_old_or_the_new_permissions(self, story: Story) -> None:
        """Nothing is half done in a tenant."""
        old, new = {"read:things", "write:things"}, {"read:things", "write:things", "audit:things"}
        assert all(permissions in (old, new) for permissions in story.held_when_stopped.values())
        assert new in story.held_when_stopped.values()

    def test_states_know_what_was_written(self, story: Story) -> None:
        """A write that was under way when the engine was told to stop is recorded like any other."""
        held = story.held_when_stopped
        written = {name: sum("audit:things" in held[identifier(name, api)] for api in APIS) for name in STACKS}
        assert {name: story.recorded_when_stopped[name].count("audit:things") for name in STACKS} == written
