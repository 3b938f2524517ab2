"""What logs say of a message: never a value."""

from __future__ import annotations

import pytest

from dlp.logs import unnumbered


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("nir-255081416802538.example.org:443", "nir-….example.org:443"),
        ("2-55-08-14-168-025.38.example.org:80", "….38.example.org:80"),
        ("192.168.100.123:50000", "192.168.100.123:50000"),
        ("[2001:db8::12ab]:443", "[2001:db8::12ab]:443"),
        ("srv-2024.chu.example:8443", "srv-2024.chu.example:8443"),
        ("a\x1b.example:1", "a%1B.example:1"),
    ],
)
def test_a_host_is_told_without_numbers_that_it_may_spell(host: str, shown: str) -> None:
    assert unnumbered(host) == shown
