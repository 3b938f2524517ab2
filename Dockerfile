# syntax=docker/dockerfile:1
# `make image` builds it, where there is buildah, and tries what comes out; tests/ops/test_image.py takes
# its steps in a clean environment. A mirror of Debian's image may be named: --build-arg BASE=…
ARG BASE=debian:trixie-20260918-slim@sha256:a99cfc517144bc59b1978475ec53b46ecabec7e43635402ee5b77cc54cd1b20a
# hadolint ignore=DL3006
FROM ${BASE} AS build

# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends binutils ca-certificates python3.13-venv

WORKDIR /src
RUN python3.13 -m venv /opt/dlp
COPY requirements.lock ./
RUN /opt/dlp/bin/pip install --no-cache-dir --no-compile --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY dlp ./dlp
COPY addons ./addons
RUN /opt/dlp/bin/pip install --no-cache-dir --no-compile --no-deps --no-build-isolation .
# Not shipped: tools of the build; libraries that no module of ours comes to import (dlp/unneeded.py says
# how numpy is among them; psycopg finds Debian's libpq); symbols for debuggers, tests.
RUN /opt/dlp/bin/pip uninstall -q -y hatchling editables trove-classifiers pathspec pluggy \
        numpy narwhals pillow psycopg-binary urwid wcwidth argon2-cffi argon2-cffi-bindings publicsuffix2 \
        tomlkit markdown-it-py mdurl googleapis-common-protos pip \
    && find /opt/dlp/bin -type f ! -name dlp -delete \
    && find /opt/dlp -name '*.so*' -type f -exec strip --strip-unneeded {} + \
    && find /opt/dlp -type d \( -name tests -o -name testing -o -name SelfTest -o -path '*/tornado/test' \
        -o -name test_files -o -name sboms \) -prune -exec rm -r {} + \
    && find /opt/dlp -type f -regex '.*/RECORD\|.*\.\(pyi\|pyx\|pxd\|proto\|c\|h\|a\)' -delete
# Nor what of the others is not used. A line that finds nothing fails, so this list can't grow old.
# hadolint ignore=DL3003
RUN cd /opt/dlp/lib/python3*/site-packages \
    # Interfaces of other services of Amazon than storage and logging in.
    && find botocore/data -mindepth 1 -maxdepth 1 -type d \
        ! -name s3 ! -name sts ! -name sso ! -name sso-oidc ! -name signin -exec rm -r {} + \
    && rm -r boto3/data botocore/data/s3/*/examples-1.json \
    # Interfaces for people of mitmproxy and of others.
    && rm -r mitmproxy/tools mitmproxy/addons/onboardingapp/static pypdfium2_cli \
    # Other databases, and objects for rows.
    && rm -r sqlalchemy/orm sqlalchemy/dialects/mssql sqlalchemy/dialects/mysql sqlalchemy/dialects/oracle \
    && find sqlalchemy/ext -mindepth 1 -maxdepth 1 ! -name __init__.py ! -name compiler.py -exec rm -r {} + \
    # Drawings, and fonts but for the one of reports.
    && rm -r reportlab/graphics && find reportlab/fonts -type f ! -name 'Vera*' -delete \
    # Colours for the sources of other languages than Python.
    && find pygments/lexers -name '*.py' ! -name '__init__.py' ! -name '_mapping.py' ! -name python.py -delete \
    # Codes of findings on pictures; what servers of directories say of themselves.
    && rm -r pydicom/sr ldap3/protocol/schemas \
    # Public keys: archives have passwords.
    && rm -r Cryptodome/PublicKey Cryptodome/Protocol Cryptodome/Signature Cryptodome/Math \
    # Numbers of network cards, telephones, districts and trades.
    && rm stdnum/oui.dat stdnum/imsi.dat stdnum/cn/loc.dat stdnum/eu/nace*.dat stdnum/at/postleitzahl.dat stdnum/nz/banks.dat \
    # What older Pythons, and other ones, use.
    && rm -r zstandard/_cffi*.so zstandard/backend_cffi.py pydantic/v1 olefile/olefile2.py
# Compiled here, since the file system may be read-only later; of libraries, whose sources everybody can
# have by their hashes, only what was compiled is kept.
# hadolint ignore=DL3003
RUN cd /opt/dlp/lib/python3*/site-packages \
    && find . -name __pycache__ -prune -exec rm -r {} + \
    && ../../../bin/python -m compileall -q "$PWD/dlp" "$PWD/addons" \
    && ../../../bin/python -m compileall -q -b -x '/site-packages/(dlp|addons)/' "$PWD" \
    && find . -name '*.py' ! -path './dlp/*' ! -path './addons/*' -delete

