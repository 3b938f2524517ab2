#!/bin/sh
# Builds the image where no container engine runs, and has tests/ops/built_image.py try what comes out.
# BASE names the image to start from; without it one is made of Debian's packages, as Debian's own is.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."

for command in buildah podman crun mmdebstrap curl unshare ip; do
    command -v "$command" >/dev/null || {
        echo "image: needs root and $command (buildah crun curl iproute2 mmdebstrap podman util-linux)" >&2
        exit 2
    }
done

folder=$(mktemp -d)
STORAGE_DRIVER=${STORAGE_DRIVER:-overlay}
export STORAGE_DRIVER
at="--root $folder/images --runroot $folder/run"
# shellcheck disable=SC2086 # two options
tidy() {
    podman $at --cgroup-manager=cgroupfs rm -f -a >/dev/null 2>&1 || true
    buildah $at rmi -a -f >/dev/null 2>&1 || true
    rm -rf "$folder"
    # Older versions of crun give the user of a container the device that it was started with.
    chown 0:0 /dev/null
}
trap tidy EXIT
trap 'exit 130' INT TERM

if [ -z "${BASE:-}" ]; then
    BASE=localhost/debian:trixie
    echo "image: making $BASE of Debian's packages" >&2
    mmdebstrap --quiet --variant=minbase trixie "$folder/base.tar" \
        'deb http://deb.debian.org/debian trixie main' \
        'deb http://deb.debian.org/debian trixie-updates main' \
        'deb http://deb.debian.org/debian-security trixie-security main'
    # shellcheck disable=SC2086
    container=$(buildah $at from scratch)
    # shellcheck disable=SC2086
    buildah $at add -q "$container" "$folder/base.tar" / >/dev/null
    # shellcheck disable=SC2086
    buildah $at commit -q --rm --format docker "$container" "$BASE" >/dev/null
fi

echo "image: building it from $BASE" >&2
# Whom this machine trusts, pip has to trust; none of it comes to lie in the image.
printf '[global]\ncert = /run/authorities.crt\n' >"$folder/pip.conf"
# shellcheck disable=SC2086
buildah $at build -q --isolation chroot --format docker --build-arg "BASE=$BASE" -t localhost/dlp \
    -v "$folder/pip.conf:/etc/pip.conf:ro" -v /etc/ssl/certs/ca-certificates.crt:/run/authorities.crt:ro . >/dev/null
# shellcheck disable=SC2086
buildah $at images localhost/dlp >&2

# In a network of their own, so that the ports are those of the image; a runtime wants one kind of cgroups.
STORE=$at unshare --mount --net sh -ec '
    ip link set lo up
    umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup
    exec "$@"' -- .venv/bin/python -m pytest -n 0 tests/ops/built_image.py "$@"
