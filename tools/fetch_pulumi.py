#!/usr/bin/env python3
"""Download the files of a Pulumi release, check them against its published checksums, unpack what is needed.

Part of the set-up (`tools/setup-pulumi.sh`), so it runs before anything is installed: standard library only.

    fetch_pulumi.py VERSION BASE_URL FOLDER

A release is two files under BASE_URL: `pulumi-vVERSION-OS-ARCH.tar.gz` and `pulumi-VERSION-checksums.txt`
(lines of SHA-256, two spaces, file name), as listed for every release in the versions file of Pulumi's
documentation. The four programs of `PROGRAMS` are put into FOLDER.

Exit status: 0 done; 3 nothing was downloaded (not reachable, no such release or platform); 4 what was
downloaded cannot be trusted or used. Standard error then holds one line that says why.
"""

import hashlib
import http.client
import platform
import shutil
import signal
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import IO

__all__ = ["PROGRAMS", "Unreachable", "Untrusted", "fetch", "main"]

PROGRAMS = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")
"""What a Python program needs of a release: the command line, its Python language host and the two scripts
that run programs and dynamic providers."""

CONNECT_S = 8
"""How long a connection, and the first word on it, may take: behind a firewall that drops packets nobody
wants to wait minutes to learn that there is no way out."""

LOOK_UP_S = 10
"""How long the first, tiny file may take altogether, the look-up of the name included."""

STALL_S = 30
"""How long the archive may send nothing before it counts as not reachable."""

PROGRESS_S = 10
CHUNK_BYTES = 1 << 18
CHECKSUMS_MAX_BYTES = 1 << 16
"""A checksums file has about ten lines; a sign-in page of some portal can be long."""


class Unreachable(Exception):
    """The release could not be downloaded; `args[0]` says why."""


class Untrusted(Exception):
    """The download differs from its published checksum, or is not a release; `args[0]` says how."""


class _SameSecurity(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to anything else."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.type == "https" and urllib.parse.urlsplit(newurl).scheme != "https":
            raise Unreachable(f"{req.full_url} redirects to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(version: str, base_url: str, folder: Path) -> None:
    """Put the programs of a release into a folder.

    Args:
        version: The release without a leading v, for instance `3.259.0`.
        base_url: What the release's two files are under; https, or http for this machine itself.
        folder: An existing folder; it holds all of `PROGRAMS` afterwards, or none.

    Raises:
        Unreachable: If there is no such release for this platform, or no way to it.
        Untrusted: If the archive is not what the checksums file says, or lacks a program.
    """
    base_url = base_url.rstrip("/")
    _require_safe(base_url)
    archive_name = f"pulumi-v{version}-{_platform()}.tar.gz"

    # No time-out of the library covers the look-up of a name. The alarm's default action ends the process
    # even there; the set-up knows that exit status for what it is.
    signal.alarm(LOOK_UP_S)
    checksums_url = f"{base_url}/pulumi-{version}-checksums.txt"
    with _open(checksums_url, timeout_s=CONNECT_S) as answer:
        text = answer.read(CHECKSUMS_MAX_BYTES).decode("utf-8", "replace")
    signal.alarm(0)
    expected = _checksum_of(archive_name, text, checksums_url)

    with tempfile.TemporaryFile() as archive:
        actual = _download(f"{base_url}/{archive_name}", archive)
        if actual != expected:
            raise Untrusted(f"{archive_name} has SHA-256 {actual}, but {checksums_url} says {expected}")
        archive.seek(0)
        _unpack(archive, archive_name, folder)


def main(arguments: list[str]) -> int:
    """Run the script; see the module's docstring for arguments and exit statuses."""
    if len(arguments) != 3:
        sys.stderr.write("usage: fetch_pulumi.py VERSION BASE_URL FOLDER\n")
        return 2
    try:
        fetch(arguments[0], arguments[1], Path(arguments[2]))
    except Unreachable as problem:
        sys.stderr.write(f"{problem}\n")
        return 3
    except Untrusted as problem:
        sys.stderr.write(f"{problem}\n")
        return 4
    return 0


def _require_safe(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    local = parts.hostname in {"127.0.0.1", "::1", "localhost"}
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise Unreachable(f"{url} is not an https address")


def _platform() -> str:
    """Name this platform as the release's files do; `linux-x64`, for instance."""
    systems = {"Linux": "linux", "Darwin": "darwin"}
    machines = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    try:
        return f"{systems[platform.system()]}-{machines[platform.machine().lower()]}"
    except KeyError:
        raise Unreachable(f"there is no release for {platform.system()} on {platform.machine()}") from None


def _open(url: str, timeout_s: float) -> http.client.HTTPResponse:
    opener = urllib.request.build_opener(_SameSecurity)
    try:
        answer: http.client.HTTPResponse = opener.open(url, timeout=timeout_s)
    except urllib.error.HTTPError as problem:
        problem.close()
        raise Unreachable(f"{url} answers {problem.code} {problem.reason}") from problem
    except (OSError, http.client.HTTPException) as problem:
        reason = problem.reason if isinstance(problem, urllib.error.URLError) else problem
        raise Unreachable(f"{url} cannot be reached: {reason}") from problem
    return answer


def _checksum_of(archive_name: str, text: str, url: str) -> str:
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2 and words[1].lstrip("*") == archive_name and len(words[0]) == 64:
            return words[0].lower()
    raise Unreachable(f"{url} has no checksum for {archive_name}")


def _download(url: str, target: IO[bytes]) -> str:
    """Write what the address answers to a file; say now and then how far it is; return its SHA-256."""
    digest = hashlib.sha256()
    done = 0
    next_word = time.monotonic() + PROGRESS_S
    with _open(url, timeout_s=STALL_S) as answer:
        total = int(answer.headers.get("Content-Length") or 0)
        try:
            while chunk := answer.read(CHUNK_BYTES):
                target.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                if time.monotonic() >= next_word:
                    of = f" of {total >> 20}" if total else ""
                    sys.stdout.write(f"set-up:   downloaded {done >> 20}{of} MB\n")
                    sys.stdout.flush()
                    next_word += PROGRESS_S
        except (OSError, http.client.HTTPException) as problem:
            raise Unreachable(f"{url} broke off after {done} bytes: {problem}") from problem
    if total and done != total:
        raise Unreachable(f"{url} broke off after {done} of {total} bytes")
    return digest.hexdigest()


def _unpack(archive: IO[bytes], archive_name: str, folder: Path) -> None:
    """Take the programs, by name, out of the archive's one folder `pulumi`; nothing else is written."""
    try:
        with tarfile.open(fileobj=archive, mode="r:gz") as tar:
            for name in PROGRAMS:
                content = tar.extractfile(f"pulumi/{name}")
                if content is None:
                    raise Untrusted(f"pulumi/{name} in {archive_name} is not a plain file")
                with content, (folder / name).open("wb") as program:
                    shutil.copyfileobj(content, program)
                (folder / name).chmod(0o755)
    except KeyError as problem:
        raise Untrusted(f"{archive_name} lacks a program: {problem.args[0]}") from problem
    except (tarfile.TarError, EOFError, OSError) as problem:
        raise Untrusted(f"{archive_name} cannot be unpacked: {problem}") from problem


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
