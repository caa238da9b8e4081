"""Stacks as the `pulumi` command shows them: their configuration and their state."""
