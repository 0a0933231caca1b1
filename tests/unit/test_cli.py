import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cohesin.app.cli import COMMANDS, main
from cohesin.app.exits import Exit


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_loads_and_explains_itself(command: str):
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: main {command}")


def test_an_unknown_command_is_a_wrong_command_line():
    assert CliRunner().invoke(main, ["sreve"]).exit_code == 2


def test_doctor_tells_what_failed(tmp_path: Path):
    dsn = f"postgresql://nobody@/none?host={tmp_path}"
    result = CliRunner(env={"COHESIN_APP_DATABASE_URL": dsn, "COHESIN_DATA_DIR": str(tmp_path)}).invoke(
        main, ["doctor", "--json"]
    )
    findings = {finding["check"]: finding["state"] for finding in json.loads(result.stdout)}
    assert result.exit_code == Exit.FAILED
    assert findings["database"] == "failed"
    assert findings["object store"] == findings["data folder"] == "ok"


def test_a_database_out_of_reach_has_its_exit_code(tmp_path: Path):
    dsn = f"postgresql://owner:hunter2@/none?host={tmp_path}"
    result = CliRunner(env={"COHESIN_DATABASE_URL": dsn, "COHESIN_DATA_DIR": str(tmp_path)}).invoke(
        main, ["migrate"]
    )
    assert result.exit_code == Exit.DATABASE
    assert "hunter2" not in result.output
