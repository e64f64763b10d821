"""Runs in the child, before the tool: binds it to its parent, limits it, confines it, and becomes it.

Started as `python -I -S launcher.py FD`; the descriptor holds the order as JSON (see `Order`). Standard library only
and no import of our own, so that nothing but this file stands between the fork and the tool.

A tool that has passed here dies with the thread that started it, has no capabilities and can gain none, reads only
its own binary, its libraries and its folder, writes only in its folder, and can open no socket and start no process.
A step that fails ends with exit code 125 and one line on standard error: the tool never runs half confined.
"""

import ctypes
import json
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Callable
from typing import NoReturn, TypedDict

LAUNCH_FAILED = 125
"""Exit code of an order that could not be carried out; no media tool uses it."""

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522

# linux/landlock.h
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_CREATE_RULESET_VERSION = 1
_LANDLOCK_RULE_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << bit for bit in range(6))
_MAKE_DIR, _MAKE_REG = 1 << 7, 1 << 8
_TRUNCATE = 1 << 14
_FILE_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_NET_BIND_AND_CONNECT_TCP = 3
_SCOPE_ABSTRACT_UNIX_AND_SIGNAL = 3

# linux/seccomp.h, linux/bpf_common.h, linux/audit.h
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD_WORD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_IF_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_EPERM, _ENOSYS = 1, 38
_CLONE_THREAD = 0x00010000
_X32_BIT = 0x40000000

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
# Sockets by every road (io_uring can open them too), processes, other processes' memory, signals to others,
# namespaces, kernel keys, and interfaces that only exploits want from a decoder.
_DENIED = {
    "x86_64": {
        "socket": 41, "socketpair": 53, "fork": 57, "vfork": 58, "kill": 62, "ptrace": 101, "add_key": 248,
        "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298, "open_by_handle_at": 304,
        "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "bpf": 321, "userfaultfd": 323,
        "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
        "pidfd_getfd": 438,
    },
    "aarch64": {
        "socket": 198, "socketpair": 199, "kill": 129, "ptrace": 117, "add_key": 217, "request_key": 218,
        "keyctl": 219, "unshare": 97, "perf_event_open": 241, "open_by_handle_at": 265, "setns": 268,
        "process_vm_readv": 270, "process_vm_writev": 271, "bpf": 280, "userfaultfd": 282,
        "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
        "pidfd_getfd": 438,
    },
}  # fmt: skip

_LIMITS = {
    "cpu": resource.RLIMIT_CPU,
    "file": resource.RLIMIT_FSIZE,
    "address": resource.RLIMIT_AS,
    "open_files": resource.RLIMIT_NOFILE,
    "processes": resource.RLIMIT_NPROC,
    "core": resource.RLIMIT_CORE,
}


class Check(TypedDict):
    """What the self-check tries once it is confined: a file that must stay shut, and a folder that must be open."""

    canary: str
    folder: str


class Order(TypedDict):
    """What to run, and how."""

    parent: int
    """Process id that must still be our parent once the death signal is set."""
    binary: str
    argv: list[str]
    """With the tool's name first."""
    folder: str
    environment: dict[str, str]
    limits: dict[str, int]
    """By the names of `_LIMITS`."""
    niceness: int
    landlock: int
    """The Landlock ABI to use, 0 for none."""
    seccomp: bool
    readable: list[str]
    """Files beside the folder that may be read."""
    executable: list[str]
    """Files that may be read and executed."""
    check: Check | None
    """Try the confinement and print the findings, in place of running the tool."""


_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def main() -> NoReturn:
    descriptor = int(sys.argv[1])
    with os.fdopen(descriptor, "rb") as stream:
        order: Order = json.loads(stream.read())
    try:
        _bind_to_parent(order["parent"])
        os.chdir(order["folder"])
        os.umask(0o077)
        os.nice(order["niceness"])
        if order["check"] is not None:
            _run_check(order, order["check"])
        # By descriptor, so that the way to the binary need not be open to a process without capabilities.
        binary = os.open(order["binary"], os.O_PATH | os.O_CLOEXEC)
        _limit(order["limits"])
        confine(order)
        _restore_signals()
        os.execve(binary, order["argv"], order["environment"])  # noqa: S606  # no shell: that is the point
    except OSError as problem:
        print(f"launcher: {problem}", file=sys.stderr, flush=True)  # noqa: T201  # this is what its caller reads
        os._exit(LAUNCH_FAILED)


def _bind_to_parent(parent: int) -> None:
    """Have the kernel kill us when the thread that forked us ends, and end now if it already has."""
    _call("prctl(PDEATHSIG)", _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0))
    if os.getppid() != parent:
        os._exit(LAUNCH_FAILED)


def _limit(limits: dict[str, int]) -> None:
    for name, value in limits.items():
        _, hard = resource.getrlimit(_LIMITS[name])
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(_LIMITS[name], (ceiling, ceiling))


