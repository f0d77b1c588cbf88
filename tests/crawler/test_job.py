"""A job file says what is wrong with it: file, line, key, found, expected."""

from pathlib import Path

import pytest

from crawler.job import job_schema, load_job
from profiles.strict_yaml import BadFile

GOOD = """\
name: bwc
seeds: [http://bwc.example.edu.cn]
politeness: {delay: 250 ms, concurrency: 4}
limits: {bytes: 500 MB, time: 6 h, free_disk: 1 GB}
network: {allow: [10.3.0.0/16]}
"""


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "job.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_values_are_read_with_their_units(tmp_path: Path) -> None:
    job = load_job(write(tmp_path, GOOD))
    assert job.seeds == ["http://bwc.example.edu.cn/"]
    assert (job.politeness.delay, job.limits.bytes, job.limits.time) == (0.25, 500_000_000, 21600.0)
    assert job.collection_folder(tmp_path / "job.yaml") == tmp_path.resolve() / "collections" / "bwc"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (GOOD + "sceds: []\n", 6, "sceds: is not a known key; did you mean seeds?"),
        (GOOD + "scope: {host: [a]}\n", 6, "scope.host: is not a known key; did you mean hosts?"),
        (GOOD.replace("delay: 250 ms", "delay: soon"), 3, "politeness.delay: found 'soon'; expected a time such as"),
        (GOOD.replace("concurrency: 4", "concurrency: many"), 3, "politeness.concurrency: found 'many'"),
        (
            GOOD.replace("http://bwc.example.edu.cn", "bwc.example"),
            2,
            "seeds[0]: found 'bwc.example'; expected an http",
        ),
        (GOOD.replace("seeds: [http://bwc.example.edu.cn]\n", ""), 1, "seeds: is missing"),
        (GOOD.replace("[http://bwc.example.edu.cn]", "[]"), 2, "seeds"),
        (GOOD.replace("name: bwc", "name: ../up"), 1, "name: found '../up'; expected a folder name"),
        (GOOD.replace("name: bwc", f"name: {'旧' * 34}"), 1, "at most 100 bytes"),
        (GOOD.replace("delay: 250 ms", "robots: ignore"), 3, "needs robots_reason"),
        (GOOD + "name: twice\n", 6, "name: is given twice (first on line 1)"),
        (GOOD.replace("10.3.0.0/16", "ten"), 5, "network.allow[0]"),
        ("name: [", 1, "is not YAML"),
        ("just words", 1, "expected keys and values"),
        (b"name: \xd6\xd0\xce\xc4\n", 1, "is not UTF-8"),
        ("a: &x [1]\nb: *x\n", 2, "aliases are not read"),
    ],
)
def test_an_error_names_the_place(tmp_path: Path, text: str | bytes, line: int, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(BadFile) as caught:
        load_job(path)
    assert any(problem.line == line for problem in caught.value.problems)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{path}:")


def test_a_missing_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read: No such file"):
        load_job(tmp_path / "none.yaml")


def test_the_schema_knows_every_key() -> None:
    keys = (
        "name seeds operator rights profile scope politeness limits network recrawl traps schedule notify output state"
    )
    assert list(job_schema()["properties"]) == keys.split()
    assert job_schema()["additionalProperties"] is False


def test_a_collections_own_copy_of_its_job_means_that_collection(tmp_path: Path) -> None:
    folder = tmp_path / "collections" / "bwc"
    (folder / "archive").mkdir(parents=True)
    copy = write(folder, GOOD)
    assert load_job(copy).collection_folder(copy) == folder.resolve()
