import asyncio
import os
import signal
import threading
from pathlib import Path

import psutil
import pytest

from cohesin.kernel.processes import ProcessDiedError, ProcessFailedError, ProcessRunner


def own_pid(*args):
    return os.getpid(), args


def count_to(report, number):
    for step in range(number):
        report(step / number, f"step {step}")
    return number


def fail():
    raise KeyError("the message")


class UnreadableError(Exception):
    def __init__(self, first, second):
        super().__init__("one")


def fail_unreadably():
    raise UnreadableError(1, 2)


def give_back_a_lock():
    return threading.Lock()


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def tell_and_wait(path):
    Path(path).write_text(str(os.getpid()))
    signal.pause()


def tell_and_wait_reporting(report):
    report(0.0, str(os.getpid()))
    signal.pause()


@pytest.fixture
def runner():
    made = ProcessRunner()
    yield made
    made.close()


async def test_every_call_has_a_process_of_its_own(runner):
    first, args = await runner.run(own_pid, 1, "a")
    second, _ = await runner.run(own_pid)
    assert args == (1, "a")
    assert len({first, second, os.getpid()}) == 3
    assert not psutil.pid_exists(first)


async def test_progress_comes_in_order_and_in_the_loop(runner):
    seen = []

    def note(fraction, stage):
        assert asyncio.get_running_loop()
        seen.append((fraction, stage))

    assert await runner.run_reporting(count_to, note, 4) == 4
    assert seen == [(0.0, "step 0"), (0.25, "step 1"), (0.5, "step 2"), (0.75, "step 3")]


async def test_errors_come_back(runner):
    with pytest.raises(KeyError, match="the message"):
        await runner.run(fail)
    with pytest.raises(ProcessFailedError) as caught:
        await runner.run(fail_unreadably)
    assert caught.value.error_type == "UnreadableError"
    with pytest.raises(ProcessFailedError):
        await runner.run(give_back_a_lock)


async def test_crash_is_told_and_the_next_call_works(runner):
    with pytest.raises(ProcessDiedError) as caught:
        await runner.run(die)
    assert caught.value.exit_code == -signal.SIGKILL
    await runner.run(own_pid)


async def test_cancelling_kills_the_process_and_frees_the_place(runner):
    started = asyncio.Event()
    pids = []

    def note(_fraction, stage):
        pids.append(int(stage))
        started.set()

    running = asyncio.create_task(runner.run_reporting(tell_and_wait_reporting, note))
    waiting = asyncio.create_task(runner.run(own_pid))
    await started.wait()
    assert not waiting.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not psutil.pid_exists(pids[0])
    await waiting


async def test_cancelling_before_the_start_starts_nothing(runner, tmp_path):
    first = asyncio.create_task(runner.run(own_pid))
    second = asyncio.create_task(runner.run(tell_and_wait, str(tmp_path / "pid")))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await first
    assert not (tmp_path / "pid").exists()
