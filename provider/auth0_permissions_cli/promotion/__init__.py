"""Promotion from one stack to the next, step by step; ``flow`` is the order of the steps."""
