"""Permissions of Auth0 APIs: every stack declares what the catalog has, or what the stack before it has applied."""

import pulumi_auth0_permissions as auth0_permissions

auth0_permissions.Stage(catalog="permissions.yaml").declare()
