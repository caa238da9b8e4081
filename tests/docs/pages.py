"""The pages of the documentation, and the code blocks on them.

Every code block on a page is held against something real, and there is no mark for one that is not. A comment right
before it, which no reader sees, says how:

    <!-- recorded: NAME -->    what commands said (see `docs.shop`)
    <!-- used: NAME -->        a program or a file that the recorded commands ran with
    <!-- file: PATH -->        the whole of a file of this repository
    <!-- run: NAME -->         nothing but commands, which a test runs as they stand there (see `run_block`)
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

from support.commands import Ran, run

ROOT = Path(__file__).resolve().parents[2]
_BUILT = {"build", "dist"}
PAGES = tuple(
    sorted(
        page
        for entry in ROOT.iterdir()
        if not entry.name.startswith(".") and entry.name not in _BUILT
        for page in (entry.rglob("*.md") if entry.is_dir() else [entry] if entry.suffix == ".md" else [])
    )
)
"""All Markdown of the repository."""

_MARK = re.compile(r"<!-- (?P<kind>recorded|used|file|run): (?P<name>.+?) -->\s*$")


@dataclass(frozen=True, slots=True)
class Fence:
    """A code block.

    Attributes:
        page: where it stands.
        line: of its first fence, from 1 on.
        language: what is named behind the fence; ``""`` for none.
        text: what is between the fences.
        kind: how it is held against something real (see the module); ``""`` where nothing is said.
        name: what follows the kind.
    """

    page: Path
    line: int
    language: str
    text: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@cache
def fences() -> tuple[Fence, ...]:
    """Return the code blocks of all pages, in order."""
    found = []
    for page in PAGES:
        mark = None
        for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
            if token.type in {"fence", "code_block"}:
                kind, name = (mark["kind"], mark["name"]) if mark else ("", "")
                line = token.map[0] + 1 if token.map else 0
                found.append(Fence(page, line, token.info.strip(), token.content, kind, name))
            mark = _MARK.search(token.content) if token.type == "html_block" else None
    return tuple(found)


def block(kind: str, name: str) -> Fence:
    """Return the only block that is marked so."""
    (found,) = [fence for fence in fences() if (fence.kind, fence.name) == (kind, name)]
    return found


def used(name: str) -> str:
    """Return the text of the block that is marked as used under a name."""
    return block("used", name).text


def recorded(name: str) -> str:
    """Return the text of the block that is marked as recorded under a name, without its last line's end."""
    return block("recorded", name).text.rstrip("\n")


def links(page: Path) -> Iterator[str]:
    """Return the targets of all links and pictures of a page, as they are written."""
    for token in MarkdownIt().enable("table").parse(page.read_text(encoding="utf-8")):
        for child in token.children or ():
            for name in ("href", "src"):
                if target := child.attrGet(name):
                    yield str(target)


def commands_to_type(name: str) -> tuple[str, ...]:
    """Return the commands of the block that is marked as run under a name, without their prompts."""
    fence = block("run", name)
    lines = fence.text.replace("\\\n", "").splitlines()
    # Nobody would hold what they print.
    assert all(line.startswith("$ ") for line in lines), f"{fence}: there is something else than commands"
    return tuple(line.removeprefix("$ ") for line in lines)


def run_block(
    name: str,
    *,
    cwd: Path,
    environ: Mapping[str, str],
    says: str = "",
    on_a_terminal: bool = False,
    stand_ins: Mapping[str, str] | None = None,
) -> Ran:
    """Run a block in one shell, until a command fails.

    Args:
        name: what the block is marked as run under.
        cwd: the folder.
        environ: the whole environment.
        says: what the commands are answered when they ask for something.
        on_a_terminal: whether they are to believe that it comes from a terminal.
        stand_ins: what stands in the place of what is the reader's own: text on the page → text here.
    """
    script = "\n".join(commands_to_type(name))
    for theirs, ours in (stand_ins or {}).items():
        assert theirs in script, f"{name}: there is no {theirs!r} in the block"
        script = script.replace(theirs, ours)
    command = ["sh", "-ec", script]
    return run(command, cwd=cwd, environ=environ, together=True, says=says, on_a_terminal=on_a_terminal)
