"""The command line against bad and hostile input: every problem at once, exit code 2, nothing half-written or lost."""

from __future__ import annotations

import json
import os
import sys
from datetime import date

import pytest
import yaml

from mesoplan.errors import Problem
from mesoplan.screening import batch

ODD_NUMBERS = ("nan", "inf", "-1", "1e309", "0", "9" * 400)


def names(folder):
    return {path.name for path in folder.iterdir()}


def refused(done, *messages):
    assert done.code == 2, done.err
    assert "Traceback" not in done.err
    assert "Internal failure" not in done.err
    for message in messages:
        assert message in done.err, done.err
    return done.err


# -- options


def test_everything_that_is_wrong_with_a_plan_is_told_at_once_and_nothing_is_written(run, example, tmp_path):
    out = tmp_path / "out"
    done = run(
        *("plan", example(pregnancy="perhaps"), "--out", out, "--on", "soon", "--technique", "spell", "--lang", "xx"),
        *("--clinic", tmp_path / "none", "--area", "forehead=nan", "--keep-out", "moon:1,2,3", "--mirrored", "no"),
        *("--pupillary-distance", "1e309", "--photo", tmp_path / "none.jpg"),
    )
    places = ("--technique", "--lang", "--on", "--clinic", "intake.yaml: answers: pregnancy", "--area", "--keep-out")
    text = refused(done, *places, "--pupillary-distance", "--photo")
    assert [line.partition(".")[0] for line in text.splitlines()] == [str(number) for number in range(1, 10)]
    assert not out.exists()


@pytest.mark.parametrize("day", ["2026-02-30", "0001-01-01", "9999-12-31", "2026-W48-1", "２０２６-11-23", "tomorrow"])
def test_a_day_that_is_none_is_refused(run, example, day):
    refused(run("screen", example(), "--on", day), "--on: not a ")


@pytest.mark.parametrize("value", ODD_NUMBERS)
def test_odd_numbers_are_refused_by_every_option_that_takes_one(run, example, tmp_path, value):
    out = tmp_path / "out"
    done = run(
        *("plan", example(), "--out", out, "--area", f"forehead={value}", "--area", f"neck={value}x{value}"),
        *("--keep-out", f"forehead:{value},{value},{value}", f"--pupillary-distance={value}"),
    )
    text = refused(done, "--area", "--pupillary-distance")
    assert text.count("--area: ") >= 2
    assert not out.exists()


@pytest.mark.parametrize("option", ["--out", "--clinic", "--photo", "--on", "--lang", "--technique", "--area"])
@pytest.mark.parametrize("form", ["{} ", "{}=", "{}  \t"])
def test_an_empty_value_is_refused_and_never_stands_for_the_folder_one_is_in(
    run, example, tmp_path, monkeypatch, option, form
):
    intake = example()
    monkeypatch.chdir(tmp_path)
    before = names(tmp_path)
    value = form.format(option).split(" ", 1)
    refused(run("plan", intake, "--out", "out", *value), f"{option}: the value is empty")
    assert names(tmp_path) == before


# -- what lies after the day


SIGNATURE = {
    "finding": "clotting_medicines.yes",
    "physician": "Dr One",
    "signed_on": "2026-11-20",
    "answer": "yes",
    "decision": "may be treated",
}


def test_a_signature_of_the_day_lifts_its_finding_and_one_of_a_later_day_is_refused(run, example):
    top = {"signatures": [SIGNATURE]}
    done = run("screen", example(clotting_medicines="yes", top=top), "--json")
    assert json.loads(done.out)["may_treat"] is True
    top = {"signatures": [{**SIGNATURE, "signed_on": "2026-11-24"}]}
    path = example(clotting_medicines="yes", top=top)
    refused(run("screen", path, "--json"), "signatures: 1: signed_on: this lies after 2026-11-23")
    assert run("screen", path, "--on", "2026-11-24", "--json").code == 0


@pytest.mark.parametrize("change", [{"physician": "  "}, {"valid_until": "2026-11-19"}, {"answer": ""}])
def test_a_signature_that_is_none_never_makes_somebody_treatable(run, example, change):
    top = {"signatures": [{**SIGNATURE, **change}]}
    refused(run("screen", example(clotting_medicines="yes", top=top), "--json"), "signatures: 1: ")


