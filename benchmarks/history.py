"""Earlier results, one line of JSON each, to compare a change with."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["append", "circumstances", "compare", "last"]

_FIGURES = ("requests", "bytes", "refused", "ratio", "peak_mb")


def circumstances(*, quick: bool) -> dict[str, object]:
    """Return what the figures depend on, as far as it can be told; a load above the cores means noise."""
    revision = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": revision or "unknown",
        "quick": quick,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_at_start": round(os.getloadavg()[0], 2),
    }


def append(file: Path, result: Mapping[str, object]) -> None:
    """Add a result to the history."""
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(result, sort_keys=True) + "\n")


def last(file: Path, *, quick: bool, revision: str | None) -> dict[str, Any] | None:
    """Return the newest result of the same kind, or of a revision; ``None`` if there is none."""
    if not file.exists():
        return None
    results: list[dict[str, Any]] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    fitting = [
        result
        for result in results
        if result["quick"] == quick and (revision is None or str(result["revision"]).startswith(revision))
    ]
    return fitting[-1] if fitting else None


def compare(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return a line for each scenario that both have: what it was and what it is."""
    earlier = {(row["name"], row["shape"]): row for row in before["rows"]}
    lines = [f"compared with {before['revision']} of {before['date']} (load {before['load_at_start']}):"]
    for row in now["rows"]:
        old = earlier.get((row["name"], row["shape"]))
        if old is not None:
            changes = [f"{key} {old[key]:.4g} -> {row[key]:.4g}" for key in _FIGURES if old[key] != row[key]]
            lines.append(f"  {row['name']}, {row['shape']}: {'; '.join(changes) or 'the same'}")
    return lines
