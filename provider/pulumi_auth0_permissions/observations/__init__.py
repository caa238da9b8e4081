"""What the APIs of one tenant were observed to be, read with as few requests as the run allows.

`strategy` holds the law by which single reads, lists by name and pages of the tenant are chosen; `shared` lets the
threads of a process read together by it.
"""

from pulumi_auth0_permissions.observations.shared import Foresight, Observations, ReadPort
from pulumi_auth0_permissions.observations.wishes import Foreseen, Wish

__all__ = ["Foreseen", "Foresight", "Observations", "ReadPort", "Wish"]
