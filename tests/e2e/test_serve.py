import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from cohesin.kernel.db.dsn import rewrite_dsn
from cohesin.kernel.db.embedded import running_dsn, running_postmaster
from tests.conftest import SECRET_KEY, Database
from tests.e2e.serving import ROOT, Served, free_port, is_alive

pytestmark = pytest.mark.timeout(240)


def test_serves_and_a_second_server_on_the_folder_is_told_who_has_it(data_dir: Path):
    first = Served(data_dir, free_port())
    try:
        lines = first.wait_ready()
        assert lines[-1] == f"Cohesin is ready on {first.url}"
        assert any(line.startswith("Migrated 0001") for line in lines)
        assert httpx.get(f"{first.url}/api/v1/system/health").json()["status"] == "ok"
        assert (data_dir / "secret_key").stat().st_mode & 0o777 == 0o600

        second = Served(data_dir, free_port())
        assert second.process.wait(60) == 75
        assert f"in use by process {first.process.pid}" in second.said()
        second.end()

        doctor = subprocess.run(
            [sys.executable, "-m", "cohesin.app.cli", "doctor", "--json", "--data-dir", str(data_dir)],
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            text=True,
            check=True,
        )
        states = {finding["check"]: finding for finding in json.loads(doctor.stdout)}
        assert states["database"]["state"] == "ok"
        assert "embedded, PostgreSQL" in states["database"]["detail"]

        first.process.terminate()
        assert first.process.wait(60) == 0
        assert running_postmaster(data_dir / "postgres") is None
    finally:
        first.end()


def test_a_taken_port_is_named(data_dir: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        served = Served(data_dir, taken.getsockname()[1])
        assert served.process.wait(60) == 74
        assert f"port {served.port}" in served.said()
        served.end()


def test_after_kill_9_of_the_supervisor_the_next_start_is_whole(data_dir: Path):
    port = free_port()
    first = Served(data_dir, port)
    first.wait_ready()
    children = psutil.Process(first.process.pid).children(recursive=True)
    assert any(child.name() == "postgres" for child in children)
    with psycopg.connect(
        rewrite_dsn(running_dsn(data_dir), database="cohesin"), autocommit=True
    ) as connection:
        connection.execute("CREATE TABLE public.kept AS SELECT 42 AS answer")
    first.process.kill()
    first.process.wait(10)
    first.end()

    second = Served(data_dir, port)
    try:
        lines = second.wait_ready()
        assert not any(line.startswith("Migrated") for line in lines)
        assert [child for child in children if is_alive(child)] == []
        assert httpx.get(f"{second.url}/api/v1/system/health").status_code == 200
        with psycopg.connect(rewrite_dsn(running_dsn(data_dir), database="cohesin")) as connection:
            assert connection.execute("SELECT answer FROM public.kept").fetchone() == (42,)
    finally:
        second.end()


def test_after_kill_9_of_postgres_and_of_a_web_process_both_come_back(data_dir: Path):
    served = Served(data_dir, free_port())
    try:
        served.wait_ready()
        before = running_postmaster(data_dir / "postgres")
        os.kill(before, signal.SIGKILL)
        for _ in range(3000):
            if running_dsn(data_dir) and running_postmaster(data_dir / "postgres") != before:
                break
            threading.Event().wait(0.02)
        with psycopg.connect(running_dsn(data_dir)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)

        children = psutil.Process(served.process.pid).children()
        web = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        assert len(web) == 1
        web[0].kill()
        for _ in range(3000):
            try:
                if httpx.get(f"{served.url}/api/v1/system/health", timeout=1).status_code == 200:
                    break
            except httpx.TransportError:
                threading.Event().wait(0.02)
        else:
            pytest.fail("no web process came back")
        assert served.process.poll() is None
    finally:
        served.end()


def test_sigterm_lets_a_request_under_way_finish(data_dir: Path):
    with socket.socket() as gate:
        gate.bind(("127.0.0.1", 0))
        gate.listen()
        gate.settimeout(60)
        served = Served(
            data_dir, free_port(), "tests.e2e.serve_gated", TEST_GATE_PORT=str(gate.getsockname()[1])
        )
        answers: list[httpx.Response] = []
        try:
            served.wait_ready()
            asking = threading.Thread(
                target=lambda: answers.append(httpx.get(f"{served.url}/slow", timeout=60))
            )
            asking.start()
            opened, _ = gate.accept()  # the request is under way
            with opened:
                served.process.terminate()
                refuses = False
                for _ in range(3000):
                    try:
                        httpx.get(f"{served.url}/api/v1/system/health", timeout=5)
                    except httpx.TransportError:
                        refuses = True
                        break
                    threading.Event().wait(0.02)
                assert refuses
                assert served.process.poll() is None
                assert running_postmaster(data_dir / "postgres") is not None
                opened.sendall(b"!")
                asking.join(60)
            assert [answer.json() for answer in answers] == [{"answer": "whole"}]
            assert served.process.wait(60) == 0
            assert running_postmaster(data_dir / "postgres") is None
        finally:
            served.end()


def test_a_server_elsewhere_is_migrated_and_its_owner_kept_from_the_web_processes(
    data_dir: Path, empty_database: Database
):
    served = Served(
        data_dir,
        free_port(),
        COHESIN_DATABASE_URL=empty_database.owner_dsn,
        COHESIN_SECRET_KEY=SECRET_KEY,
        COHESIN_WORKERS="2",
    )
    try:
        assert any(line.startswith("Migrated 0001") for line in served.wait_ready())
        assert not (data_dir / "postgres").exists()
        children = psutil.Process(served.process.pid).children()
        environments = [child.environ() for child in children if "spawn_main" in " ".join(child.cmdline())]
        assert len(environments) == 2
        for environment in environments:
            assert environment["COHESIN_DATABASE_URL"] == ""
            assert environment["COHESIN_APP_DATABASE_URL"] == empty_database.app_dsn
    finally:
        served.end()


def test_a_role_that_could_bypass_row_security_keeps_the_server_from_starting(
    data_dir: Path, empty_database: Database
):
    served = Served(data_dir, free_port(), COHESIN_APP_DATABASE_URL=empty_database.superuser_dsn)
    try:
        assert served.process.wait(60) == 77
        assert "may not serve: it is a superuser" in served.said()
    finally:
        served.end()


def test_faulty_settings_are_all_told_with_their_exit_code(data_dir: Path):
    served = Served(data_dir, free_port(), COHESIN_LOG_FORMAT="xml", COHESIN_WORKERS="none")
    try:
        assert served.process.wait(60) == 78
        assert "COHESIN_LOG_FORMAT" in served.said()
        assert "COHESIN_WORKERS" in served.said()
    finally:
        served.end()
