"""Ties a process to the one that started it, so that a killed parent leaves nothing behind (Linux).

Also a program: ``python lifeline.py PARENT_PID COMMAND…`` ties itself, then becomes the command. It imports
nothing of ours, to start in no time; elsewhere than on Linux it only becomes the command.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(send: signal.Signals = signal.SIGKILL, parent: int | None = None) -> None:
    """Ask the kernel to send this process a signal when its parent ends.

    ``parent`` is the expected parent's process id: when it ended before the asking, this process ends.
    """
    if sys.platform != "linux":
        return
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(send), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), send)


if __name__ == "__main__":
    die_with_parent(signal.SIGTERM, int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell is what we want
