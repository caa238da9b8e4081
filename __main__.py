"""The worked example: one program for all stages; the stack's configuration says which one it is."""

import pulumi_auth0_permissions as auth0_permissions

auth0_permissions.Stage(catalog="permissions.yaml").declare()
