"""Gives what a test starts a private folder of its own: the product's is the same one in every environment."""

import os
from contextlib import suppress
from pathlib import Path

if "TESTS_PRIVATE_FOLDER" in os.environ:
    with suppress(ImportError):  # of an environment without the product
        from pulumi_auth0_permissions.pulumi_adapter import files_and_locks

        files_and_locks._places = lambda: [Path(os.environ["TESTS_PRIVATE_FOLDER"])]