def test_readings_of_days_to_come_are_refused_and_print_no_sheet(run, example, tmp_path):
    readings = [{"date": "2026-11-24", "result": "negative"}, {"date": "2026-11-25", "result": "negative"}]
    test = {"product": "example-revital", "placed_on": "2026-11-22", "method": "topical", "readings": readings}
    out = tmp_path / "out"
    done = run("plan", example(top={"allergy_tests": [test]}), "--clinic", "example", "--out", out)
    assert refused(done).count("allergy_tests: 1: readings: this lies after 2026-11-23") == 2
    assert not out.exists()


# -- what is written


def test_a_file_is_never_overwritten_by_an_empty_or_invented_intake(run, tmp_path):
    mine = tmp_path / "intake.yaml"
    mine.write_text("mine", encoding="utf-8")
    for command in ("example", "questions", "ask"):
        refused(run(command, "--out", mine), "there is something of this name already")
        (tmp_path / "link").unlink(missing_ok=True)
        (tmp_path / "link").symlink_to(tmp_path / "nowhere")
        refused(run(command, "--out", tmp_path / "link"), "there is something of this name already")
    assert mine.read_text(encoding="utf-8") == "mine"
    assert names(tmp_path) == {"intake.yaml", "link"}


def test_an_interview_that_cannot_be_saved_is_printed_instead(run, tmp_path, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("Anna\nA-1\n\n1\nforehead\nq\n"))
    monkeypatch.setattr("pathlib.Path.write_text", _full)
    done = run("ask", "--out", tmp_path / "asked.yaml", "--visit-date", "2026-11-23")
    refused(done, "No space left on device")
    assert "identifier: A-1" in done.out
    assert names(tmp_path) == set()


def _full(*_, **__):
    raise OSError(28, "No space left on device")


def test_a_stop_in_the_middle_of_a_plan_leaves_the_earlier_one(run, example, tmp_path, monkeypatch):
    out = tmp_path / "out"
    assert run("plan", example(), "--clinic", "example", "--out", out).code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("mesoplan.report.papers.typeset", stopped)
    assert run("plan", example(pregnancy="yes"), "--clinic", "example", "--out", out).code == 130
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert names(tmp_path) == {"intake.yaml", "out"}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device here")
def test_a_full_disk_behind_the_output_is_a_problem(run, example, tmp_path, monkeypatch):
    with open("/dev/full", "w", encoding="utf-8") as full, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", full)
        code = run("screen", example()).code
        patch.undo()
    assert code == 2


def test_a_terminal_without_the_letters_still_shows_the_screening(example, tmp_path):
    import subprocess

    command = [sys.executable, "-m", "mesoplan", "screen", str(example()), "--lang", "ru"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, env=environment, timeout=60, check=False)
    assert done.returncode == 0
    assert b"\\u0431" in done.stdout


def test_a_problem_is_one_line_whatever_characters_are_in_it():
    shown = str(Problem("a\x1b[31mb", "c\nd\u202ee\ud800\u00a0f", "wrong", "Mend it."))
    assert shown == "a\\x1b[31mb: wrong (given: c\\nd\\u202ee\\ud800\u00a0f). Mend it."


# -- many intakes


@pytest.fixture
def good(example):
    return json.dumps(yaml.safe_load(example().read_text(encoding="utf-8")), default=str)


