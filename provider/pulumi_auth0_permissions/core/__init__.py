"""The rules, as pure functions: nothing in here imports Pulumi, speaks HTTP or looks at a clock."""
