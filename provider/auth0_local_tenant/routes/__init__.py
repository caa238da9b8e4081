"""HTTP to models and back, one module a resource: no rules, no state."""
