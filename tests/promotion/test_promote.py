"""Promotions that go through, and what stops them between the preview and the end."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from auth0_local_tenant import LocalTenant
from auth0_local_tenant.faults import Fault
from auth0_permissions_cli.failures import CommandFailed
from auth0_permissions_cli.promotion.engine import update
from auth0_permissions_cli.promotion.flow import Promotion, open_promotion
from auth0_permissions_cli.stacks.pulumi import Stack
from auth0_permissions_cli.terminal import progress
from promotion.chain import Chain, api_id, orders
from support.commands import TIMEOUT_S

pytestmark = pytest.mark.long


def test_a_change_is_promoted_once(chain: Chain) -> None:
    """One promotion brings the source's set with one PATCH and a receipt; its repetition finds nothing to do."""
    chain.change_dev(orders={"one:orders": "One"})
    chain.clear()

    receipt = chain.promote("dev", "staging", "--yes", "--format", "json", code=0).data()

    assert receipt["outcome"] == "promoted"
    apis = receipt["apis"]
    assert isinstance(apis, list)
    changed = {api["resource"]: api for api in apis}
    assert "one:orders" in [change["permission"] for change in changed["orders"]["changes"]]
    assert changed["billing"]["changes"] == []
    revision = changed["orders"]["revision"]
    assert revision["after"] == revision["source"] != revision["before"]
    assert chain.scopes("staging") == chain.scopes("dev")
    assert chain.writes() == {"dev": 0, "staging": 1, "prod": 0}

    again = chain.promote("dev", "staging", "--format", "json", code=0)

    assert again.data()["outcome"] == "nothing_to_do"
    assert chain.writes()["staging"] == 1


def test_the_program_sees_the_secrets_of_its_own_stage_only(chain: Chain) -> None:
    """Those of the source and of other stages are none of its business, prod's least of all."""
    chain.change_dev(orders={"seen:orders": "Seen"})
    program = chain.folder / "__main__.py"
    look = "import os\nopen('seen', 'a').write(' '.join(v for v in os.environ.values() if 'secret-of-' in v) + '\\n')\n"
    program.write_text(look + program.read_text())

    chain.promote("dev", "staging", "--yes", code=0)
    chain.run("auth0-permissions", "plan", "--stack", "staging")

    assert set((chain.folder / "seen").read_text().splitlines()) == {"secret-of-staging"}


def test_an_answer_is_asked_for(chain: Chain) -> None:
    """Without a terminal and --yes nothing is done, on a terminal "n" does nothing and "y" promotes."""
    chain.change_dev(orders={"asked:orders": "Asked"})
    chain.clear()

    unasked = chain.promote("dev", "staging", code=4)
    refused = _on_terminal(chain, "n\n")

    assert "there is no terminal to ask on. Add --yes" in unasked
    assert '+ asked:orders: "Asked"' in unasked
    assert refused.returncode == 4
    assert "nothing was done: you said no" in refused.stderr
    assert chain.writes()["staging"] == 0

    agreed = _on_terminal(chain, "y\n")

    assert agreed.returncode == 0, agreed.stdout + agreed.stderr
    assert chain.scopes("staging") == chain.scopes("dev")


def test_all_apis_are_previewed_before_one_is_changed(chain: Chain) -> None:
    """A removal that a stage refuses stops the other API's addition too, until a line in the stage's file approves."""
    chain.change_dev(orders={"gate:orders": "Gate"}, billing={"approve:refunds": None})
    chain.promote("dev", "staging", "--yes", code=0)
    chain.clear()

    stopped = chain.promote("staging", "prod", "--yes", "--format", "json", code=4)

    assert stopped.data()["outcome"] == "refused"
    assert "- approve:refunds" in stopped.err
    assert "held by no role and named in no client grant" in stopped.err
    assert (
        "pulumi config set --stack prod --path --type string 'auth0-permissions:approvedRemovals[0]' -- approve:refunds"
        in stopped
    )
    assert chain.writes()["prod"] == 0

    approval = 'auth0-permissions:approvedRemovals: ["approve:refunds"]'
    chain.edit_config(
        "prod", f"auth0-permissions:removal: refuse\n  {approval}", instead_of="auth0-permissions:removal"
    )
    chain.promote("staging", "prod", "--yes", code=0)

    assert chain.scopes("prod") == chain.scopes("dev")
    assert chain.scopes("prod", "https://billing.example.com") == {"read:invoices": "Read invoices"}


def test_a_promotion_that_was_cut_short_is_finished_by_the_next(chain: Chain) -> None:
    """If one API fails, it is said what was changed so far, and promoting again does what is missing."""
    chain.change_dev(orders={"cut:orders": "Cut"}, billing={"cut:billing": "Cut"})
    chain.clear()
    chain.tenants["staging"].add_fault(Fault("status", method="PATCH", path=api_id("staging", "billing"), status=400))

    failed = chain.promote("dev", "staging", "--yes", code=1)

    assert 'the update of staging failed (changed so far: "orders")' in failed
    assert "Promote again: it goes on with what is missing." in failed
    chain.clear()

    chain.promote("dev", "staging", "--yes", code=0)

    assert chain.scopes("staging", "https://billing.staging.example.com")["cut:billing"] == "Cut"
    assert chain.writes()["staging"] == 1


