"""The story of `make demo-promotion`, and the blocks that the page on promotion shows of it.

`tests/promotion/test_demo.py` runs it, and holds the page against it.
"""

import os
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from docs.pages import ROOT
from docs.shop import steady
from support.commands import run
from support.environment import NO_COLLECTOR, PIP_STAND_IN
from support.vault import SECRETS_PROVIDER, vault_environ

# Block → the command, and which of its runs: the story runs some of them several times.
STORY: Mapping[str, tuple[str, int]] = {
    "stages-apart": ("auth0-permissions matrix dev staging prod", 1),
    "promote-skipping": ("auth0-permissions promote dev prod --yes", 1),
    "promote-next": ("auth0-permissions promote dev staging --yes", 2),
    "promote-refused": ("auth0-permissions promote staging prod --yes", 2),
    "promote-hotfix": ("auth0-permissions promote staging prod --yes", 4),
}


def tell(folder: Path) -> str:
    """Run the demo, with its files in a folder, and return what it says."""
    # A width is no terminal's here: the readline library leaves one in the environment of whoever loads it.
    environ = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    # The demo's passphrase costs each of its many commands what the stand-in for Vault spares them.
    pulumi = folder / "bin" / "pulumi"
    pulumi.parent.mkdir()
    init = f'[ "$1 $2" != "stack init" ] || set -- "$@" --secrets-provider {SECRETS_PROVIDER}'
    pulumi.write_text(f'#!/bin/sh\n{init}\nexec {shutil.which("pulumi")} "$@"\n', encoding="utf-8")
    pulumi.chmod(0o755)
    environ["PATH"] = os.pathsep.join((str(pulumi.parent), environ["PATH"]))
    environ |= {**NO_COLLECTOR, **vault_environ(), "PYTHONPATH": str(PIP_STAND_IN), "TMPDIR": str(folder)}
    ran = run([sys.executable, "examples/promotion/demo.py"], cwd=ROOT, environ=environ, together=True)
    assert ran.code == 0, ran.output
    return ran.output


def story_blocks(text: str) -> dict[str, str]:
    """Return the blocks out of what the demo says: name → the command with its output."""
    runs = defaultdict[str, list[str]](list)
    for part in text.split("\n$ ")[1:]:
        shown = re.split(r"\n(?:  \(exit code|\d\.)", part)[0].rstrip()
        runs[shown.partition("\n")[0]].append(f"$ {shown}")
    return {name: steady(runs[command][number - 1]) for name, (command, number) in STORY.items()}
