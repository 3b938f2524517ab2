"""Throw-away HTTP, HTTPS and FTP servers that record exactly what reaches them."""

from __future__ import annotations

from bench.servers.base import Record, Records, sha256
from bench.servers.ftp import FtpServer
from bench.servers.http import HttpServer
from bench.servers.https import HttpsServer

__all__ = ["FtpServer", "HttpServer", "HttpsServer", "Record", "Records", "sha256"]
