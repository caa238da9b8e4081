"""The Management API of an Auth0 tenant: what it holds, how it is asked, what can go wrong; knows no plans.

This module imports nothing, so that ``import pulumi_auth0_permissions`` stays quick: `client` brings `requests`.
"""

from __future__ import annotations

__all__: list[str] = []
