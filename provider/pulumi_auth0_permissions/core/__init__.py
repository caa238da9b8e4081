"""The rules: desired, prior and observed sets become a plan, the plan is judged.

Nothing in here imports Pulumi or speaks HTTP; every function is pure and decides from its arguments alone.
"""
