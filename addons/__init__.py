"""The mitmproxy shell around the core: one thin module per traffic kind."""
