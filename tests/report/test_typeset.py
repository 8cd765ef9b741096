"""The compiler of papers, used by several threads of a server at once."""

from concurrent.futures import ThreadPoolExecutor

from mesoplan.report.typeset import _compile


def test_papers_set_at_the_same_time_are_the_same_as_one_after_another():
    sheets = [{"characters": [chr(ord("a") + number)] * 1_500} for number in range(4)]
    one_by_one = [_compile("probe.typ", sheet) for sheet in sheets]
    with ThreadPoolExecutor(8) as threads:
        at_once = list(threads.map(lambda sheet: _compile("probe.typ", sheet), sheets * 4))
    assert at_once == one_by_one * 4
