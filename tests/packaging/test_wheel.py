"""The wheel: everything in it, installed in a fresh environment, started from an empty folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from tests.shared import PROJECT

pytestmark = pytest.mark.slow
CODE = ("slaplugin", "connectors", "migrations")
KINDS = {".py", ".html", ".css", ".js", ".svg", ".yaml", ".mako", ".typed"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of what git knows."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, capture_output=True, check=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, names):
        if (PROJECT / name).is_file():
            target = tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((PROJECT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, str(tree)], check=True, cwd=folder
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with nothing but the wheel; its dependencies come from the environment of the tests."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    site = subprocess.run([python, "-c", "import site; print(site.getsitepackages()[0])"], capture_output=True,
                          text=True, check=True).stdout.strip()  # fmt: skip
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    links = [path for path in Path(ours).iterdir() if "slaplugin" not in path.name and path.suffix != ".pth"]
    for path in links:
        target = Path(site) / path.name
        if not target.exists():
            target.symlink_to(path)
    return python


def test_the_wheel_holds_every_file_of_the_tree(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = set()
    for folder in CODE:
        for path in (PROJECT / folder).rglob("*"):
            if path.suffix in KINDS and "__pycache__" not in path.parts:
                name = path.relative_to(PROJECT).as_posix()
                wanted.add(name if folder == "slaplugin" else f"slaplugin/{name}")
    assert packed == wanted


def test_the_metadata_names_the_licence_and_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        points = archive.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "slaplugin = slaplugin.cli:main" in points


def test_an_installed_wheel_migrates_and_serves_from_an_empty_folder(python: Path, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SLAPLUGIN_")}
    environment |= {"HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": "1"}
    command = [str(python), "-m", "slaplugin"]
    subprocess.run([*command, "init"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    with subprocess.Popen(
        [*command, "run", "--port", "0"], cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[-1]
            with urllib.request.urlopen(address, timeout=20) as page:
                assert page.status == 200
            with urllib.request.urlopen(f"{address}healthz", timeout=20) as health:
                assert health.status == 200
            assert (tmp_path / "instance" / "secret.key").stat().st_mode & 0o077 == 0
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(30) == 0


def test_a_host_folder_named_connectors_does_not_get_in_the_way(python: Path, tmp_path: Path) -> None:
    for name in ("connectors", "migrations"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not ours')\n")
    code = "import slaplugin.connectors.github as g, slaplugin.migrations as m; print(g.__file__, m.__file__)"
    done = subprocess.run([str(python), "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert all("site-packages" in path for path in done.stdout.split())
