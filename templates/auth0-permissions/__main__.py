"""Declare permissions of Auth0 APIs: each stack takes those of the catalog, or those applied by the previous stack."""

import pulumi_auth0_permissions as auth0_permissions

auth0_permissions.Stage(catalog="permissions.yaml").declare()
