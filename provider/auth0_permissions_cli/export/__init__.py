"""From the APIs of a tenant to a catalog: `auth0-permissions export`."""
