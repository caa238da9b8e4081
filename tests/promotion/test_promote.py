"""Promotions that go through, what stops them between the preview and the end, and what is planned before them."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from auth0_local_tenant import LocalTenant
from auth0_local_tenant.faults import Fault
from auth0_permissions_cli.failures import CommandFailed
from auth0_permissions_cli.promotion.flow import open_promotion
from auth0_permissions_cli.promotion.stages import update
from auth0_permissions_cli.stacks.pulumi import Stack
from auth0_permissions_cli.terminal import Progress
from promotion.chain import Chain, api_id, orders
from support.commands import TIMEOUT_S, Ran, run
from support.hand import Edit, add, delete

pytestmark = pytest.mark.long
STAGE = 'auth0_permissions.Stage(catalog="permissions.yaml")'


def test_a_promotion_is_asked_for_writes_once_and_then_finds_nothing_to_do(chain: Chain) -> None:
    """After "n" nothing is done; "y" promotes, and the repetition has nothing to do.

    All the while the program sees the secrets of its own stage only, and not those of the source or of prod.
    """
    chain.change_dev(orders={"asked:orders": "Asked"})
    program = chain.folder / "__main__.py"
    look = "import os\nopen('seen', 'a').write(' '.join(v for v in os.environ.values() if 'secret-of-' in v) + '\\n')\n"
    program.write_text(look + program.read_text())
    chain.clear()

    refused = _on_terminal(chain, "n\n")

    assert '+ asked:orders: "Asked"' in refused.out
    assert refused.code == 4
    assert "nothing was done: you declined" in refused.err
    assert chain.writes()["staging"] == 0

    agreed = _on_terminal(chain, "y\n")
    again = chain.promote("dev", "staging", "--format", "json", code=0)

    assert agreed.code == 0, agreed.output
    assert again.data()["outcome"] == "nothing_to_do"
    assert chain.scopes("staging") == chain.scopes("dev")
    assert chain.writes() == {"dev": 0, "staging": 1, "prod": 0}
    assert set((chain.folder / "seen").read_text().splitlines()) == {"secret-of-staging"}


def test_a_change_goes_up_the_chain_until_a_stage_refuses_it(chain: Chain) -> None:
    """Cut short, it goes no further until the next promotion has finished it; one refused API stops the other's, too.

    Only what an update has written is named as changed, and not what somebody else has changed meanwhile.
    """
    chain.change_dev(orders={"mine:orders": "Mine"}, billing={"mine:billing": "Mine", "approve:refunds": None})
    chain.clear()
    billing, identifier = api_id("staging", "billing"), "https://billing.staging.example.com"
    before = chain.hands["staging"].scopes(identifier)
    theirs = {"scopes": [scope | {"description": "By a rival"} for scope in before]}
    path = f"/api/v2/resource-servers/{billing}"
    rival = Fault("rival", method="PATCH", path=api_id("staging", "orders"), rival_patch=theirs, rival_path=path)
    chain.tenants["staging"].add_fault(rival)
    chain.tenants["staging"].add_fault(Fault("status", method="PATCH", path=billing, status=400, times=None))

    failed = chain.promote("dev", "staging", "--yes", code=1)
    chain.clear()
    further = chain.promote("staging", "prod", "--yes", code=4)

    changed = r'staging failed \(changed so far: "orders"(; changed by this or by somebody else: "billing")?\)'
    assert re.search(changed, failed.output)
    assert "Promote again to finish." in failed
    assert "the last operation on staging was interrupted, or its state has changed since" in further

    chain.hands["staging"].edit(identifier, lambda _: before)
    chain.promote("dev", "staging", "--yes", code=0)
    stopped = chain.promote("staging", "prod", "--yes", "--format", "json", code=4)

    assert chain.scopes("staging", identifier)["mine:billing"] == "Mine"
    assert chain.writes() == {"dev": 0, "staging": 1, "prod": 0}
    assert stopped.data()["outcome"] == "refused"
    assert "- approve:refunds" in stopped.err
    assert "held by no role and named in no client grant" in stopped.err
    approval = "pulumi config set --stack prod --path --type string 'auth0-permissions:approvedRemovals[0]' -- "
    assert f"{approval}approve:refunds" in stopped


def test_stopped_while_it_writes_it_ends_in_order(chain: Chain) -> None:
    """By Ctrl-C, which all processes get, or by SIGTERM, which comes to the command alone; the next one finishes."""
    chain.change_dev(orders={"stopped:orders": "Stopped"})

    # A process group of its own, as a terminal makes one and sends Ctrl-C to.
    interrupted, said = _stopped_while_it_writes(chain, lambda running: os.killpg(running.pid, signal.SIGINT))
    chain.change_dev(orders={"killed:orders": "Killed"})
    terminated, said_then = _stopped_while_it_writes(chain, lambda running: running.send_signal(signal.SIGTERM))

    assert (interrupted, terminated) == (130, 130)
    assert "Traceback" not in said
    assert said_then.endswith("Interrupted.\n")
    chain.promote("dev", "staging", "--yes", code=0)  # which a lock would refuse
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


def test_an_api_that_leaves_a_stage_is_shown(chain: Chain) -> None:
    """What the engine would only call a deleted resource is shown permission by permission, with who holds it."""
    chain.edit_config("staging", "# orders", instead_of="orders:")
    try:
        answer = chain.promote("dev", "staging", code=4)
    finally:
        chain.edit_config("staging", "  orders: https://orders.staging.example.com", instead_of="# orders")

    host = chain.tenants["staging"].domain.partition("//")[2]
    assert "there is no terminal to ask for confirmation. Add --yes" in answer
    assert f"https://orders.staging.example.com (Orders) on {host}: " in answer
    assert "  - delete:orders\n      held by 1 role and 1 client grant: Support (" in answer
    assert ": leaves the stack; " in answer
    assert 'Left out: "orders", which staging does not name in its auth0-permissions:apis' in answer
    assert chain.writes()["staging"] == 0


def test_what_was_changed_by_hand_in_the_source_stops_it(chain: Chain) -> None:
    """It was never tried there; what was changed in the target, the demo shows."""
    with _by_hand(chain, "dev", delete("read:orders")):
        stopped = chain.promote("dev", "staging", "--yes", code=4)

    assert 'missing: "read:orders"' in stopped
    assert "Run `pulumi up --stack dev` to resolve this" in stopped
    assert chain.writes()["staging"] == 0


def test_what_a_stage_never_received_is_not_called_a_change_by_hand(chain: Chain) -> None:
    """Before its first promotion, a stage may hold what dev has dropped: nobody has adopted it."""
    (chain.folder / "Pulumi.fresh.yaml").write_text((chain.folder / "Pulumi.staging.yaml").read_text())
    chain.pulumi("stack", "init", "fresh", ok=None)
    with _by_hand(chain, "staging", add("dropped:orders", "Dropped by dev")):
        answer = chain.promote("dev", "fresh", "--yes", code=4, AUTH0_CLIENT_SECRET_FRESH="secret-of-staging")

    assert "  orders (https://orders.staging.example.com), never adopted here:" in answer
    assert '+ dropped:orders: "Dropped by dev"' in answer
    assert "changed by hand" not in answer


@contextmanager
def _by_hand(chain: Chain, stage: str, edit: Edit) -> Iterator[None]:
    """Edit ``orders`` on a stage for as long as this is open."""
    hand, before = chain.hands[stage], chain.hands[stage].scopes(orders(stage))
    hand.edit(orders(stage), edit)
    try:
        yield
    finally:
        hand.edit(orders(stage), lambda _: before)


def test_what_moves_after_the_review_stops(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever others do in the target or the source between preview, yes and write, nothing unseen is done."""
    for name in [name for name in os.environ if name.startswith(("AUTH0_", "PULUMI_"))]:
        monkeypatch.delenv(name)
    chain.change_dev(orders={"shown:orders": "Shown"})
    hand, api = chain.hands["staging"], api_id("staging", "orders")
    with (
        Progress() as line,
        open_promotion("dev", "staging", cwd=chain.folder, environ=chain.environ, line=line) as review,
    ):
        plan = review.plan()
        before = hand.scopes(orders("staging"))
        chain.clear()

        hand.describe(orders("staging"), "read:orders", "By hand")  # before the yes
        with pytest.raises(CommandFailed, match='staging has changed since the preview: somebody has changed "orders"'):
            review.apply(plan)
        hand.describe(orders("staging"), "read:orders", "Read orders")

        # Only the update asks for the API by its id; the promotion's own looks use the identifier.
        rival = {"scopes": [{"value": "read:orders", "description": "By a rival"}]}
        fault = Fault("rival", method="GET", path=api, rival_patch=rival, rival_path=f"/api/v2/resource-servers/{api}")
        chain.tenants["staging"].add_fault(fault)
        with pytest.raises(CommandFailed, match=r"conflict on https://orders\.staging\.example\.com") as stopped:
            review.apply(plan)
        assert stopped.value.exit_code == 4
        assert "the update of staging failed (nothing was changed)" in str(stopped.value)
        assert chain.scopes("staging") == {"read:orders": "By a rival"}
        hand.edit(orders("staging"), lambda _: before)

        chain.change_dev(orders={"unseen:orders": "Unseen"})
        with pytest.raises(CommandFailed, match="the source has changed since the preview: dev has"):
            review.apply(plan)
    pinned = update(Stack.of("staging", chain.folder, chain.environ), review.receipt, print)

    assert pinned.failed
    assert 'the source has changed since the preview: stack "dev" has applied something else' in pinned.message()
    assert chain.writes()["staging"] == 0


