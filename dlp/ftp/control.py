"""The control channel of FTP (RFC 959, 2428): lines to commands and replies, without sockets."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = [
    "UPLOADS",
    "Command",
    "Endpoint",
    "Lines",
    "ProtocolError",
    "Replies",
    "Reply",
    "endpoint",
    "local_refusal",
    "parse_command",
]

# RFC 959 sets no limit; servers accept 2 to 8 KiB (vsftpd 4096, pure-ftpd 4128).
LONGEST_LINE = 8192

UPLOADS = frozenset({"STOR", "STOU", "APPE"})

# RFC 959, 2389, 2428, 3659, 2640, 7151 and what common clients send besides.
# fmt: off
_RELAYED = UPLOADS | {
    "USER", "PASS", "ACCT", "CWD", "XCWD", "CDUP", "XCUP", "SMNT", "QUIT", "REIN", "TYPE",
    "STRU", "MODE", "PASV", "EPSV", "RETR", "ALLO", "REST", "RNFR", "RNTO", "ABOR", "DELE",
    "RMD", "XRMD", "MKD", "XMKD", "PWD", "XPWD", "LIST", "NLST", "SITE", "SYST", "STAT",
    "HELP", "NOOP", "FEAT", "OPTS", "SIZE", "MDTM", "MFMT", "MLST", "MLSD", "LANG", "HOST",
    "CLNT", "AVBL", "XSHA1", "XSHA256", "XMD5", "HASH",
}
# fmt: on
_ACTIVE = frozenset({"PORT", "EPRT", "LPRT"})
_SECURITY = frozenset({"AUTH", "ADAT", "PROT", "PBSZ", "CCC", "MIC", "CONF", "ENC"})

_COMMAND = re.compile(r"([A-Za-z]{3,8})(?: (.*))?", re.DOTALL)
_REPLY = re.compile(rb"(\d{3})([ -]|\r?\n?$)")
_PASSIVE = re.compile(rb"(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})")
_EXTENDED = re.compile(rb"\((.)\1\1(\d{1,5})\1\)")


class ProtocolError(Exception):
    """A peer does not speak FTP; the message quotes nothing of what it said."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: verb in capitals, argument as text."""

    verb: str
    argument: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole reply, as received."""

    code: int
    raw: bytes

    @property
    def final(self) -> bool:
        """Whether nothing more follows to the same command."""
        return self.code >= 200


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server awaits a data connection; the host is empty where it is the server itself."""

    host: str
    port: int


class Lines:
    """Splits a stream into lines, however it was cut."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that `data` completes, with their ends.

        Raises:
            ProtocolError: A line is too long.
        """
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE or any(len(line) > LONGEST_LINE for line in whole):
            raise ProtocolError("line too long")
        return [line + b"\n" for line in whole]


class Replies:
    """Collects the lines of a server into replies."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._open = b""
        self._code = b""

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that `data` completes.

        Raises:
            ProtocolError: The server does not speak FTP.
        """
        replies = []
        for line in self._lines.feed(data):
            match = _REPLY.match(line)
            if not self._code:
                if match is None:
                    raise ProtocolError("not a reply")
                if match[2] == b"-":
                    self._code, self._open = match[1], line
                else:
                    replies.append(Reply(int(match[1]), line))
                continue
            self._open += line
            if len(self._open) > 64 * LONGEST_LINE:
                raise ProtocolError("reply too long")
            if match and match[1] == self._code and match[2] != b"-":
                replies.append(Reply(int(self._code), self._open))
                self._code, self._open = b"", b""
        return replies


def parse_command(line: bytes) -> Command:
    """Parse a client's line.

    Raises:
        ProtocolError: It is not a command.
    """
    # Telnet's IAC sequences, which RFC 959 allows before ABOR (IAC IP, IAC DM).
    line = re.sub(rb"\xff[\xf0-\xfa]|\xff[\xfb-\xfe].", b"", line)
    match = _COMMAND.fullmatch(line.rstrip(b"\r\n").decode("utf-8", "surrogateescape"))
    if match is None:
        raise ProtocolError("not a command")
    return Command(match[1].upper(), match[2] or "")


def local_refusal(command: Command) -> bytes | None:
    """Return the reply to a command that is not passed on, or None for one that is."""
    if command.verb in _SECURITY:
        return b"534 Encryption inside this tunnel is refused: transfers are inspected.\r\n"
    if command.verb in _ACTIVE:
        return b"502 Active mode goes around the proxy and is refused; use passive mode.\r\n"
    if command.verb == "MODE" and command.argument.strip().upper() != "S":
        return b"504 Only MODE S is passed on: transfers are inspected.\r\n"
    if command.verb not in _RELAYED:
        return b"502 Command not passed on by this proxy.\r\n"
    return None


def endpoint(reply: Reply) -> Endpoint | None:
    """Return the endpoint that a reply to PASV (227) or EPSV (229) announces."""
    if reply.code == 227:
        match = _PASSIVE.search(reply.raw)
        if match:
            numbers = [int(part) for part in match.groups()]
            if max(numbers) < 256:
                host = ".".join(map(str, numbers[:4]))
                return Endpoint(host, numbers[4] * 256 + numbers[5])
    elif reply.code == 229:
        match = _EXTENDED.search(reply.raw)
        if match and 0 < int(match[2]) < 65536:
            return Endpoint("", int(match[2]))
    return None
