"""What a process that parses a document may not do: write, connect, start, or read much.

Each layer is put up where the kernel has it and allows it; the limits of resources always are.

Sources: landlock(7), seccomp(2), prctl(2), getrlimit(2); numbers of system calls from the kernel's
arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import sysconfig
from pathlib import Path

__all__ = ["limit_resources", "restrict_calls", "restrict_files", "restrict_network"]

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38

# Landlock: bits of rights by the ABI that brought them.
_READ = 1 << 2 | 1 << 3  # files, directories
_FILES_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1

# Calls that a parser has no use for: (x86-64, arm64); None where the machine does not have it.
_DENIED: tuple[tuple[int | None, int | None], ...] = (
    (41, 198),  # socket
    (53, 199),  # socketpair
    (42, 203),  # connect
    (49, 200),  # bind
    (50, 201),  # listen
    (59, 221),  # execve
    (322, 281),  # execveat
    (57, None),  # fork
    (58, None),  # vfork
    (62, 129),  # kill
    (200, 130),  # tkill
    (424, 424),  # pidfd_send_signal
    (438, 438),  # pidfd_getfd
    (101, 117),  # ptrace
    (310, 270),  # process_vm_readv
    (311, 271),  # process_vm_writev
    (165, 40),  # mount
    (272, 97),  # unshare
    (308, 268),  # setns
    (321, 280),  # bpf
    (250, 219),  # keyctl
    (248, 217),  # add_key
    (249, 218),  # request_key
    (298, 241),  # perf_event_open
    (323, 282),  # userfaultfd
    (425, 425),  # io_uring_setup
    (437, 437),  # openat2, whose flags can't be looked at
    (85, None),  # creat
    (76, 45),  # truncate
    (82, None),  # rename
    (264, 38),  # renameat
    (316, 276),  # renameat2
    (83, None),  # mkdir
    (258, 34),  # mkdirat
    (86, None),  # link
    (265, 37),  # linkat
    (88, None),  # symlink
    (266, 36),  # symlinkat
    (87, None),  # unlink
    (263, 35),  # unlinkat
    (90, None),  # chmod
    (91, 52),  # fchmod
    (268, 53),  # fchmodat
)
_CLONE, _CLONE3 = (56, 220), 435
_OPEN, _OPENAT = (2, None), (257, 56)
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE_THREAD = 0x10000


def limit_resources(*, memory: int, seconds: int) -> None:
    """Limit what this process may use, for good.

    Args:
        memory: Bytes of address space.
        seconds: Of CPU time.
    """
    for kind, wanted in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
        # A core dump would be health data on a disk.
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (limit, limit))
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def restrict_network() -> bool:
    """Leave the network behind, and say whether that could be done."""
    unshare = getattr(os, "unshare", None)
    if unshare is None:
        return False
    for flags in (os.CLONE_NEWUSER | os.CLONE_NEWNET, os.CLONE_NEWNET):
        with contextlib.suppress(OSError):
            unshare(flags)
            return True
    return False


def restrict_files() -> bool:
    """Allow no files but to read Python's own and this package, and say whether that was done."""
    if sys.platform != "linux":
        return False
    abi = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if abi < 1:
        return False
    handled = max(bits for since, bits in _FILES_BY_ABI.items() if since <= abi)
    # Bind and connect over TCP; abstract sockets and signals to others.
    network, scopes = 0b11 if abi >= 4 else 0, 0b11 if abi >= 6 else 0
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = _libc.syscall(
        _CREATE_RULESET, struct.pack("=QQQ", handled, network, scopes), ctypes.c_size_t(size), 0
    )
    if ruleset < 0:
        return False
    try:
        for path in _readable():
            try:
                beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            rights = _READ if path.is_dir() else 1 << 2
            rule = struct.pack("=Qi", rights, beneath)
            _libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
            os.close(beneath)
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(_libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _readable() -> set[Path]:
    """Return where the interpreter, its libraries and this package are."""
    paths = sysconfig.get_paths()
    found = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found |= {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"}
    # How much memory there is, which libraries ask.
    found |= {"/proc/meminfo"}
    found |= {str(Path(sys.base_prefix, "lib")), str(Path(__file__).parents[1])}
    return {Path(name) for name in found}


def restrict_calls() -> bool:
    """Give up system calls that a parser has no use for, and say whether that was done."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _AUDIT_ARCH:
        return False
    program = _filter(_AUDIT_ARCH[machine], list(_AUDIT_ARCH).index(machine))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))

    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    wanted = Program(len(program) // 8, program)
    return bool(_libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(wanted), 0, 0) == 0)


def _filter(arch: int, column: int) -> bytes:
    """Return a classic BPF program: what it denies fails as if it were not permitted."""
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, deny, absent = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026

    def code(op: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", op, yes, no, value)

    def argument(number: int) -> int:
        return 16 + 8 * number

    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    rules = [
        code(load, 4) + code(equal, arch, 1, 0) + code(give, kill) + code(load, 0),
        # The 32-bit face of x86-64 has numbers of its own.
        code(at_least, 0x40000000, 0, 1) + code(give, deny),
        # Libraries then fall back to clone, whose flags can be looked at.
        code(equal, _CLONE3, 0, 1) + code(give, absent),
    ]
    denied = [row[column] for row in _DENIED if row[column] is not None]
    rules += [code(equal, number, 0, 1) + code(give, deny) for number in denied if number]
    for numbers, place, bits, if_set in (
        (_CLONE, 0, _CLONE_THREAD, allow),
        (_OPEN, 1, writing, deny),
        (_OPENAT, 2, writing, deny),
    ):
        if (number := numbers[column]) is None:
            continue
        other = deny if if_set == allow else allow
        rules.append(
            code(equal, number, 0, 4)
            + code(load, argument(place))
            + code(any_bit, bits, 0, 1)
            + code(give, if_set)
            + code(give, other)
        )
    return b"".join([*rules, code(give, allow)])
