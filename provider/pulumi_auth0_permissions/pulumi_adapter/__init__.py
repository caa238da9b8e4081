"""The Pulumi adapter: translates the engine's hooks to reconciler calls and back; it holds no rules of its own."""