def _restore_signals() -> None:
    """Python ignores these two and an ignored signal stays ignored after exec: RLIMIT_FSIZE would not kill."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def confine(order: Order) -> None:
    """Give up everything the order does not grant. Raises OSError at the first step that the kernel refuses."""
    if not order["landlock"] and not order["seccomp"]:
        return
    _call("no_new_privs", _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if order["landlock"]:
        _landlock(order)
    _drop_capabilities()
    if order["seccomp"]:
        _seccomp(platform.machine())


def _landlock(order: Order) -> None:
    abi = order["landlock"]
    handled = max(rights for since, rights in _FILE_RIGHTS_BY_ABI.items() if since <= abi)
    # struct landlock_ruleset_attr: handled_access_fs, then handled_access_net (ABI 4), then scoped (ABI 6)
    attributes = struct.pack("=Q", handled)
    if abi >= 4:
        attributes += struct.pack("=Q", _NET_BIND_AND_CONNECT_TCP)
    if abi >= 6:
        attributes += struct.pack("=Q", _SCOPE_ABSTRACT_UNIX_AND_SIGNAL)
    ruleset = _call("landlock_create_ruleset", _syscall(_LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0))
    writing = _READ_FILE | _READ_DIR | _WRITE_FILE | _TRUNCATE | _MAKE_REG | _MAKE_DIR | _REMOVE_FILE | _REMOVE_DIR
    _grant(ruleset, order["folder"], writing & handled)
    for path in order["readable"]:
        _grant(ruleset, path, _READ_FILE)
    for path in order["executable"]:
        _grant(ruleset, path, _READ_FILE | _EXECUTE)
    _call("landlock_restrict_self", _syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _grant(ruleset: int, path: str, rights: int) -> None:
    target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    # struct landlock_path_beneath_attr, packed: allowed_access, parent_fd
    rule = struct.pack("=Qi", rights, target)
    _call("landlock_add_rule", _syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0))
    os.close(target)


def _drop_capabilities() -> None:
    """Of root nothing stays but its name; with no_new_privs an exec cannot bring the capabilities back."""
    _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)  # kernels before 4.3 have none to clear
    header, empty = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), bytes(24)
    _call("capset", _libc.capset(header, empty))


def filter_program(machine: str) -> bytes:
    """The BPF program as `struct sock_filter[]`. Raises OSError for a machine whose call numbers we do not know."""
    if machine not in _AUDIT_ARCH:
        raise OSError(_ENOSYS, f"no seccomp filter for {machine}")

    def instruction(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, when_true, when_false, value)

    refuse = instruction(_RETURN, _ERRNO | _EPERM)
    program = instruction(_LOAD_WORD, 4)  # seccomp_data.arch: a 32-bit call has other numbers and could slip through
    program += instruction(_JUMP_EQUAL, _AUDIT_ARCH[machine], 1, 0) + instruction(_RETURN, _KILL_PROCESS)
    program += instruction(_LOAD_WORD, 0)  # seccomp_data.nr
    if machine == "x86_64":
        program += instruction(_JUMP_AT_LEAST, _X32_BIT, 0, 1) + refuse
    for number in _DENIED[machine].values():
        program += instruction(_JUMP_EQUAL, number, 0, 1) + refuse
    # clone3 hides its flags behind a pointer; told that there is none, the C library falls back to clone.
    program += instruction(_JUMP_EQUAL, _CLONE3, 0, 1) + instruction(_RETURN, _ERRNO | _ENOSYS)
    program += instruction(_JUMP_EQUAL, _CLONE[machine], 0, 3)
    program += instruction(_LOAD_WORD, 16)  # the low half of args[0], on little-endian machines: clone's flags
    program += instruction(_JUMP_IF_SET, _CLONE_THREAD, 1, 0) + refuse
    return program + instruction(_RETURN, _ALLOW)


def _seccomp(machine: str) -> None:
    program = ctypes.create_string_buffer(filter_program(machine))
    count = (len(program) - 1) // 8
    header = struct.pack("@HP", count, ctypes.addressof(program))  # struct sock_fprog, with its padding
    _call("seccomp", _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0))


def landlock_abi() -> int:
    """The Landlock ABI of the running kernel, 0 when it has none or it is switched off."""
    return max(0, int(_syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_CREATE_RULESET_VERSION)))


def _run_check(order: Order, check: Check) -> NoReturn:
    """Confine this process as a tool is, try what a tool must not be able to do, and print what succeeded."""
    import socket  # noqa: PLC0415  # needed by the check alone, and only before the files are shut

    confine(order)
    attempts: dict[str, Callable[[], None]] = {
        "read": lambda: os.close(os.open(check["canary"], os.O_RDONLY)),
        "write": lambda: os.close(os.open(check["canary"] + ".new", os.O_WRONLY | os.O_CREAT, 0o600)),
        "tcp": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close(),
        "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
        "unix": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close(),
        "process": _fork,
        "folder": lambda: os.close(os.open(f"{check['folder']}/trial", os.O_WRONLY | os.O_CREAT, 0o600)),
    }
    done = []
    for name, attempt in attempts.items():
        try:
            attempt()
        except OSError:
            continue
        done.append(name)
    os.write(1, json.dumps(done).encode())
    os._exit(0)


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _syscall(number: int, *arguments: bytes | int | None) -> int:
    values = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return int(_libc.syscall(ctypes.c_long(number), *values))


def _call(name: str, result: int) -> int:
    """The result of a system call; raises OSError with its name when it is negative."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


if __name__ == "__main__":
    main()