# What it stands on: packages of Debian as they are now, taken apart as "distroless" images are, with
# their names where scanners look for them. There is neither a package manager nor a shell.
WORKDIR /debs
# hadolint ignore=DL3008
RUN apt-get download \
        base-files libacl1 libarchive13t64 libbz2-1.0 libc-bin libc6 libcom-err2 libexpat1 libffi8 libgcc-s1 \
        libgssapi-krb5-2 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 libldap2 liblz4-1 liblzma5 libnettle8t64 \
        libpq5 libpython3.13-minimal libpython3.13-stdlib libsasl2-2 libsqlite3-0 libssl3t64 libstdc++6 libuuid1 \
        libxml2 libxxhash0 libzstd1 media-types netbase python3.13-minimal tzdata zlib1g \
    && mkdir -p /image/opt /image/var/lib/dpkg/status.d \
    && for deb in *.deb; do \
        dpkg-deb --extract "$deb" /image \
        && dpkg-deb --field "$deb" > "/image/var/lib/dpkg/status.d/$(dpkg-deb --field "$deb" Package)" || exit 1; \
    done \
    && find /image/usr/share/doc -type f ! -name copyright -delete \
    && find /image/usr/bin -type f ! -name python3.13 -delete \
    && find /image/usr/sbin -type f ! -name ldconfig -delete \
    && rm -r /image/usr/lib/locale /image/usr/share/gcc /image/usr/share/man /image/usr/share/lintian /image/usr/share/locale \
        /image/usr/lib/python3.13/test /image/usr/lib/python3.13/pydoc_data \
        /image/usr/lib/python3.13/turtle.py /image/usr/lib/python3.13/lib-dynload/_test* \
    # Character sets in which no data set, archive or name can be written that a library here reads.
    && find /image/usr/lib/*/gconv -regextype posix-extended -name '*.so' ! -regex '.*/(lib|UTF|UNICODE|ISO8859|ISO-2022|ASMO|CP|KOI8|MAC|IBM(037|437|8[5-7].|92.|932|943|1129)\.|BIG5|EUC|GB|UHC|JOHAB|SJIS|SHIFT|TIS).*' -delete \
    && cp /etc/nsswitch.conf /image/etc/ \
    && install -D -m 644 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt \
    && printf 'root:x:0:0:root:/root:/usr/sbin/nologin\ndlp:x:10001:10001:dlp:/data:/usr/sbin/nologin\n' > /image/etc/passwd \
    && printf 'root:x:0:\ndlp:x:10001:\n' > /image/etc/group \
    && install -d -m 700 -o 10001 -g 10001 /image/data \
    && mv /opt/dlp /image/opt/dlp \
    && ldconfig -r /image \
    && chroot /image /usr/bin/python3.13 -m compileall -q -b /usr/lib/python3.13 \
    && find /image/usr/lib/python3.13 -type f -name '*.py' -delete \
    && find /image/usr/lib/python3.13 -name __pycache__ -prune -exec rm -r {} +
# Whatever were missing shows here.
RUN chroot /image /opt/dlp/bin/python -c 'import addons, ctypes, dlp, importlib, pkgutil; \
    [ctypes.CDLL(library) for library in ("libarchive.so.13", "libpq.so.5")]; \
    [importlib.import_module(m.name) for p in (dlp, addons) for m in pkgutil.walk_packages(p.__path__, p.__name__ + ".") \
        if not m.name.endswith((".env", ".__main__"))]'


FROM scratch

LABEL org.opencontainers.image.title="dlp" \
      org.opencontainers.image.description="Streaming data-loss-prevention proxy for health data" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"

COPY --from=build /image /

ENV PATH=/opt/dlp/bin:/usr/sbin:/usr/bin \
    LANG=C.UTF-8 \
    SSL_CERT_DIR=/etc/ssl/certs \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    PYTHONUNBUFFERED=1 \
    DLP_LISTEN=0.0.0.0:8080 \
    DLP_METRICS=0.0.0.0:9464 \
    DLP_DATA_DIR=/data

USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080 9464

HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9464/-/healthy', timeout=4)"]

ENTRYPOINT ["dlp"]
CMD ["serve"]
