from pathlib import Path

import pytest

from cohesin.kernel.settings import (
    Settings,
    SettingsError,
    load_settings,
    render_settings_page,
    unknown_names,
)

ROOT = Path(__file__).parents[2]


def test_the_page_is_current():
    assert (ROOT / "docs/settings.md").read_text() == render_settings_page()


def test_every_setting_is_described():
    assert all(field.description for field in Settings.model_fields.values())


def test_environment_then_overrides_then_defaults(tmp_path: Path):
    environ = {
        "COHESIN_PORT": "9000",
        "COHESIN_HOST": "0.0.0.0",
        "COHESIN_WORKERS": "",
        "COHESIN_LOG_LEVEL": "debug",
    }
    settings = load_settings(environ, data_dir=tmp_path, port=9001, host=None)
    assert (settings.port, settings.host, settings.workers, settings.log_level) == (
        9001,
        "0.0.0.0",
        1,
        "debug",
    )
    assert settings.url == "http://127.0.0.1:9001"


def test_every_fault_is_told_at_once_and_no_value_is_repeated(tmp_path: Path):
    environ = {
        "COHESIN_PORT": "seventy",
        "COHESIN_WORKERS": "0",
        "COHESIN_LOG_FORMAT": "xml",
        "COHESIN_ADMIN_PASSWORD": "short",
    }
    with pytest.raises(SettingsError) as error:
        load_settings(environ, data_dir=tmp_path)
    named = {fault.split(":")[0] for fault in error.value.faults}
    assert named == set(environ)
    assert "seventy" not in str(error.value)
    assert "short" not in str(error.value).replace("shorter", "")


def test_faults_over_several_fields_come_together(tmp_path: Path):
    environ = {
        "COHESIN_DATABASE_URL": "mysql://u:hidden@h/d",
        "COHESIN_OPAL_TIMEZONE": "Mars/Olympus",
        "COHESIN_SECRET_KEY": "tooshort",
        "COHESIN_PUBLIC_URL": "ftp://h",
    }
    with pytest.raises(SettingsError) as error:
        load_settings(environ, data_dir=tmp_path)
    assert {fault.split(":")[0] for fault in error.value.faults} == set(environ)
    assert "hidden" not in str(error.value)


def test_a_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    first = load_settings({}, data_dir=tmp_path / "new")
    again = load_settings({}, data_dir=tmp_path / "new")
    assert first.secret_key == again.secret_key
    assert len(first.secret_key) >= 32
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert first.secret_key not in repr(first)
    assert load_settings({}, data_dir=tmp_path / "other").secret_key != first.secret_key


def test_providers_are_read_by_name(tmp_path: Path):
    environ = {
        "COHESIN_OIDC_ACME_ISSUER": "https://id.acme.test",
        "COHESIN_OIDC_ACME_CLIENT_ID": "cohesin",
        "COHESIN_OIDC_ACME_CLIENT_SECRET": "s3cret-value",
        "COHESIN_OIDC_ACME_TOKEN_ENDPOINT": "http://127.0.0.1:1/token",
    }
    provider = load_settings(environ, data_dir=tmp_path).oidc["acme"]
    assert provider.issuer == "https://id.acme.test"
    assert provider.token_endpoint == "http://127.0.0.1:1/token"
    assert "s3cret-value" not in repr(provider)
    del environ["COHESIN_OIDC_ACME_CLIENT_ID"]
    with pytest.raises(SettingsError, match="COHESIN_OIDC_ACME_CLIENT_ID"):
        load_settings(environ, data_dir=tmp_path)


def test_a_misspelt_name_is_told_with_its_neighbour():
    assert unknown_names(
        {
            "COHESIN_PORTT": "1",
            "COHESIN_PORT": "1",
            "HOME": "/",
            "COHESIN_OIDC_X_ISSUER": "y",
            "COHESIN_SUPERVISOR_PID": "1",
        }
    ) == ["COHESIN_PORTT is not a setting; COHESIN_PORT is"]


def test_a_data_folder_that_is_a_file_is_a_fault(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="COHESIN_DATA_DIR"):
        load_settings({}, data_dir=tmp_path / "file")
