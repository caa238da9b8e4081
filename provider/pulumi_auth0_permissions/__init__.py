"""Permissions of Auth0 APIs as infrastructure code: a Pulumi resource with true previews and safe removal."""

from pulumi_auth0_permissions.resource import ApiPermissions

__all__ = ["ApiPermissions"]
