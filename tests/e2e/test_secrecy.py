"""What was stopped is nowhere to be read: not in a log, a metric, a page or a file."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from bench import patients
from bench.curl import curl
from bench.ways import ways

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.proxy import Proxy
    from bench.servers import FtpServer, HttpServer, HttpsServer

# What stands between the groups of a number, in whatever charset, once written down.
SEPARATORS = re.compile(rb"(?:[\s._/+-]|%20|\\u00a0|\\xa0|\xc2\xa0|\xe2\x80\xaf)+")


def forms(nir: str) -> list[bytes]:
    """Return a number, with and without its key, and hashes of it that anyone could recompute."""
    plain = [nir.encode(), nir[:13].encode()]
    hashes = (hashlib.sha256, hashlib.sha1, hashlib.md5)
    return plain + [new(number).hexdigest().encode() for new in hashes for number in plain]


def test_no_identifier_of_a_leak_is_kept_or_shown_anywhere(
    start_proxy: Callable[..., Proxy],
    http: HttpServer,
    https: HttpsServer,
    ftp: FtpServer,
    name: str,
    seed: int,
) -> None:
    proxy = start_proxy()
    people = list(patients.patients(40, seed))
    nirs = [person.nir for person in people]
    leak = patients.leak_csv(40, seed)
    spaced = [f"{n[0]} {n[1:3]} {n[3:5]} {n[5:7]} {n[7:10]} {n[10:13]} {n[13:]}" for n in nirs]

    answers = [
        way.send(proxy, f"{name}-{number}", leak)
        for number, way in enumerate(ways(proxy, http, https, ftp))
    ]
    for listed in (nirs[:3], spaced[:3]):
        text = ", ".join(listed)
        query, user = quote("nir " + text), f"ftp://user:pw@127.0.0.1:{ftp.port}/{name}"
        answers += [
            curl(f"{http.url}/{name}?q={query}", proxy=proxy.listen),
            curl(f"{http.url}/{name}/{query}", proxy=proxy.listen),
            curl(f"{http.url}/{name}", "-H", f"X-Nir: {text}", proxy=proxy.listen),
            curl(f"{http.url}/{name}", "-F", f"nir {text}=@{{file}}", proxy=proxy.listen),
            curl(f"{user}-{query}", "-T", "{file}", proxy=proxy.listen),
            curl(f"{user}-{query}", "-T", "{file}", "-p", proxy=proxy.listen),
        ]
    for number in (nirs[0], nirs[-1], spaced[1].replace(" ", "-")):
        url = f"http://nir-{number}.{name}.example"
        answers += [
            curl(f"{url}/", proxy=proxy.listen),
            curl(f"{url}/", "-T", "{file}", proxy=proxy.listen, send=leak),
        ]
    assert all(answer.status in (403, 503, 550, 552, 553) for answer in answers)

    incidents = proxy.dlp("incident", "list").stdout
    numbers = re.findall(r"DLP-\d{6}-[0-9A-Z]{8}", incidents)
    assert len(numbers) >= len(answers)
    shown = [proxy.dlp("incident", "list", "--json"), proxy.dlp("quarantine", "list", "--json")]
    shown += [proxy.dlp(room, "show", numbers[0]) for room in ("incident", "quarantine")]
    places = {"metrics": proxy.admin("/metrics")[1].encode()}
    places |= {f"shown {n}": (one.stdout + one.stderr).encode() for n, one in enumerate(shown)}
    places |= {f"page {n}": answer.body for n, answer in enumerate(answers)}
    proxy.stop()
    places["log"] = "\n".join(proxy.logs).encode()
    places |= {str(p): p.read_bytes() for p in proxy.data_dir.rglob("*") if p.is_file()}

    # What a detector does not know, a password or a whole row, must not get out either.
    secrets = [form for nir in nirs for form in forms(nir)]
    secrets += [person.mot_de_passe_portail.encode() for person in people]
    secrets += [line for line in leak.splitlines()[1:] if line]
    told = {
        place
        for place, text in places.items()
        for content in (text, SEPARATORS.sub(b"", text))
        for secret in secrets
        if secret in content
    }
    assert b"quarantine" in places["log"]
    assert told == set()


def test_the_files_of_the_proxy_are_for_its_owner_alone(proxy: Proxy) -> None:
    public = ("mitmproxy-ca-cert.", "mitmproxy-dhparam.", "upstream.pem")
    files = [path for path in proxy.data_dir.rglob("*") if path.is_file()]

    assert proxy.data_dir.stat().st_mode & 0o077 == 0
    assert [
        path.name
        for path in files
        if path.stat().st_mode & 0o077 and not path.name.startswith(public)
    ] == []
