"""`tickertape backup verify` after a change of key, and wrong times, without a stack."""

from __future__ import annotations

import json
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.fakes.backups import MemoryBackupStore
from tests.unit.test_backup_encryption import DB, KEY, back_up, with_key
from tickertape.backups.encryption import BackupCipher
from tickertape.cli import backup
from tickertape.cli.main import app
from tickertape.domain.manifest import Manifest

OLD = bytes(32)
WHY = f"made with another key ({BackupCipher(OLD).key_id})"


@pytest.fixture
def store() -> MemoryBackupStore:
    return MemoryBackupStore()


@pytest.fixture
def backups(store: MemoryBackupStore, monkeypatch: pytest.MonkeyPatch) -> tuple[Manifest, Manifest]:
    """One made with an older key, and one with that of the desk."""
    made = back_up(with_key(store, OLD)), back_up(with_key(store))
    desk: Any = SimpleNamespace(objects=with_key(store, KEY), report=lambda text, done: None)
    monkeypatch.setattr(backup, "open_desk", lambda: nullcontext(desk))
    return made


def verify(*words: str) -> Result:
    return CliRunner().invoke(app, ["backup", "verify", *words])


def test_a_backup_of_another_key_is_not_checked_and_not_damaged(backups: tuple[Manifest, Manifest]) -> None:
    """`verify --all` says so in both forms, and exits 0."""
    older, newer = backups
    said = verify("--all")
    assert (0, f"backup {older.id} is not checked: {WHY}\n") == (said.exit_code, said.stderr)
    assert said.stdout.startswith(f"backup {newer.id} is whole: ")
    document = json.loads(verify("--all", "--json").stdout)
    assert (True, {older.id: WHY}) == (document["ok"], document["not_checked"])
    assert [{"id": newer.id, "ok": True, "problems": []}] == document["backups"]


def test_damage_beside_a_backup_of_another_key_is_a_failure(
    backups: tuple[Manifest, Manifest], store: MemoryBackupStore
) -> None:
    """Exit code 1, and each is named for what it is."""
    older, newer = backups
    del store.objects[f"{newer.id}/{DB}/tweets.bson.gz.enc"]
    said = verify("--all")
    assert 1 == said.exit_code
    assert [f"backup {older.id} is not checked", f"backup {newer.id} is damaged"] == [
        line.split(":")[0] for line in said.stderr.splitlines()
    ]


@pytest.mark.parametrize("by_name", [True, False])
def test_the_one_backup_that_was_asked_for_needs_its_key(
    by_name: bool, backups: tuple[Manifest, Manifest], store: MemoryBackupStore
) -> None:
    """By its id or as the newest: exit code 1, and which key it takes."""
    older, newer = backups
    if not by_name:
        for key in [key for key in store.objects if key.startswith(newer.id)]:
            del store.objects[key]
    said = verify(*[older.id] * by_name)
    assert 1 == said.exit_code
    assert f"with key {BackupCipher(OLD).key_id}" in said.stderr


@pytest.mark.parametrize(
    "words", [["backup", "restore", "--at"], ["backup", "restore", "--until"], ["redrive", "--to"]]
)
def test_a_wrong_time_is_told_with_its_option(words: list[str]) -> None:
    """Exit code 2, one line, and what was expected."""
    said = CliRunner().invoke(app, [*words, "noon"])
    assert (2, 1) == (said.exit_code, said.stderr.count("\n"))
    assert f"{words[-1]}: a time such as 2025-11-28T14:30:00Z was expected, with its zone; 'noon' came" in said.stderr
