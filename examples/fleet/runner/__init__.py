"""Many stacks of one project: which there are, who goes when, what the engine says of each, and what is reported."""
