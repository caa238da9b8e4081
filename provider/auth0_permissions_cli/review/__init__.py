"""What an update would do, for a reviewer: `auth0-permissions plan`."""
