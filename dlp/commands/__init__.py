"""The subcommands of `dlp`, one module each; heavy imports happen when a command runs."""