BAD_LINES = {
    "not utf-8": b'{"client": "\xff"}',
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "a null byte": b"\0",
    "a list": b"[1]",
    "a number": b"5",
    "nothing": b"null",
    "two values": b"{} {}",
    "cut short": b'{"client": {"name": "A"',
    "a key twice": b'{"answers": {"pregnancy": "yes", "pregnancy": "no"}}',
    "deep": b'{"a":' * 5000,
    "deep but whole": b'{"a":' * 60 + b"1" + b"}" * 60,
    "a huge number": b'{"sessions_done": ' + b"9" * 5000 + b"}",
    "no number": b'{"sessions_done": NaN}',
    "half a character": b'{"client": {"name": "\\ud800", "identifier": "x"}}',
    "many slips": json.dumps({f"key {n}": n for n in range(500)}).encode(),
    "too long": b'{"notes": "' + b"x" * 1_000_001 + b'"}',
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_of_any_kind_is_told_and_the_next_one_screened(run, good, tmp_path, name):
    source = tmp_path / "many.ndjson"
    source.write_bytes(b"\xef\xbb\xbf" + good.encode() + b"\n" + BAD_LINES[name] + b"\r\n\n" + good.encode())
    done = run("screen-all", source)
    assert done.code == 2
    assert "2 screened, 1 line could not be read" in done.out
    first, bad, last = [json.loads(line) for line in (tmp_path / "many.screened.ndjson").read_bytes().splitlines()]
    assert first["may_treat"] is True
    assert first == last
    assert bad["line"] == 2
    assert 1 <= len(bad["problems"]) <= 51
    assert all(one.startswith("line 2") for one in bad["problems"])


def test_a_line_is_held_in_memory_only_up_to_the_size_of_an_intake(tmp_path):
    class Endless:
        """A file of one line of 50 MB that notes the largest piece asked for."""

        left, largest = 50_000_000, 0

        def readline(self, size):
            assert size > 0
            self.largest = max(self.largest, size)
            piece = min(size, self.left)
            self.left -= piece
            return b"x" * piece

    file = Endless()
    lines = list(batch._bounded(file, lambda read: None))
    assert [len(line) for line in lines] == [batch.MAX_BYTES + 1]
    assert file.largest <= batch.MAX_BYTES + 1
    assert file.left == 0


def test_an_empty_file_gives_an_empty_result(run, tmp_path):
    (tmp_path / "none.ndjson").write_bytes(b"")
    done = run("screen-all", tmp_path / "none.ndjson")
    assert done.code == 0
    assert (tmp_path / "none.screened.ndjson").read_bytes() == b""


def test_the_intakes_are_never_overwritten_by_their_results(run, good, tmp_path):
    source = tmp_path / "many.ndjson"
    source.write_text(good, encoding="utf-8")
    (tmp_path / "same").symlink_to(source)
    os.link(source, tmp_path / "linked")
    for out in (source, tmp_path / "same", tmp_path / "linked"):
        refused(run("screen-all", source, "--out", out), "the results would overwrite the intakes")
    refused(run("screen-all", source, "--out", tmp_path), "this is a folder")
    refused(run("screen-all", source, "--out", tmp_path / "none" / "x"), "No such file or directory")
    refused(run("screen-all", source, "--on", "2026-02-30"), "--on: not a date")
    assert source.read_text(encoding="utf-8") == good
    assert names(tmp_path) == {"many.ndjson", "same", "linked", "intake.yaml"}


def test_an_interruption_leaves_the_earlier_results_and_nothing_beside_them(run, good, tmp_path, monkeypatch):
    source, out = tmp_path / "many.ndjson", tmp_path / "out.ndjson"
    source.write_text(good, encoding="utf-8")
    out.write_text("earlier", encoding="utf-8")

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "_screened", stopped)
    assert run("screen-all", source, "--out", out).code == 130
    assert out.read_text(encoding="utf-8") == "earlier"
    assert names(tmp_path) == {"many.ndjson", "out.ndjson", "intake.yaml"}


def test_two_runs_into_one_file_do_not_share_their_unfinished_results(tmp_path):
    assert batch._beside(tmp_path / "x") != batch._beside(tmp_path / "x")


def test_a_day_before_the_answers_or_out_of_time_is_told_for_each_line(run, good, tmp_path):
    source = tmp_path / "many.ndjson"
    source.write_text(f"{good}\n{good}\n", encoding="utf-8")
    done = run("screen-all", source, "--on", date(2026, 11, 22))
    assert done.code == 2
    assert done.out.count("after this day") == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are made otherwise here")
def test_results_never_take_the_place_of_a_device_or_a_pipe(run, good, tmp_path):
    (tmp_path / "one.ndjson").write_text(good, encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    refused(run("screen-all", tmp_path / "one.ndjson", "--out", tmp_path / "pipe"), "this is no regular file")
    assert (tmp_path / "pipe").is_fifo()


def test_a_line_cut_short_is_told_at_its_end_and_not_on_a_second_line(run, tmp_path):
    (tmp_path / "many.ndjson").write_text('{"a":\n{}\n', encoding="utf-8")
    assert (
        "line 1:1: not valid JSON: Expecting value. Mend it at character 6"
        in run("screen-all", tmp_path / "many.ndjson").out
    )