@pytest.fixture
def files(chain: Chain) -> Iterator[Chain]:
    """The chain; program and catalog are put back."""
    kept = {name: (chain.folder / name).read_text() for name in ("__main__.py", "permissions.yaml")}
    yield chain
    for name, text in kept.items():
        (chain.folder / name).write_text(text)


def test_a_plan_travels_with_the_catalog(files: Chain, tmp_path: Path) -> None:
    """A later stage is planned as if the catalog had come; its promotion then does that, and nothing beyond it."""
    chain, saved = files, str(tmp_path / "staging.json")
    chain.write_catalog({"orders": {"travel:orders": "Travel"}})
    chain.clear()

    as_if = ("plan", "staging", "--as-if", "permissions.yaml", "--check")
    planned = chain.run("auth0-permissions", *as_if, "--save", saved, ok=None)
    data = json.loads(Path(saved).read_text())

    assert planned.code == 5
    assert "staging is planned as if it took " in planned.out
    assert '+ travel:orders: "Travel"' in planned.out
    assert (data["tenant"], data["stack"]) == (chain.tenants["staging"].domain.partition("//")[2], "staging")
    assert data["user"]
    assert data["apis"][0]["revision"]["before"] != data["apis"][0]["revision"]["after"]
    assert set(chain.writes().values()) == {0}

    chain.write_catalog({"orders": {"beyond:orders": "Beyond"}})
    chain.up("dev", "--skip-preview")
    refused = chain.promote("dev", "staging", "--yes", "--plan", saved, code=4)
    assert "the reviewed plan does not cover everything" in refused
    assert "+ beyond:orders" in refused
    assert chain.writes()["staging"] == 0

    chain.run("auth0-permissions", *as_if, "--save", saved, ok=None)
    other = chain.promote("staging", "prod", "--yes", "--plan", saved, code=4)
    assert "is for the stack staging, and this is prod" in other
    done = chain.promote("dev", "staging", "--yes", "--plan", saved, "--format", "json", code=0).data()
    assert (done["user"], done["tenant"], done["outcome"]) == (data["user"], data["tenant"], "promoted")
    assert chain.scopes("staging") == chain.scopes("dev")


