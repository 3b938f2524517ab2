"""The dashboards as code; `python -m dashboards.src` writes them to `dashboards/json`."""
