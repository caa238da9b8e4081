"""The catalog: a file that says, by logical API name, which permissions there are; the same for all environments.

::

    apis:
      orders:
        permissions:
          read:orders: Read orders

Which API of a tenant a logical name stands for differs by environment; that is the stack configuration's to say.
"""

from __future__ import annotations

from pulumi_auth0_permissions.catalog.naming import logical_names
from pulumi_auth0_permissions.catalog.reading import (
    SCHEMA_FILE_NAME,
    Catalog,
    load_catalog,
    parse_catalog,
    schema_text,
)

__all__ = ["SCHEMA_FILE_NAME", "Catalog", "load_catalog", "logical_names", "parse_catalog", "schema_text"]
