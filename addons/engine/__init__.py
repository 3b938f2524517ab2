"""Everything that leans on mitmproxy's internals: its layers, adapted to fail closed."""
