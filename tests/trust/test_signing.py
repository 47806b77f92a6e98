"""A signed package is answered only by whom the key trusts: OpenSSF model-signing, by a key and without a network."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from serving.packed import TABLE, packed, people

from syllabus.cli import main
from syllabus.trust import signing


@pytest.fixture(autouse=True)
def _no_keys_and_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (signing.SIGNING, signing.VERIFYING, signing.PASSWORD):
        monkeypatch.delenv(name, raising=False)

    def refused(*_: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refused)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signed")
    people(20).write_csv(folder / "in.csv")
    for name in ("mine", "other"):
        write(ec.generate_private_key(ec.SECP256R1()), folder / name)
    return packed(folder, people(300), TABLE)


def write(private: Any, name: Path, password: str | None = None) -> None:
    secret: Any = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    name.with_suffix(".key").write_bytes(private.private_bytes(*form, secret))
    public = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    name.with_suffix(".pub").write_bytes(private.public_key().public_bytes(*public))


def signed(made: Path, out: Path, key: str = "mine") -> Path:
    main(["sign", str(made), str(out), "--key", str(made.parent / f"{key}.key")])
    return out


def said(capsys: pytest.CaptureFixture[str], *words: Any) -> str:
    """Return the sentence of a command that fails; nothing of one that does not."""
    capsys.readouterr()
    try:
        main([str(word) for word in words])
    except SystemExit:
        told = capsys.readouterr().err
        assert told.count("\n") == 1, told
        return told
    return ""


def asked(package: Path, made: Path, capsys: pytest.CaptureFixture[str], key: str | None = "mine") -> str:
    """Return why a package is not answered; nothing where it is."""
    words = ["--key", made.parent / f"{key}.pub"] if key else []
    out = made.parent / "out.parquet"
    out.unlink(missing_ok=True)
    told = said(capsys, "predict", package, made.parent / "in.csv", out, *words)
    assert out.exists() != bool(told)
    return told


def test_what_the_key_signed_is_answered_wherever_it_is_copied(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    package = signed(made, tmp_path / "release")
    assert not (made / "model.sig").exists(), "the copy is signed"
    assert (package / "SHA256SUMS").read_bytes() == (made / "SHA256SUMS").read_bytes()
    assert not asked(package, made, capsys)
    assert not asked(shutil.copytree(package, tmp_path / "elsewhere"), made, capsys)
    assert not asked(package, made, capsys, key=None), "without a key its signature is not looked at"
    monkeypatch.setenv(signing.VERIFYING, str(made.parent / "mine.pub"))
    assert not asked(package, made, capsys, key=None)
    assert "is not signed: it has no model.sig" in asked(made, made, capsys, key=None)
    monkeypatch.setenv(signing.VERIFYING, str(made.parent / "other.pub"))
    assert "another key's signature" in asked(package, made, capsys, key=None)


def test_it_is_signed_where_it_stands_and_anew(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = shutil.copytree(made, tmp_path / "package")
    for key in ("other", "mine"):
        main(["sign", str(package), "--key", str(made.parent / f"{key}.key")])
    assert not asked(package, made, capsys)


def test_a_wrong_missing_or_other_signature_is_one_sentence(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "is not signed: it has no model.sig" in asked(made, made, capsys)
    package = signed(made, tmp_path / "package")
    assert "is another key's signature" in asked(package, made, capsys, "other")
    whole = (package / "model.sig").read_bytes()
    for place in range(0, len(whole), len(whole) // 12):
        (package / "model.sig").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert "model.sig" in asked(package, made, capsys), place
    for content in (b"", b"{}", b"[]", b"\xff", b"[" * 10**5, whole[:-40]):
        (package / "model.sig").write_bytes(content)
        assert "model.sig: is no signature" in asked(package, made, capsys)


def test_what_was_changed_after_it_was_signed_is_refused_though_its_checksums_are_right(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = signed(made, tmp_path / "package")
    (package / "card.md").write_text("another card\n")
    told = asked(package, made, capsys)
    assert "the package is not what was signed: " in told
    assert "card.md" in told
    summed = subprocess.run(["sha256sum", "card.md"], cwd=package, capture_output=True, text=True, check=True).stdout
    lines = (package / "SHA256SUMS").read_text().splitlines(keepends=True)
    (package / "SHA256SUMS").write_text("".join(summed if line.endswith(" card.md\n") else line for line in lines))
    assert not asked(package, made, capsys, key=None), "its checksums are right"
    assert "the package is not what was signed: " in asked(package, made, capsys)


def test_a_file_that_was_added_is_refused(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = signed(made, tmp_path / "package")
    (package / "model" / "model.sig").write_text("{}")
    assert "no file of a package is of this kind" in asked(package, made, capsys)
    (package / "model" / "model.sig").unlink()
    (package / ".gitignore").write_text("")
    assert "no file of a package is of this kind" in asked(package, made, capsys)
    (package / ".gitignore").rename(package / "more.json")
    assert "Extra files" in asked(package, made, capsys)


def test_a_key_with_a_password_is_opened_by_the_environments(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(ec.generate_private_key(ec.SECP384R1()), tmp_path / "secret", password="sesame")
    monkeypatch.setenv(signing.SIGNING, str(tmp_path / "secret.key"))
    assert "with its password in SYLLABUS_SIGNING_PASSWORD" in said(capsys, "sign", made, tmp_path / "out")
    monkeypatch.setenv(signing.PASSWORD, "wrong")
    assert "with its password in SYLLABUS_SIGNING_PASSWORD" in said(capsys, "sign", made, tmp_path / "out")
    assert not list(tmp_path.glob("*out*")), "nothing half-written"
    monkeypatch.setenv(signing.PASSWORD, "sesame")
    assert not said(capsys, "sign", made, tmp_path / "out")
    assert not said(
        capsys,
        "predict",
        tmp_path / "out",
        made.parent / "in.csv",
        tmp_path / "a.csv",
        "--key",
        tmp_path / "secret.pub",
    )
    assert "sesame" not in "".join(file.read_text(errors="ignore") for file in (tmp_path / "out").rglob("*.*"))


def test_what_is_no_key_is_one_sentence(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(rsa.generate_private_key(65537, 2048), tmp_path / "rsa")
    (tmp_path / "text.key").write_text("no key")
    (tmp_path / "text.pub").write_text("no key")
    for name in ("rsa", "text"):
        assert "is not a private key" in said(capsys, "sign", made, tmp_path / "out", "--key", tmp_path / f"{name}.key")
        words = ["predict", made, made.parent / "in.csv", tmp_path / "out.csv", "--key", tmp_path / f"{name}.pub"]
        assert "is not a public key" in said(capsys, *words)
    assert "No such file" in said(capsys, "sign", made, tmp_path / "out", "--key", tmp_path / "none.key")
    assert "needs a private key: --key names its file" in said(capsys, "sign", made, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_dvc_holds_is_signed_as_a_copy(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    package = shutil.copytree(made, tmp_path / "artifacts" / "register" / "package")
    key = made.parent / "mine.key"
    assert "name a folder for the signed copy: syllabus sign" in said(capsys, "sign", package, "--key", key)
    assert not said(capsys, "sign", package, tmp_path / "release", "--key", key)
    assert "is there already" in said(capsys, "sign", package, tmp_path / "release", "--key", key)


def test_what_is_damaged_is_not_signed(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = shutil.copytree(made, tmp_path / "package")
    (package / "card.md").write_text("another card\n")
    assert "card.md was changed" in said(capsys, "sign", package, "--key", made.parent / "mine.key")
    assert not (package / "model.sig").exists()


def test_the_tool_of_model_signing_verifies_it_as_well(made: Path, tmp_path: Path) -> None:
    package = signed(made, tmp_path / "package")
    words = ["model_signing", "verify", "key", package, "--signature", package / "model.sig"]
    done = subprocess.run(
        [*words, "--public_key", made.parent / "mine.pub"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
