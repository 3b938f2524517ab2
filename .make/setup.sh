#!/bin/sh
# Makes .venv hold the project and what a lock says, at once if it already does: setup.sh runtime|dev
# Beside what dev holds, setup.sh fuzz adds the fuzzer, of which there is none for some systems.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."

wanted=$1
case $wanted in
runtime) lock=requirements.lock ;;
dev) lock=requirements-dev.lock ;;
fuzz) lock=requirements-fuzz.lock ;;
esac
python=.venv/bin/python
stamp=.venv/.setup
# Lies in .venv while it is being changed: what an interrupted run left is not to be trusted.
unfinished=.venv/.setup-unfinished

say() { printf 'dlp: %s\n' "$*" >&2; }

runs_on() {
    "$1" -c 'import sys
print(sys.base_prefix, *sys.version_info[:2])
sys.exit(sys.version_info < (3, 12))' 2>/dev/null
}

# An environment without a pip of its own borrows that of the Python it was made from.
pip() {
    if "$python" -c 'import pip' 2>/dev/null; then
        "$python" -m pip "$@"
    else
        "$("$python" -c 'import sys; print(sys._base_executable)')" -m pip --python "$python" "$@"
    fi
}

# Two runs in one checkout take turns, where the system has flock.
exec 9<.make/setup.sh
if command -v flock >/dev/null 2>&1; then flock 9; fi

if [ "$wanted" = fuzz ]; then
    if ! "$python" -c 'import atheris' 2>/dev/null; then
        say "installing $lock"
        pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: -r "$lock"
    fi
    exit
fi

current=$(runs_on "$python") || current=
# Whatever Python .venv already runs on will do, unless one is asked for.
base=
wished=$current
if [ -n "${PYTHON:-}" ] || [ -z "$current" ]; then
    base=$(sh .make/python.sh)
    wished=$(runs_on "$base")
fi

# Scripts in .venv hold its path: a checkout that was moved or copied needs a new one.
home="$(pwd) $wished"
contents=$(cat pyproject.toml requirements.lock requirements-dev.lock .make/*.sh | cksum)
if [ -e "$stamp" ]; then
    { read -r old_home && read -r old_level old_contents; } <"$stamp" || old_home=
else
    old_home=$home old_level=none old_contents=
fi

if [ "$current" != "$wished" ] || [ -z "$current" ] || [ -e "$unfinished" ] ||
    [ "$old_home" != "$home" ]; then
    base=${base:-$(sh .make/python.sh)}
    say "making .venv with $("$base" -V)"
    rm -rf .venv
    mkdir .venv
    : >"$unfinished"
    if "$base" -c 'import ensurepip' 2>/dev/null; then
        "$base" -m venv .venv
    else
        "$base" -m venv --without-pip .venv
    fi
elif [ "$old_contents" = "$contents" ] && { [ "$old_level" = "$wanted" ] || [ "$old_level" = dev ]; }; then
    exit 0
fi

: >"$unfinished"
rm -f "$stamp"
say "installing $lock (the first time takes a minute)"
pip install -qq --disable-pip-version-check --require-hashes -r "$lock"
say "installing dlp itself"
pip install -qq --disable-pip-version-check --no-build-isolation --no-deps --editable .
# Once, also where the environment keeps Python from it at each start.
.venv/bin/python -m compileall -qq dlp addons
printf '%s\n' "$home" "$wanted $contents" >"$stamp"
rm -f "$unfinished"
say "ready: .venv/bin/dlp"
