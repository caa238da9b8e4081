"""``python -m auth0_permissions_cli``: the same as ``auth0-permissions``."""

from auth0_permissions_cli import main

if __name__ == "__main__":
    main()
