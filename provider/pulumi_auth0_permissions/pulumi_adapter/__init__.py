"""The Pulumi adapter: translates the engine's hooks to reconciler calls and back; has no rules of its own."""
