"""The mitmproxy shell around the core: one thin module per traffic kind."""

# Before anything else of the engine.
import addons.engine.bare  # noqa: F401
