"""Promotion for Pulumi programs: one permission set through the stages of a chain, each stage a stack.

The first stage takes the catalog; every other one takes what the stage before it *has applied*.
"""
