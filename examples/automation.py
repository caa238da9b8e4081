"""Preview a stack with an inline program: the provider of dynamic resources runs in this program's environment."""

import os
import sys
from pathlib import Path

from pulumi import automation

import pulumi_auth0_permissions as auth0_permissions


def program() -> None:
    """Declare the permissions."""
    auth0_permissions.ApiPermissions(
        "orders", api="https://orders.example.com", permissions={"read:orders": "Read orders"}, unmanaged="keep"
    )


environment = str(Path(sys.executable).parent)  # else the provider finds another Python, without this package
options = automation.LocalWorkspaceOptions(
    env_vars={"PATH": os.pathsep.join((environment, os.environ.get("PATH", os.defpath)))}
)
stack = automation.create_or_select_stack("dev", "shop", program, opts=options)
print(stack.preview(on_output=print).change_summary)
