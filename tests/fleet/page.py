"""The page on many stacks: its blocks, and what stands in them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

from fleet.site import FLEET

__all__ = ["PAGE", "block", "blocks", "command_of", "steady"]

ROOT = FLEET.parents[2]
PAGE = ROOT / "docs" / "how-to" / "many-stacks.md"
DATA = ROOT / "docs" / "data" / "fleet.json"
_BLOCK = re.compile(r"<!-- fleet: (?P<name>[a-z]+) -->\n(?P<text>.*?)\n?<!-- end of fleet -->", re.DOTALL)


def block(name: str) -> str:
    """Return a block of the page, with its fences."""
    (found,) = [match["text"] for match in _BLOCK.finditer(PAGE.read_text(encoding="utf-8")) if match["name"] == name]
    return found


def command_of(name: str) -> str:
    """Return the command that a block of the page begins with."""
    (command,) = [line.removeprefix("$ ") for line in block(name).splitlines() if line.startswith("$ ")]
    return command


def blocks() -> dict[str, str]:
    """Return what the blocks are to be: name → text."""
    printed = _run("cost.py", str(DATA)).split("\n\n")
    runs = json.loads(DATA.read_text(encoding="utf-8"))
    loads = sorted(run["load"] for run in runs["runs"])
    used = sorted(
        (run["stacks"] * run["cpu_s_per_stack"] + run["cpu_s_own"]) / (run["wall_s"] * runs["processors"])
        for run in runs["runs"]
    )
    return {
        "measured": printed[0].strip(),
        "thousand": printed[1].strip(),
        "busy": (
            "These are lower bounds. During the try-out the machine had other work "
            f"(load {loads[0]:.0f} to {loads[-1]:.0f} when a command began):\n"
            f"the fleet had {used[0]:.0%} to {used[-1]:.0%} of the processors' time, and took that much longer."
        ),
        "help": f"```console\n$ python fleet.py --help\n{_run('fleet.py', '--help')}```",
    }


def steady(text: str) -> str:
    """Return an output of the fleet without what differs from run to run: ports, times, widths."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8080", text)
    return re.sub(r" +", " ", re.sub(r"(?<![\d.])\d+\.\d(?![\d.])", "3.5", text))


def _run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(FLEET.with_name(program)), *arguments],
        env={**os.environ, "COLUMNS": "110"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def main() -> None:
    """Write the blocks into the page: `PYTHONPATH=tests tools/run.sh python -m fleet.page`."""
    text = PAGE.read_text(encoding="utf-8")
    for name, content in blocks().items():
        text = re.sub(
            rf"(<!-- fleet: {name} -->\n).*?(<!-- end of fleet -->)",
            lambda match, content=content: f"{match[1]}{content}\n{match[2]}",  # type: ignore[misc]
            text,
            flags=re.DOTALL,
        )
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
