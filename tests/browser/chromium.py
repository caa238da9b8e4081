"""A headless Chromium of the test's own, with an empty profile, that talks to nobody but the local tenant."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from browser.devtools import DevTools, DevToolsError
from browser.tab import Tab

END_LIMIT_S = 20.0

FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # containers give /dev/shm 64 MB
    "--remote-debugging-pipe",
)

# The browser reads commands from descriptor 3 and writes to 4. A process of its own puts them there, since nothing
# may run between fork and exec in a process with threads, and a shell takes no descriptor above 9.
_PUT_IN_PLACE = (
    "import os, sys; reading, writing, *command = sys.argv[1:]; "
    "os.dup2(int(reading), 3); os.dup2(int(writing), 4); os.execv(command[0], command)"
)
_FIRST_FREE = 10  # descriptors from here on cannot be 3 or 4


def find_chromium() -> str:
    """Return the path of the browser; CHROMIUM names one that is not on PATH under its usual name.

    Raises:
        FileNotFoundError: if there is none.
    """
    for name in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    raise FileNotFoundError(
        "the browser tests need Chromium and there is none on PATH: run `make test`, which brings one as root on "
        "Debian, or `sudo apt-get install chromium`, or set CHROMIUM to the path of one."
    )


def _pipe_end_for_child(end: int) -> tuple[int, int]:
    """Return the two ends of a new pipe: the child's (0 to read, 1 to write), out of the way of 3 and 4, and ours."""
    ends = os.pipe()
    childs = fcntl.fcntl(ends[end], fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
    os.close(ends[end])
    return childs, ends[1 - end]


class Chromium:
    """A browser process; use it as a context manager.

    Args:
        profile: an empty folder for its profile and its log.
    """

    def __init__(self, profile: Path) -> None:
        self._profile = profile
        self._process: subprocess.Popen[bytes] | None = None
        self._ends: tuple[int, int] | None = None
        self._devtools: DevTools | None = None

    def __enter__(self) -> Self:
        """Start the browser."""
        program = find_chromium()
        to_browser, ours_writing = _pipe_end_for_child(0)
        from_browser, ours_reading = _pipe_end_for_child(1)
        root_only = ("--no-sandbox",) if os.getuid() == 0 else ()
        folder = f"--user-data-dir={self._profile / 'profile'}"
        with (self._profile / "chromium.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-c", _PUT_IN_PLACE, str(to_browser), str(from_browser)),
                    *(program, *FLAGS, *root_only, folder, "about:blank"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(to_browser, from_browser),
                env=os.environ | {"HOME": str(self._profile)},
                start_new_session=True,
            )
        os.close(to_browser)
        os.close(from_browser)
        self._ends = (ours_reading, ours_writing)
        self._devtools = DevTools(*self._ends)
        try:
            self._devtools.send("Browser.getVersion")
        except DevToolsError as error:
            self.__exit__(None, None, None)
            words = (self._profile / "chromium.log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{program} did not start: {error}\n{words}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the browser and all its processes."""
        assert self._process is not None
        assert self._ends is not None
        try:
            if self._devtools is not None:
                self._devtools.send("Browser.close")
            self._process.wait(END_LIMIT_S)
        except (DevToolsError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        for end in self._ends:
            os.close(end)

    def tab(self, *, scripts: bool = True, dark: bool = False) -> Tab:
        """Return a tab in a profile of its own: no cookies, history or cache of another test.

        Args:
            scripts: whether pages may run JavaScript.
            dark: whether the person prefers a dark page.
        """
        devtools = self._devtools
        assert devtools is not None, "the browser runs inside a with block"
        context = devtools.send("Target.createBrowserContext", None, disposeOnDetach=True)["browserContextId"]
        target = devtools.send("Target.createTarget", None, url="about:blank", browserContextId=context)["targetId"]
        session = devtools.send("Target.attachToTarget", None, targetId=target, flatten=True)["sessionId"]
        tab = Tab(devtools, session, context)
        tab.set_up(scripts=scripts, dark=dark)
        return tab
