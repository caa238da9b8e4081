"""New stacks of the project that tests run, as `pulumi stack init` makes them, without a run of the CLI for each."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from support.environment import pulumi_environ

PROJECT_FILE = "name: shop\nruntime: python\n"
_NAME = "name-of-the-stack"


def make_stack(folder: Path, name: str) -> None:
    """Make a stack of the project in a folder; selecting it is up to ``PULUMI_STACK``."""
    for path, text in _made_by_the_cli().items():
        file = folder / path.replace(_NAME, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace(_NAME, name), encoding="utf-8")


@cache
def _made_by_the_cli() -> dict[str, str]:
    """Return what `pulumi stack init` leaves in a project's folder: path → content."""
    with TemporaryDirectory() as home, TemporaryDirectory() as made:
        folder = Path(made) / "shop"
        (folder / "state").mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text(PROJECT_FILE, encoding="utf-8")
        subprocess.run(
            ["pulumi", "stack", "init", _NAME, "--non-interactive"],
            cwd=folder,
            env=pulumi_environ(folder, Path(home)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        left = (f"Pulumi.{_NAME}.yaml", "state/.pulumi/meta.yaml", f"state/.pulumi/stacks/shop/{_NAME}.json")
        return {path: (folder / path).read_text(encoding="utf-8") for path in left}
