"""Settings: who wins, and how a bad one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlp.settings import SettingsError, load_settings


def test_defaults_are_those_of_the_interface() -> None:
    settings = load_settings({})
    assert str(settings.listen) == "127.0.0.1:8080"
    assert str(settings.metrics) == "127.0.0.1:9464"
    assert settings.data_dir == Path("data")
    assert settings.load_policy().name == "balanced"
    assert settings.workers == 1


def test_flags_win_over_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "dlp.yaml"
    config.write_text("listen: 127.0.0.1:1\nmetrics: 127.0.0.1:2\ncontact: file\n")
    monkeypatch.setenv("DLP_METRICS", "127.0.0.1:3")
    monkeypatch.setenv("DLP_CONTACT", "environment")
    settings = load_settings({"contact": "flag"}, config)
    assert (settings.listen.port, settings.metrics.port) == (1, 3)
    assert settings.contact == "flag"


@pytest.mark.parametrize(
    ("said", "size"),
    [("16777216", 16 << 20), ("16 MiB", 16 << 20), ("16MB", 16_000_000), ("1.5 GB", 1_500_000_000)],
)
@pytest.mark.parametrize("name", ["hold_limit", "quarantine_limit", "document_memory"])
def test_sizes_bear_units(name: str, said: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DLP_{name.upper()}", said)
    if size < 256 << 20 and name == "document_memory":
        with pytest.raises(SettingsError, match=r"DLP_DOCUMENT_MEMORY: .*greater than or equal"):
            load_settings({})
    else:
        assert getattr(load_settings({}), name) == size


def test_a_policy_that_is_none_names_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"policy nope: .*balanced, monitor, strict"):
        load_settings({"policy": "nope"}).load_policy()


def test_ipv6_addresses_are_read_and_shown_in_brackets() -> None:
    assert str(load_settings({"listen": "[::1]:8080"}).listen) == "[::1]:8080"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("listen", "127.0.0.1:99999"),
        ("listen", "8080"),
        ("metrics", "host:port"),
        ("workers", "0"),
        ("workers", "many"),
        ("hold_limit", "-1"),
        ("hold_limit", "16 parsecs"),
        ("upstream_ca", "/nowhere.pem"),
    ],
)
@pytest.mark.parametrize("source", ["flag", "environment", "file"])
def test_a_bad_value_is_named_with_its_source(
    name: str, value: str, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags, config = {}, None
    match source:
        case "flag":
            flags, expected = {name: value}, "--" + name.replace("_", "-")
        case "environment":
            monkeypatch.setenv(f"DLP_{name.upper()}", value)
            expected = f"DLP_{name.upper()}"
        case _:
            config = tmp_path / "dlp.yaml"
            config.write_text(f"{name}: '{value}'\n")
            expected = f"dlp.yaml: {name}"
    with pytest.raises(SettingsError) as caught:
        load_settings(dict(flags), config)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_settings_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "dlp.yaml"
    config.write_text("lisen: 127.0.0.1:1\n")
    with pytest.raises(SettingsError, match=r"lisen: no such setting; did you mean listen\?"):
        load_settings({}, config)
    monkeypatch.setenv("DLP_LISEN", "127.0.0.1:1")
    with pytest.raises(SettingsError, match=r"DLP_LISEN: .*; did you mean DLP_LISTEN\?"):
        load_settings({})


def test_variables_that_kubernetes_sets_for_a_service_named_dlp_are_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "DLP_SERVICE_HOST": "10.0.0.1",
        "DLP_SERVICE_PORT": "8080",
        "DLP_SERVICE_PORT_PROXY": "8080",
        "DLP_PORT": "tcp://10.0.0.1:8080",
        "DLP_PORT_8080_TCP_ADDR": "10.0.0.1",
        "DLP_ADMIN_SERVICE_HOST": "10.0.0.2",
    }.items():
        monkeypatch.setenv(name, value)
    load_settings({})


@pytest.mark.parametrize("text", ["a: [", "- one\n- two\n", "listen"])
def test_a_file_that_is_no_settings_is_named(tmp_path: Path, text: str) -> None:
    config = tmp_path / "dlp.yaml"
    config.write_text(text)
    with pytest.raises(SettingsError, match=r"dlp\.yaml"):
        load_settings({}, config)
    with pytest.raises(SettingsError, match=r"nope\.yaml: No such file"):
        load_settings({}, tmp_path / "nope.yaml")


@pytest.mark.parametrize(
    ("name", "value"),
    [("proxy_auth", "ldaps:host:cn=dlp:s3cret:dc=clinic"), ("upstream_auth", "dlp:s3cret")],
)
def test_passwords_do_not_show(name: str, value: str) -> None:
    settings = load_settings({name: value})

    assert getattr(settings, name).get_secret_value() == value
    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump_json()}"
