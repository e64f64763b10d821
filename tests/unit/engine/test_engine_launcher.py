"""The seccomp filter, run by a small BPF machine: which calls it lets through on which architecture."""

import struct

import pytest

from telecine.engine.tools import launcher

ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
X86_64, AARCH64, I386 = 0xC000003E, 0xC00000B7, 0x40000003
THREAD, FORK = 0x00010000, 17  # CLONE_THREAD; SIGCHLD alone


def verdict(program: bytes, arch: int, number: int, first_argument: int = 0) -> int:
    """What the kernel answers for one call: the program run over `struct seccomp_data`."""
    data = struct.pack("<iIQ6Q", number, arch, 0, first_argument, 0, 0, 0, 0, 0)
    accumulator, at = 0, 0
    while True:
        code, when_true, when_false, value = struct.unpack_from("<HBBI", program, at * 8)
        at += 1
        match code:
            case 0x20:
                accumulator = struct.unpack_from("<I", data, value)[0]
            case 0x06:
                return value
            case 0x15:
                at += when_true if accumulator == value else when_false
            case 0x35:
                at += when_true if accumulator >= value else when_false
            case 0x45:
                at += when_true if accumulator & value else when_false


@pytest.mark.parametrize(
    ("machine", "arch", "number", "argument", "expected"),
    [
        pytest.param("x86_64", X86_64, 41, 0, EPERM, id="socket"),
        pytest.param("x86_64", X86_64, 53, 0, EPERM, id="socketpair"),
        pytest.param("x86_64", X86_64, 425, 0, EPERM, id="io_uring_setup"),
        pytest.param("x86_64", X86_64, 57, 0, EPERM, id="fork"),
        pytest.param("x86_64", X86_64, 56, FORK, EPERM, id="clone of a process"),
        pytest.param("x86_64", X86_64, 56, THREAD | 0x3D0F00, ALLOW, id="clone of a thread"),
        pytest.param("x86_64", X86_64, 435, 0, ENOSYS, id="clone3"),
        pytest.param("x86_64", X86_64, 0, 0, ALLOW, id="read"),
        pytest.param("x86_64", X86_64, 59, 0, ALLOW, id="execve"),
        pytest.param("x86_64", I386, 102, 0, KILL, id="socketcall by the 32-bit door"),
        pytest.param("x86_64", X86_64, 0x40000000 | 41, 0, EPERM, id="socket by the x32 door"),
        pytest.param("aarch64", AARCH64, 198, 0, EPERM, id="aarch64 socket"),
        pytest.param("aarch64", AARCH64, 220, FORK, EPERM, id="aarch64 clone of a process"),
        pytest.param("aarch64", AARCH64, 220, THREAD, ALLOW, id="aarch64 clone of a thread"),
        pytest.param("aarch64", AARCH64, 41, 0, ALLOW, id="x86's number of socket is another call"),
        pytest.param("aarch64", X86_64, 0, 0, KILL, id="another architecture"),
    ],
)
def test_filter(machine: str, arch: int, number: int, argument: int, expected: int) -> None:
    """Sockets and processes are refused by every door; threads and ordinary calls pass."""
    assert verdict(launcher.filter_program(machine), arch, number, argument) == expected


def test_unknown_machine_has_no_filter() -> None:
    """A filter with another machine's call numbers would be worse than none."""
    with pytest.raises(OSError, match="riscv64"):
        launcher.filter_program("riscv64")
