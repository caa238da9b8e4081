"""The program of the root project: the quickstart, run from here so that `pulumi up` finds `.venv`.

With `main: examples/quickstart` in Pulumi.yaml the engine would look for `.venv` in that folder.
"""

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).parent / "examples" / "quickstart" / "__main__.py"))
