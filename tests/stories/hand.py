"""Moved to ``support.hand``."""

from support.hand import Hand

__all__ = ["Hand"]
