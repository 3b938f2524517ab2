"""All hosts that one owner can name are one destination."""

from __future__ import annotations

import pytest

from addons.destination import registrable


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("example.org", "example.org"),
        ("a1.b2.Example.ORG.", "example.org"),
        ("x.example.co.uk", "example.co.uk"),
        ("hopital.gouv.fr", "hopital.gouv.fr"),
        # Names that are given away stand for who gives them.
        ("mine.github.io", "github.io"),
        ("bucket.s3.eu-west-3.amazonaws.com", "amazonaws.com"),
        ("a.xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("intranet", "intranet"),
        ("serveur.local", "serveur.local"),
        ("co.uk", "co.uk"),
        ("192.0.2.7", "192.0.2.7"),
        ("127.1", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[2001:db8:1:2:3:4:5:6]", "2001:db8:1:2::"),
        ("2001:db8:1:2::99", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("..", ""),
        ("a..b", "a..b"),
        ("é" * 300, "é" * 300),
    ],
)
def test_a_host_stands_for_its_owner(host: str, owner: str) -> None:
    assert registrable(host) == owner
