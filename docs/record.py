"""Update every output in README.md and docs/: run the real CLI against the local tenant and write its output.

Usage: tools/run.sh python docs/record.py [SCENE...]

tests/docs defines what is recorded and how; tests/docs/test_recorded.py compares the pages with it.
"""

# ruff: noqa: INP001 - a program, not a package

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from docs.pages import PAGES, fences  # noqa: E402 - found through the line above
from docs.scenes import SCENES, helps  # noqa: E402
from docs.story import story_blocks, tell  # noqa: E402

STORY_SCENE = "promotion"


def main() -> int:
    """Record the scenes named on the command line, or all; return the exit code."""
    known = [*SCENES, STORY_SCENE]
    names = sys.argv[1:] or known
    if unknown := [name for name in names if name not in known]:
        sys.stderr.write(f"no such scene: {', '.join(unknown)}; choose from {', '.join(known)}\n")
        return 2
    if shutil.which("pulumi") is None:
        sys.stderr.write("`pulumi` is not on PATH: run this through tools/run.sh, after `make setup`\n")
        return 1
    recorded = dict(helps())
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        for number, name in enumerate(names):
            sys.stdout.write(f"{name}\n")
            sys.stdout.flush()
            scene_folder = Path(folder) / f"scene{number}"
            scene_folder.mkdir()
            if name == STORY_SCENE:
                recorded |= story_blocks(tell(scene_folder))
            else:
                recorded |= SCENES[name](scene_folder, home)
    for page in PAGES:
        lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
        before = list(lines)
        for fence in reversed([one for one in fences() if (one.page, one.kind) == (page, "recorded")]):
            if fence.name in recorded:
                lines[fence.line : fence.line + fence.text.count("\n")] = [f"{recorded[fence.name]}\n"]
        if "".join(lines) != "".join(before):
            page.write_text("".join(lines), encoding="utf-8")
            sys.stdout.write(f"{page.relative_to(ROOT)}: updated\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
