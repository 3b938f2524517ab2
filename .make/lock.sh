#!/bin/sh
# Writes the lock files from pyproject.toml, for every system and Python it allows.
# Versions locked before stay where they still fit; --upgrade asks for the newest.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."

compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.12 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
        --overrides .make/overrides.txt "$@"
}
compile pyproject.toml --group build --output-file requirements.lock "$@"
compile pyproject.toml --group dev --constraints requirements.lock --output-file requirements-dev.lock "$@"
# The fuzzer alone, beside what the tests have.
compile --group fuzz --constraints requirements-dev.lock --output-file requirements-fuzz.lock "$@"
