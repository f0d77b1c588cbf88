"""Work spread over processes: the results in order, whoever did it, and nothing hangs when one dies."""

from __future__ import annotations

import multiprocessing
import os

import pytest

from archive.processes import spread


def _squared(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def _fatal_elsewhere(number: int) -> int:
    if multiprocessing.parent_process() is not None:
        os._exit(9)
    return -number


def _refused_elsewhere(number: int) -> int:
    if multiprocessing.parent_process() is not None:
        raise OSError(28, "no space")
    return number


def test_results_come_in_the_order_of_the_tasks_and_others_take_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    results = spread(_squared, list(range(50)))
    assert [result[0] for result in results if result is not None] == [number * number for number in range(50)]
    assert results[-1] == (49 * 49, os.getpid()), "this process begins with the last"
    assert results[0] != (0, os.getpid()), "another begins with the first"


def test_a_process_that_dies_costs_what_it_had_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    results = spread(_fatal_elsewhere, list(range(20)))
    lost = [number for number, result in enumerate(results) if result is None]
    assert 0 in lost and len(lost) <= 2
    assert all(result == -number for number, result in enumerate(results) if result is not None)


def test_what_goes_wrong_in_another_process_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    with pytest.raises(OSError, match="no space"):
        spread(_refused_elsewhere, [1, 2, 3])


def test_one_processor_does_everything_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert spread(_squared, [2, 3]) == [(4, os.getpid()), (9, os.getpid())]
