"""The folders that only this user can read, and the files in them."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

from pulumi_auth0_permissions.pulumi_adapter import private_files
from pulumi_auth0_permissions.pulumi_adapter.private_files import (
    file_name_for,
    lock_folder,
    private_folder,
    write_atomically,
)

NAME = "pulumi-auth0-permissions"


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's runtime folder, empty; what is used instead lies beside it."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def instead(tmp_path: Path) -> Path:
    """What is used where the runtime folder cannot be."""
    return tmp_path / "cache" / NAME


def mode_of(path: Path) -> int:
    """Return who may do what with a file."""
    return stat.S_IMODE(path.stat().st_mode)


def a_file(folder: Path) -> None:
    """Put a file in the way."""
    folder.touch(mode=0o700)


def a_link(folder: Path) -> None:
    """Put a link in the way."""
    elsewhere = folder.with_name("elsewhere")
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)


def an_open_folder(folder: Path) -> None:
    """Put a folder in the way that others may look into."""
    folder.mkdir()
    folder.chmod(0o750)


IN_THE_WAY = pytest.mark.parametrize("put", [a_file, a_link, an_open_folder])


class TestTheFolder:
    """Where it lies and when it is not used."""

    def test_it_is_made_for_this_user_alone(self, runtime: Path) -> None:
        """The folder lies in the user's runtime folder, and others may not even look into it."""
        folder = private_folder()

        assert folder == runtime / NAME
        assert mode_of(folder) == 0o700

    @IN_THE_WAY
    def test_what_is_in_the_way_blocks_nobody(self, runtime: Path, instead: Path, put: Callable[[Path], None]) -> None:
        """One sentence says what is in the way and what is used instead."""
        put(runtime / NAME)
        said: list[str] = []

        assert private_folder(said.append) == instead

        (sentence,) = said
        assert str(runtime / NAME) in sentence
        assert f"{instead} is used instead" in sentence

    def test_a_folder_of_somebody_else_is_not_used(self, instead: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A folder that another user has put there is not used, closed as it may be."""
        folder = private_folder()
        real = Path.lstat
        facts = os.stat_result([stat.S_IFDIR | 0o700, 1, 1, 1, os.getuid() + 1, 0, 0, 0, 0, 0])
        monkeypatch.setattr(Path, "lstat", lambda path: facts if path == folder else real(path))

        assert private_folder() == instead

    def test_it_never_lies_in_the_project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where nothing but the project can be written to, there is no folder, and one sentence says so."""
        (tmp_path / "Pulumi.yaml").touch()
        monkeypatch.chdir(tmp_path)

        with pytest.raises(OSError, match="lies in the project") as caught:
            private_folder()

        assert "\n" not in str(caught.value)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["Pulumi.yaml", "runtime"]

    def test_without_any_place_one_sentence_says_why(self, runtime: Path, tmp_path: Path) -> None:
        """Both places are named, with what is wrong there."""
        (runtime / NAME).touch()
        (tmp_path / "cache").touch()

        with pytest.raises(OSError, match="no folder that only this user can write to"):
            private_folder()


class TestTheFolderOfLocks:
    """It is the same in every environment."""

    def test_no_variable_moves_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither the runtime folder, nor that for temporary files, nor the home folder."""
        before = lock_folder()
        for variable in ("XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "TMPDIR", "HOME"):
            monkeypatch.setenv(variable, str(tmp_path))
        monkeypatch.setattr(tempfile, "tempdir", None)

        assert lock_folder() == before

    @IN_THE_WAY
    def test_what_is_in_the_way_blocks_nobody(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, put: Callable[[Path], None]
    ) -> None:
        """Another folder is used, and one sentence says so."""
        first, second = tmp_path / "first", tmp_path / "second"
        put(first)
        monkeypatch.setattr(private_files, "_fixed_folders", lambda: (lambda: first, lambda: second))
        said: list[str] = []

        assert lock_folder(said.append) == second
        assert len(said) == 1

    def test_a_place_that_others_can_move_is_not_used(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever can write to the folder above could put another one in its place."""
        first, second = tmp_path / "open" / "first", tmp_path / "second"
        first.parent.mkdir()
        first.parent.chmod(0o777)
        monkeypatch.setattr(private_files, "_fixed_folders", lambda: (lambda: first, lambda: second))

        assert lock_folder() == second


class TestOnWindows:
    """What is done there, as far as it can be tried elsewhere."""

    def test_neither_users_nor_modes_are_asked_for(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The system keeps a user's own folders closed, and names them itself."""
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.delattr(os, "getuid")
        monkeypatch.setattr(platformdirs, "user_runtime_dir", lambda *_, **__: str(tmp_path / "Temp" / NAME))
        monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path / "AppData" / NAME))

        assert private_folder() == tmp_path / "Temp" / NAME
        assert lock_folder() == tmp_path / "AppData" / NAME


class TestNames:
    """File names for any text."""

    @pytest.mark.parametrize("text", ["", "a/b", "..", "\x00", "\ud83d", "x" * 5000, "urn:pulumi:dev::p::t::n"])
    def test_any_text_makes_a_plain_name(self, text: str) -> None:
        """A name holds nothing that means something to a file system."""
        assert len(file_name_for(text)) == 32
        assert file_name_for(text).isalnum()

    def test_different_texts_make_different_names(self) -> None:
        """Texts that differ in a space or in case have names of their own, and a text always has the same."""
        texts = ["a", "a ", "A", "b"]

        assert len({file_name_for(text) for text in texts}) == len(texts)
        assert file_name_for("a") == file_name_for("a")


class TestWriting:
    """Files that a reader sees whole."""

    def test_only_this_user_can_read_it(self, tmp_path: Path) -> None:
        """A file is closed to others, whatever the user's umask."""
        before = os.umask(0)
        try:
            write_atomically(tmp_path / "file", "text")
        finally:
            os.umask(before)

        assert (tmp_path / "file").read_text(encoding="utf-8") == "text"
        assert mode_of(tmp_path / "file") == 0o600

    def test_it_replaces_what_was_there(self, tmp_path: Path) -> None:
        """The new text takes the old one's place and leaves nothing beside it."""
        write_atomically(tmp_path / "file", "a long old text")

        write_atomically(tmp_path / "file", "new")

        assert (tmp_path / "file").read_text(encoding="utf-8") == "new"
        assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["file"]

    def test_a_write_that_fails_leaves_the_old_text(self, tmp_path: Path) -> None:
        """Where the text cannot be written, the file is as it was, and nothing lies about."""
        write_atomically(tmp_path / "file", "old")

        with pytest.raises(UnicodeEncodeError):
            write_atomically(tmp_path / "file", "half \ud83d")

        assert (tmp_path / "file").read_text(encoding="utf-8") == "old"
        assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["file"]
