"""The arguments of the fleet's command line."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path

from .stacks import Shard

__all__ = ["parser"]

_EPILOG = """\
examples:
  fleet.py preview '*-prod' --json preview.json       what would be done, and where
  fleet.py up '*-prod' --resume preview.json          only where the preview found something to do
  fleet.py up --json run.json --resume run.json       go on with a run that was stopped
  fleet.py up --shard 3/10                            the third of ten machines

exit codes:
  0    all well
  1    some stacks failed or were not run
  2    wrong usage
  4    refused: stacks that take their permissions from others of those given
  5    preview: there is something to do
  130  stopped by Ctrl-C
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser."""
    made = argparse.ArgumentParser(
        prog="fleet.py",
        description="Run preview, up or refresh over many stacks of a Pulumi project.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = made.add_argument
    add("command", choices=("preview", "up", "refresh"))
    add("stacks", nargs="*", metavar="STACK", help="names or patterns, such as '*-prod'; all stacks if none is given")
    add("--cwd", type=_folder, default=Path(), metavar="DIR", help="the project (default: this folder)")
    add(
        "--parallel",
        type=_count,
        default=len(os.sched_getaffinity(0)),
        metavar="N",
        help="stacks at the same time on this machine (default: as many as it has processors)",
    )
    add("--per-tenant", type=_count, default=1, metavar="K", help="of these on one tenant (default: 1)")
    add(
        "--requests-per-second",
        type=_rate,
        metavar="R",
        help="what all of them may ask of one tenant; without it, the limit that the tenant itself tells",
    )
    add("--shard", type=_shard, default=Shard(), metavar="I/N", help="share I of N: the tenants of this machine")
    add("--max-failures", type=_count, metavar="N", help="start no more stacks once N have failed")
    add("--json", type=_writable, metavar="FILE", help="write what came of each stack, also while it runs")
    add("--resume", type=Path, metavar="FILE", help="skip what this earlier report has as done at the same revision")
    add(
        "--revision", metavar="TEXT", help="what --resume compares, such as a commit (default: a digest of the project)"
    )
    add("--logs", type=Path, metavar="DIR", help="keep what the CLI prints, a file for each stack")
    add("--list", action="store_true", help="list the stacks and their tenants, and do nothing")
    return made


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _rate(text: str) -> float:
    number = float(text)
    if not (math.isfinite(number) and number > 0):
        raise argparse.ArgumentTypeError(f"{text} is no number above 0")
    return number


def _shard(text: str) -> Shard:
    try:
        return Shard.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _folder(text: str) -> Path:
    folder = Path(text)
    if not any((folder / f"Pulumi.{ending}").exists() for ending in ("yaml", "yml", "json")):
        raise argparse.ArgumentTypeError(f"there is no project (Pulumi.yaml) in {text}")
    return folder


def _writable(text: str) -> Path:
    file = Path(text)
    if not os.access(file.parent, os.W_OK):  # said now, not after a thousand stacks
        raise argparse.ArgumentTypeError(f"a file cannot be made in {file.parent}")
    return file
