"""Stands in for pip where the CLI of a test asks what is installed."""
