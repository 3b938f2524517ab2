# syntax=docker/dockerfile:1
# tests/ops/test_image.py takes these steps in a clean environment, and runs what they make.
FROM python:3.12.12-slim-bookworm@sha256:593bd06efe90efa80dc4eee3948be7c0fde4134606dd40d8dd8dbcade98e669c AS build

# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends binutils

WORKDIR /src
RUN python -m venv /opt/dlp
COPY requirements.lock ./
RUN /opt/dlp/bin/pip install --no-cache-dir --no-compile --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY dlp ./dlp
COPY addons ./addons
RUN /opt/dlp/bin/pip install --no-cache-dir --no-compile --no-deps --no-build-isolation .
# Not shipped: symbols for debuggers, tests and sources of libraries, the interfaces of other services
# of Amazon than storage and logging in, tools of the build. What is imported is compiled once, since
# the file system may be read-only later.
RUN find /opt/dlp -name '*.so*' -type f -exec strip --strip-unneeded {} + \
    && find /opt/dlp -type d \( -name tests -o -path '*/tornado/test' -o -name test_files \) -prune -exec rm -r {} + \
    && find /opt/dlp -type f -regex '.*\.\(pyi\|pyx\|pxd\|c\|h\|a\)' -delete \
    && find /opt/dlp -path '*/botocore/data/*' -prune -type d ! -name s3 ! -name sts ! -name 'sso*' ! -name signin -exec rm -r {} + \
    && /opt/dlp/bin/python -c 'import dlp.cli, dlp.commands.serve, addons.proxy' \
    && /opt/dlp/bin/pip uninstall -y hatchling editables trove-classifiers pathspec pluggy pip


FROM python:3.12.12-slim-bookworm@sha256:593bd06efe90efa80dc4eee3948be7c0fde4134606dd40d8dd8dbcade98e669c

LABEL org.opencontainers.image.title="dlp" \
      org.opencontainers.image.description="Streaming data-loss-prevention proxy for health data" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"

# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends libarchive13 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/dlp /opt/dlp
RUN install -d -m 700 -o 10001 -g 10001 /data

ENV PATH=/opt/dlp/bin:$PATH \
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