def test_what_somebody_else_has_changed_is_not_among_what_was_changed(chain: Chain) -> None:
    """Of two APIs that are no longer what they were, only the one that this update has written is named as changed."""
    chain.change_dev(orders={"mine:orders": "Mine"}, billing={"mine:billing": "Mine"})
    chain.clear()
    billing = api_id("staging", "billing")
    before = chain.scopes("staging", "https://billing.staging.example.com")
    theirs = {"scopes": [{"value": value, "description": "By a rival"} for value in before]}
    path = f"/api/v2/resource-servers/{billing}"
    rival = Fault("rival", method="PATCH", path=api_id("staging", "orders"), rival_patch=theirs, rival_path=path)
    chain.tenants["staging"].add_fault(rival)
    chain.tenants["staging"].add_fault(Fault("status", method="PATCH", path=billing, status=400, times=None))
    try:
        failed = chain.promote("dev", "staging", "--yes", code=1)
        assert re.search(
            r'staging failed \(changed so far: "orders"(; changed by this or by somebody else: "billing")?\)',
            failed.output,
        )
    finally:
        chain.clear()
        hand = chain.hands["staging"]
        for value, description in before.items():
            hand.describe("https://billing.staging.example.com", value, description)
    chain.promote("dev", "staging", "--yes", code=0)


def test_ctrl_c_leaves_nothing_to_repair(chain: Chain) -> None:
    """Interrupted in the middle of a write, the engine ends in order, and the next one finishes."""
    chain.change_dev(orders={"broken:orders": "Broken off"})

    # A process group of its own, as a terminal makes one and sends Ctrl-C to.
    code, said = _stopped_while_it_writes(chain, lambda running: os.killpg(running.pid, signal.SIGINT))

    assert code == 130
    assert "Traceback" not in said
    chain.promote("dev", "staging", "--yes", code=0)
    assert chain.scopes("staging") == chain.scopes("dev")


def test_sigterm_does_what_ctrl_c_does(chain: Chain) -> None:
    """Stopped by SIGTERM, which comes to the command alone, the engine ends in order too and lets go of the stack."""
    chain.change_dev(orders={"stopped:orders": "Stopped"})

    code, said = _stopped_while_it_writes(chain, lambda running: running.send_signal(signal.SIGTERM))

    assert code == 130
    assert said.endswith("Interrupted.\n")
    chain.up("staging")  # which a lock would refuse
    assert chain.scopes("staging") == chain.scopes("dev")


