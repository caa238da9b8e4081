"""What the CLI's language host wants of pip: `python -m pip list -v --format json`, without pip's half a second.

The host asks in every phase of every command, to find Pulumi's own packages among those that are installed. The answer
is pip's, name, version and location of each; `support.environment` puts this before pip on PYTHONPATH.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

_SUFFIX = ".dist-info"


def installed() -> Iterator[dict[str, str]]:
    """Yield what is installed, by the names of the folders that installers leave."""
    for location in sys.path:
        for info in Path(location).glob(f"*{_SUFFIX}"):
            name, version = info.name.removesuffix(_SUFFIX).rsplit("-", 1)
            yield {"name": name, "version": version, "location": location}


if sys.argv[1:] != ["list", "-v", "--format", "json"]:
    sys.exit(f"pip stands in for `pip list -v --format json` only, not for {sys.argv[1:]}")
sys.stdout.write(json.dumps(list(installed())))
