"""Compare what stacks hold: `auth0-permissions matrix`."""
