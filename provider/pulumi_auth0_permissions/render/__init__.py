"""Plan-like values to strings, one module a format; renderers escape for their format and never compute."""
