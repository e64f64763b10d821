"""What we ask of the Linux kernel by hand."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Mapping
from types import MappingProxyType

_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent, the process `parent`, is gone; leave now if it is already.

    A supervisor that was killed with -9 cannot stop its children; this does, also for those that hang.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        sys.exit(1)


def leave_no_core() -> None:
    """Have the kernel write no core file of this process, nor of those it starts: it would hold the root key and every
    secret that the key opens, in whatever folder and for whoever may read it there."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


LARGE_PAGES: Mapping[str, str] = MappingProxyType(
    {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1"}
)
"""Environment of a process whose objects are to lie on large pages, where the kernel gives some on request.

A request runs through a megabyte of objects, on 4 kB pages through more of them than the processor remembers the places
of: on large ones it costs a sixth less CPU, and the process is 5 MB larger. Python's own allocator asks for no large
pages, glibc's does (manual, "Memory Allocation Tunables"); another libc ignores all but the allocator. One arena, as
threads take turns anyway.
"""
