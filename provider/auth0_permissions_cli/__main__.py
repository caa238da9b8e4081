"""``python -m auth0_permissions_cli``: the same as ``auth0-permissions``."""

from __future__ import annotations

from auth0_permissions_cli import main

if __name__ == "__main__":
    main()
