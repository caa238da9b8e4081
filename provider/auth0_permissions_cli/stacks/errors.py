"""Why a stack cannot be read: each message is a sentence that names the stack and the way out.

::

StackError
├── PulumiNotFound       there is no `pulumi` command
├── NoSuchStack          the back end knows no stack of that name
├── NoStateYet           the stack is there and nothing has been applied to it
├── StackLocked          the back end refuses while somebody else works on the stack
├── StackUndecryptable   its secrets cannot be read: the passphrase or key is missing or another one
└── StackUnreadable      anything else; holds the command's own words
"""

from __future__ import annotations

from pulumi_auth0_permissions.core.errors import PermissionsError

__all__ = [
    "NoStateYet",
    "NoSuchStack",
    "PulumiNotFound",
    "StackError",
    "StackLocked",
    "StackUndecryptable",
    "StackUnreadable",
]


class StackError(PermissionsError):
    """Raised when a stack cannot be read; ``stack`` is its name."""

    def __init__(self, stack: str, message: str) -> None:
        super().__init__(message)
        self.stack = stack


class PulumiNotFound(StackError):
    """Raised when there is no `pulumi` command on PATH."""


class NoSuchStack(StackError):
    """Raised when the back end knows no stack of that name."""


class NoStateYet(StackError):
    """Raised when nothing has been applied to the stack, or everything was destroyed."""


class StackLocked(StackError):
    """Raised when the back end refuses since somebody else works on the stack."""


class StackUndecryptable(StackError):
    """Raised when the stack's secrets cannot be read, or when a report would have to show one."""


class StackUnreadable(StackError):
    """Raised when the stack cannot be read for any other reason."""
