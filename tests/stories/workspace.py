"""Moved to ``support.workspace``."""

from support.workspace import ORDERS, ORDERS_SEED, SCOPES, Result, Workspace

__all__ = ["ORDERS", "ORDERS_SEED", "SCOPES", "Result", "Workspace"]
