"""Children that do not outlive their parent, even one that was killed outright."""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

PARENT_VARIABLE = "COHESIN_SUPERVISOR_PID"
_PR_SET_PDEATHSIG = 1
# Loaded at import: nothing may be loaded between fork and exec.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def signal_on_parent_death(number: int) -> Callable[[], None]:
    """A ``preexec_fn`` that has the kernel send signal ``number`` to the child when its parent thread ends.

    Linux only; elsewhere it does nothing. The starting thread has to live as long as the parent process.
    """
    parent = os.getpid()

    def set_signal() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
            if os.getppid() != parent:  # the parent ended before the call
                os._exit(1)

    return set_signal


def die_with_supervisor() -> None:
    """Called by a server child at its start: it is killed when the supervisor is gone.

    The supervisor's process id is read from ``COHESIN_SUPERVISOR_PID``; without it nothing is done.
    """
    supervisor = int(os.environ.get(PARENT_VARIABLE, "0"))
    if not supervisor:
        return
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != supervisor:
        os._exit(1)
    if _LIBC is None:
        threading.Thread(target=_watch, args=(supervisor,), daemon=True, name="parent-watch").start()


def _watch(supervisor: int) -> None:
    while os.getppid() == supervisor:
        time.sleep(0.5)
    os._exit(1)
