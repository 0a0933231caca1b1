"""Heavy work in processes of its own, one call each."""

import asyncio
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess, parent_process
from typing import Any, Final, TypeVar

Report = Callable[[float, str], None]

T = TypeVar("T")

_SPAWN: Final = multiprocessing.get_context("spawn")


class ProcessDiedError(Exception):
    """The process ended without an answer, as when memory runs out; a negative `exit_code` is a signal."""

    code = "PROCESS_DIED"

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(f"the process ended without an answer (exit code {exit_code})")
        self.exit_code = exit_code


class ProcessFailedError(Exception):
    """The function raised an error that cannot cross processes; `error_type` is its class's name."""

    code = "PROCESS_FAILED"

    def __init__(self, error_type: str) -> None:
        super().__init__(f"the function failed with {error_type}")
        self.error_type = error_type


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _run_child(pipe: Connection, func: Callable[..., Any], args: tuple[Any, ...], reporting: bool) -> None:
    """Run in the new process: call the function, send `("progress", …)` and one `("result" | "error", …)`."""
    # Ctrl-C reaches the whole group; the parent decides what ends when.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def report(fraction: float, stage: str) -> None:
        pipe.send(("progress", (fraction, stage)))

    try:
        answer = ("result", func(report, *args) if reporting else func(*args))
    except Exception as error:  # noqa: BLE001 - every error belongs to the caller
        answer = ("error", error)
    try:
        data = pickle.dumps(answer)
        pickle.loads(data)  # noqa: S301 - our own bytes; some errors can be written but not read back
    except Exception:  # noqa: BLE001 - pickling raises whatever the object's own methods raise
        data = pickle.dumps(("unreadable", type(answer[1]).__name__))
    pipe.send_bytes(data)


class _Call:
    """One process from start to end, driven by a thread; `kill` may come from any thread at any time."""

    def __init__(self, on_progress: Report | None) -> None:
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._killed = False
        self._process: BaseProcess | None = None

    def kill(self) -> None:
        """End the process now, or keep it from starting."""
        with self._lock:
            self._killed = True
            if self._process is not None:
                self._process.kill()

    def drive(self, func: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        ours, theirs = _SPAWN.Pipe(duplex=False)
        process = _SPAWN.Process(
            target=_run_child, args=(theirs, func, args, self._on_progress is not None), daemon=True
        )
        with ours:
            with self._lock, theirs:
                if self._killed:
                    raise ProcessDiedError(None)
                process.start()
                self._process = process
            try:
                kind, value = self._receive(ours, process)
            finally:
                # Joined before the next call starts: its memory is back with the system by then.
                process.join()
                with self._lock:
                    self._process = None
                    process.close()
        if kind == "error":
            raise value
        if kind == "unreadable":
            raise ProcessFailedError(value)
        return value

    def _receive(self, pipe: Connection, process: BaseProcess) -> tuple[str, Any]:
        while True:
            try:
                kind, value = pipe.recv()
            except (EOFError, ConnectionResetError):
                process.join()
                raise ProcessDiedError(process.exitcode) from None
            if kind != "progress":
                return kind, value
            if self._on_progress is not None:
                self._on_progress(*value)


class ProcessRunner:
    """Runs functions in spawned processes, `size` at a time, a new process for every call.

    Parsing a genome leaves gigabytes in an allocator that seldom gives them back; a process that ends gives
    all of them back, can be killed at any moment, and cannot take the server with it. Starting one costs
    about 0.2 s plus the imports of the function's module.

    The function is a module's own (pickled by name), as are its arguments and result. It must not print
    patient data; the errors it raises come back as they are.
    """

    def __init__(self, *, size: int = 1) -> None:
        self._threads = ThreadPoolExecutor(max_workers=size, thread_name_prefix="process-runner")

    async def run(self, func: Callable[..., T], *args: Any) -> T:
        """Return `func(*args)`, computed in a new process.

        Cancelling the awaiting task kills the process.

        Raises:
            ProcessDiedError: killed or crashed.
            ProcessFailedError: an error or a result that cannot be pickled.
            Exception: whatever the function raises.
        """
        result: T = await self._run(_Call(None), func, args)
        return result

    async def run_reporting(self, func: Callable[..., T], on_progress: Report, *args: Any) -> T:
        """Like `run`, for a function whose first argument is `report(fraction, stage)`.

        `on_progress` is called in the event loop, in order, before the result is returned.
        """
        loop = asyncio.get_running_loop()

        def forward(fraction: float, stage: str) -> None:
            loop.call_soon_threadsafe(on_progress, fraction, stage)

        result: T = await self._run(_Call(forward), func, args)
        return result

    async def _run(self, call: _Call, func: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._threads, call.drive, func, args)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            call.kill()
            # The place in the pool is free again only when the process is gone.
            await asyncio.gather(future, return_exceptions=True)
            raise

    def close(self) -> None:
        """Wait for running calls and stop the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)
