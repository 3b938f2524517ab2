#!/bin/sh
# Prints the path of a Python this project can run on; says in one line what is missing if there is none.
set -u

whole='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))'
# Debian ships venv without ensurepip; its own pip can fill an environment as well.
borrowed='import sys, venv, pip; sys.exit(sys.version_info < (3, 12))'
# The interpreter behind a virtual environment: the one found may be that of the .venv to be replaced.
base='import sys; print(getattr(sys, "_base_executable", sys.executable))'

# A shim or a dangling link answers to its name and still does not run: only running it tells.
accept() {
    "$1" -c "$2" </dev/null >/dev/null 2>&1 || return 1
    "$1" -c "$base"
    exit
}

pyenv_root=$(pyenv root 2>/dev/null) || pyenv_root=${PYENV_ROOT:-${HOME:-}/.pyenv}
set -- ${PYTHON:+"$PYTHON"} python3.13 python3.12 python3.14 python3 \
    "$pyenv_root"/versions/*/bin/python3
for check in "$whole" "$borrowed"; do
    for candidate; do
        accept "$candidate" "$check"
    done
done

uv=uv
if ! command -v uv >/dev/null 2>&1 && tools=$(mktemp -d 2>/dev/null); then
    trap 'rm -rf "$tools"' EXIT
    python3 -m pip install --quiet --target "$tools" 'uv<1' >/dev/null 2>&1 && uv=$tools/bin/uv
fi
for found in \
    "$("$uv" python find --system --no-python-downloads '>=3.12' 2>/dev/null)" \
    "$("$uv" python install --quiet 3.13 2>/dev/null &&
        "$uv" python find --system --managed-python 3.13 2>/dev/null)"; do
    accept "$found" "$whole"
done

cat >&2 <<'END'
dlp: no Python >= 3.12 with venv and pip: tried $PYTHON, python3.13, python3.12, python3.14, python3, pyenv's versions and uv's, and uv could fetch none. Install Python 3.12 or 3.13, or name one: make install PYTHON=/path/to/python3
END
exit 1