def _stopped_while_it_writes(chain: Chain, stop: Callable[[subprocess.Popen[str]], None]) -> tuple[int, str]:
    """Promote dev to staging, stop it while the PATCH is under way; return its exit code and what it said."""
    chain.clear()
    tenant = chain.tenants["staging"]
    tenant.add_fault(Fault("hang", method="PATCH"))
    running = subprocess.Popen(
        ["auth0-permissions", "promote", "dev", "staging", "--yes"],
        cwd=chain.folder,
        env=chain.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not _hits(tenant):
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    stop(running)
    tenant.clear_faults()
    _, said = running.communicate(timeout=TIMEOUT_S)
    return running.returncode, said


def test_an_api_that_leaves_a_stage_is_shown(chain: Chain, tmp_path: Path) -> None:
    """What the engine would only call a deleted resource is shown permission by permission, with who holds it.

    A reviewed plan that does not have it allows none of it.
    """
    saved = str(tmp_path / "plan.json")
    chain.run("auth0-permissions", "plan", "staging", "--save", saved)
    chain.edit_config("staging", "# orders", instead_of="orders:")
    try:
        answer = chain.promote("dev", "staging", code=4)
        refused = chain.promote("dev", "staging", "--yes", "--plan", saved, code=4)
    finally:
        chain.edit_config("staging", "  orders: https://orders.staging.example.com", instead_of="# orders")

    host = chain.tenants["staging"].domain.partition("//")[2]
    assert f"https://orders.staging.example.com (Orders) on {host}: " in answer
    assert "  - delete:orders\n      held by 1 role and 1 client grant: Support (" in answer
    assert ": leaves the stack; " in answer
    assert 'Left out: "orders", which staging does not name in its auth0-permissions:apis' in answer
    assert 'the program no longer declares "orders", so what is deleted with it was not reviewed.' in refused
    assert "Nothing was changed. Save a plan with `auth0-permissions plan --save`" in refused
    assert chain.writes()["staging"] == 0


def test_a_source_without_a_receipt_is_said(chain: Chain) -> None:
    """A stage that takes from a stack which has applied nothing fails with what to run, by hand and promoted."""
    (chain.folder / "Pulumi.empty.yaml").write_text((chain.folder / "Pulumi.dev.yaml").read_text())
    chain.pulumi("stack", "init", "empty", ok=None)
    chain.edit_config("staging", "auth0-permissions:promotedFrom: empty", instead_of="auth0-permissions:promotedFrom")
    try:
        previewed = chain.preview("staging", ok=False)
        promoted = chain.promote("empty", "staging", "--yes", code=4, AUTH0_CLIENT_SECRET_EMPTY="secret-of-dev")
    finally:
        chain.edit_config("staging", "auth0-permissions:promotedFrom: dev", instead_of="auth0-permissions:promotedFrom")

    assert "has not applied anything as a stage yet. Run `pulumi up --stack empty` first." in previewed
    assert "empty has not applied anything as a stage yet; run `pulumi up --stack empty` first." in promoted


Review = Callable[[], Promotion]


@pytest.fixture
def review(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> Iterator[Review]:
    """Begins a promotion of dev to staging, driven by this process."""
    for name in [name for name in os.environ if name.startswith(("AUTH0_", "PULUMI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_RUNTIME_DIR", chain.environ["XDG_RUNTIME_DIR"])
    with ExitStack() as under_way:
        line = under_way.enter_context(progress())
        yield lambda: under_way.enter_context(
            open_promotion("dev", "staging", cwd=chain.folder, environ=chain.environ, line=line)
        )


def test_a_source_that_moves_after_the_review_stops(chain: Chain, review: Review) -> None:
    """What the source applies between preview and yes is not promoted unseen, and its expected revisions hold too."""
    chain.change_dev(orders={"shown:orders": "Shown"})
    reviewed = review()
    plan = reviewed.plan()
    expected = {api.name: str(api.source) for api in plan.apis}
    chain.change_dev(orders={"unseen:orders": "Unseen"})
    chain.clear()

    with pytest.raises(CommandFailed, match="the source moved since the preview: dev has applied something else"):
        reviewed.apply(plan)
    pinned = update(Stack.of("staging", chain.folder, chain.environ), expected, print)

    assert pinned.failed
    assert 'the source moved since the preview: stack "dev" has applied something else to "orders"' in pinned.message()
    assert chain.writes()["staging"] == 0


def test_a_target_that_moves_after_the_review_stops(chain: Chain, review: Review) -> None:
    """What somebody does in the target's tenant between preview and yes is not overwritten."""
    chain.change_dev(orders={"late:orders": "Late"})
    reviewed = review()
    plan = reviewed.plan()
    hand = chain.hands["staging"]
    hand.describe(orders("staging"), "read:orders", "By hand")
    chain.clear()
    try:
        with pytest.raises(CommandFailed, match='staging has moved since the preview: somebody has changed "orders"'):
            reviewed.apply(plan)
    finally:
        hand.describe(orders("staging"), "read:orders", "Read orders")

    assert chain.writes()["staging"] == 0


def test_the_update_does_nothing_beyond_the_preview(chain: Chain, review: Review) -> None:
    """What appears in the target between the last look and the write is a conflict: the preview's record holds."""
    chain.change_dev(orders={"last:orders": "Last"})
    reviewed = review()
    plan = reviewed.plan()
    before = chain.scopes("staging")
    rival = {"scopes": [{"value": "read:orders", "description": "By a rival"}]}
    # Only the update asks for the API by its id; the promotion's own looks use the identifier.
    api = api_id("staging", "orders")
    path = f"/api/v2/resource-servers/{api}"
    fault = Fault("rival", method="GET", path=api, rival_patch=rival, rival_path=path)
    chain.tenants["staging"].add_fault(fault)
    chain.clear_journals()

    try:
        with pytest.raises(CommandFailed, match=r"conflict on https://orders\.staging\.example\.com") as stopped:
            reviewed.apply(plan)
        assert stopped.value.exit_code == 4
        assert "the update of staging failed (nothing was changed)" in str(stopped.value)
        assert chain.scopes("staging") == {"read:orders": "By a rival"}
    finally:
        chain.put_back("staging", before)

    assert chain.writes()["staging"] == 0


def _hits(tenant: LocalTenant) -> int:
    """Return how many requests the tenant's faults have hit."""
    faults = requests.get(f"{tenant.domain}/_tenant/faults", timeout=TIMEOUT_S).json()
    return sum(fault["hit"] for fault in faults)


def _on_terminal(chain: Chain, answer: str) -> subprocess.CompletedProcess[str]:
    """Promote dev to staging with a terminal as standard input on which somebody types an answer."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer.encode())
        return subprocess.run(
            ["auth0-permissions", "promote", "dev", "staging"],
            cwd=Path(chain.folder),
            env=chain.environ,
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
