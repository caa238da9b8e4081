"""Try the fleet: local tenants with a few stacks each, every command over all of them, and what that has cost.

`make demo-fleet` runs a small one. The measured one is

    tools/run.sh python examples/fleet/tryout.py --tenants 10 --stacks 3 --write docs/data/fleet.json
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from memory import Sampler

from auth0_local_tenant import LocalTenant, RateLimit, TenantOptions

FLEET = Path(__file__).resolve().with_name("fleet.py")
FREE_PLAN = RateLimit(per_second=2, burst=10)
APIS = ("billing", "orders", "shipping")
PERMISSIONS = 20  # of each API
SCOPES = ("read:resource_servers", "update:resource_servers")  # what the main job takes
PROGRAM = """\
import pulumi_auth0_permissions as auth0_permissions

auth0_permissions.Stage(catalog="permissions.yaml").declare()
"""


@dataclass(frozen=True)
class Cost:
    """What one command over all stacks has cost.

    Attributes:
        title: what there was to do.
        command: as it was given.
        stacks: how many stacks it ran.
        results: result → stacks.
        wall_s: from its start to its end.
        cpu_s_per_stack: processor time of a stack's `pulumi` and all that it starts, on average.
        cpu_s_own: processor time of the fleet's own program and of the CLI processes that it starts for itself.
        seconds_per_stack: wall time of a stack, on average.
        peak_mb_per_stack: the most memory that one running stack has held, shared pages divided.
        peak_mb: the most that everything together has held.
        requests: requests of all stacks, tokens included.
        requests_of_busiest_tenant: of the tenant with the most.
        refused: answers of status 429.
        load: of the machine when it began, processes that ran or wanted to on average of a minute.
    """

    title: str
    command: str
    stacks: int
    results: Mapping[str, int]
    wall_s: float
    cpu_s_per_stack: float
    cpu_s_own: float
    seconds_per_stack: float
    peak_mb_per_stack: float
    peak_mb: float
    requests: int
    requests_of_busiest_tenant: int
    refused: int
    load: float


def main() -> int:
    """Run the try-out; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tenants", type=int, default=3)
    parser.add_argument("--stacks", type=int, default=2, help="of each tenant")
    parser.add_argument("--parallel", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the measurements")
    options = parser.parse_args()
    if shutil.which("pulumi") is None:
        print("There is no `pulumi` on PATH. Run `make demo-fleet`, which brings one.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder, ExitStack() as running:
        tenants = [running.enter_context(tenant_for(options.stacks)) for _ in range(options.tenants)]
        site = Site(Path(folder), tenants, options.stacks, options.parallel)
        costs = site.tour()
    refused = sum(cost.refused for cost in costs)
    print(f"\nAnswers with status 429: {refused}")
    if options.write is not None:
        options.write.parent.mkdir(exist_ok=True)
        options.write.write_text(json.dumps(site.measurements(costs), indent=2) + "\n", encoding="utf-8")
    return 1 if refused else 0


def tenant_for(stacks: int) -> LocalTenant:
    """Return a tenant with a free plan's limit and the APIs of that many stacks."""
    scopes = [{"value": value, "description": text} for value, text in permissions().items()]
    servers = [
        {"identifier": identifier(api, number), "name": f"{api} {number}", "scopes": scopes}
        for number in range(stacks)
        for api in APIS
    ]
    return LocalTenant(seed={"resource_servers": servers}, options=TenantOptions(rate_limit=FREE_PLAN))


def permissions() -> dict[str, str]:
    """Return the permissions of an API."""
    return {f"read:thing-{n:02}": f"Read things of kind {n:02}" for n in range(PERMISSIONS)}


def identifier(api: str, number: int) -> str:
    """Return an API's identifier in its tenant; each stack has its own."""
    return f"https://{api}.s{number}.example.com"


class Site:
    """A project with stacks for each tenant, a back end and a home of the CLI, all in one folder."""

    def __init__(self, folder: Path, tenants: Sequence[LocalTenant], stacks: int, parallel: int) -> None:
        self._folder, self.project = folder, folder / "project"
        self._tenants, self._parallel = tenants, parallel
        for name in ("project", "state", "home", "runtime"):
            (folder / name).mkdir()
        self._write("Pulumi.yaml", "name: fleet\nruntime: python\noptions:\n  refresh: always\n")
        self._write("__main__.py", PROGRAM)
        self.catalog({})
        self.environ = {
            name: text for name, text in os.environ.items() if not name.startswith(("PULUMI_", "AUTH0_"))
        } | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder / "runtime"),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "made-up",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        with ThreadPoolExecutor(parallel) as threads:
            for done in [threads.submit(self._init, t, n) for t in range(len(tenants)) for n in range(stacks)]:
                done.result()

    def _init(self, number: int, stack: int) -> None:
        """Make a stack with a configuration of its own, its secret among it."""
        tenant, name = self._tenants[number], f"tenant{number}-stack{stack}"
        client_id, client_secret = tenant.issue_client(SCOPES)
        self._pulumi("stack", "init", name, "--no-select")
        with (self.project / f"Pulumi.{name}.yaml").open("a", encoding="utf-8") as file:
            file.write(f"config:\n  auth0:domain: {tenant.domain}\n  auth0:clientId: {client_id}\n")
            file.write("  auth0-permissions:apis:\n")
            file.writelines(f"    {api}: {identifier(api, stack)}\n" for api in APIS)
        self._pulumi("config", "set", "--stack", name, "--secret", "auth0:clientSecret", client_secret)

    def _pulumi(self, *arguments: str) -> None:
        command = ["pulumi", *arguments, "--non-interactive"]
        subprocess.run(command, cwd=self.project, env=self.environ, check=True, capture_output=True)

    def tour(self) -> list[Cost]:
        """Run every command over all stacks, as a team would, and return what each has cost."""
        preview = str(self._folder / "preview.json")
        costs = [
            self.fleet("every API taken over as it is", "up"),
            self.fleet("nothing to do", "preview"),
            self.fleet("nothing to do", "up"),
            self.fleet("nothing to find", "refresh"),
        ]
        self.catalog({"read:thing-00": "Read the first thing", "write:things": "Change things"})
        costs.append(self.fleet("every API to be changed", "preview", "--json", preview))
        costs.append(self.fleet("every API changed", "up", "--resume", preview))
        return costs

    def catalog(self, changed: Mapping[str, str]) -> None:
        """Write the catalog, with some permissions changed or added."""
        held = {**permissions(), **changed}
        lines = [f"      {value}: {text}\n" for value, text in held.items()]
        apis = [f"  {api}:\n    permissions:\n{''.join(lines)}" for api in APIS]
        self._write("permissions.yaml", f"apis:\n{''.join(apis)}")

    def fleet(self, title: str, command: str, *arguments: str) -> Cost:
        """Run the fleet's program and measure it; prints what it prints."""
        print(f"\n{title}:\n$ python fleet.py {' '.join([command, *arguments])}".replace(str(self._folder) + "/", ""))
        sys.stdout.flush()
        report = self._folder / "report.json"
        for tenant in self._tenants:
            tenant.clear_journal()
        load, started_s = os.getloadavg()[0], time.monotonic()
        process = subprocess.Popen(
            [
                *(sys.executable, str(FLEET), command, "--cwd", str(self.project)),
                *("--parallel", str(self._parallel), *arguments),
                *([] if "--json" in arguments else ["--json", str(report)]),
            ],
            env=self.environ,
        )
        sampler = Sampler(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.monotonic() - started_s
        sampler.stop()
        if "--json" in arguments:
            report = Path(arguments[arguments.index("--json") + 1])
        ran = json.loads(report.read_text(encoding="utf-8"))
        stacks = [stack for stack in ran["stacks"] if not stack["earlier"]]
        if not all(stack["result"] in ("changed", "unchanged") for stack in stacks):
            raise SystemExit(f"not all stacks went well; exit code {process.returncode}")
        cpu_s = sum(stack["cpu_seconds"] for stack in stacks)
        journals = [tenant.journal() for tenant in self._tenants]
        return Cost(
            title,
            command,
            len(stacks),
            {result: count for result, count in ran["counts"].items() if count},
            round(wall_s, 1),
            round(cpu_s / len(stacks), 2),
            round(usage.ru_utime + usage.ru_stime - cpu_s, 2),
            round(sum(stack["seconds"] for stack in stacks) / len(stacks), 2),
            round(sampler.peak_of_one_mb),
            round(sampler.peak_mb),
            sum(map(len, journals)),
            max(map(len, journals)),
            sum(entry.status == 429 for journal in journals for entry in journal),
            round(load, 1),
        )

    def measurements(self, costs: Sequence[Cost]) -> dict[str, Any]:
        """Return all that is known of this try-out, as JSON data."""
        return {
            "tenants": len(self._tenants),
            "stacks_per_tenant": len(costs) and costs[0].stacks // len(self._tenants),
            "apis_per_stack": len(APIS),
            "permissions_per_api": PERMISSIONS,
            "parallel": self._parallel,
            "processors": len(os.sched_getaffinity(0)),
            "limit": {"per_second": FREE_PLAN.per_second, "burst": FREE_PLAN.burst},
            "pip_list_cpu_s": round(self._pip_list_s(), 2),
            "runs": [asdict(cost) for cost in costs],
        }

    def _pip_list_s(self) -> float:
        """Return the processor time of what the engine's language host asks pip, once for each preview or update."""
        command = [sys.executable, "-m", "pip", "list", "-v", "--format", "json"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_utime + usage.ru_stime

    def _write(self, name: str, text: str) -> None:
        (self.project / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
