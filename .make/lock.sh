#!/bin/sh
# Writes the two lock files from pyproject.toml, for every system and Python it allows.
# Versions locked before stay where they still fit; --upgrade asks for the newest.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."

compile() {
    .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.12 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
        --overrides .make/overrides.txt "$@"
}
compile --group build --output-file requirements.lock "$@"
compile --group dev --constraints requirements.lock --output-file requirements-dev.lock "$@"
