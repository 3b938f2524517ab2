"""Bytes of a message in, readable text out: one module per wrapping, opened under one budget."""