def test_a_rename_waits_until_its_source_has_it(files: Chain) -> None:
    """Declared once for all stages, it breaks none: a stage that it has not reached says so, and renames on arrival."""
    chain = files
    chain.write_catalog({"orders": {"old:orders": None, "new:orders": "New"}})
    program = chain.folder / "__main__.py"
    renames = '{"orders": {"old:orders": "new:orders"}}'
    program.write_text(program.read_text().replace(f"{STAGE}.declare()", f"{STAGE}.declare(renames={renames})"))

    waiting = chain.up("staging")

    assert "orders: old:orders => new:orders in `renames` waits" in waiting
    assert "old:orders" in chain.scopes("staging")
    assert len([line for line in waiting.output.splitlines() if "permissions, revision" in line]) <= 2

    chain.up("dev", "--skip-preview")
    arrived = chain.promote("dev", "staging", "--yes", code=0)

    assert "> old:orders => new:orders" in arrived
    assert "old:orders" not in chain.scopes("staging")


def test_a_preview_that_fails_is_not_called_refused(files: Chain) -> None:
    """Its exit code is that of a failure, too: there is nothing to approve."""
    (files.folder / "__main__.py").write_text("raise RuntimeError('broken program')")

    failed = files.promote("dev", "staging", "--yes", code=1)

    assert "the preview of staging failed; nothing was changed:" in failed
    assert "broken program" in failed


def _hits(tenant: LocalTenant) -> int:
    """Return how many requests the tenant's faults have hit."""
    faults = requests.get(f"{tenant.domain}/_tenant/faults", timeout=TIMEOUT_S).json()
    return sum(fault["hit"] for fault in faults)


def _on_terminal(chain: Chain, answer: str) -> Ran:
    """Promote dev to staging with a terminal as standard input on which somebody types an answer."""
    command = ["auth0-permissions", "promote", "dev", "staging"]
    return run(command, cwd=chain.folder, environ=chain.environ, says=answer, on_a_terminal=True)
