"""Where state.db may stand, and that a collection belongs to one portal."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from archive.collection import Collection
from crawler import placement
from crawler.job import Job, load_job
from crawler.opening import OpenCrawl, open_crawl
from crawler.placement import SHARED, file_system
from crawler.state import StateError

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv rw - autofs systemd-1 rw
31 22 0:41 / /srv rw,relatime shared:5 master:2 - nfs4 box:/srv rw,vers=4.2
32 31 8:2 / /srv/fast rw - xfs /dev/sdb1 rw
33 22 0:44 / /mnt/our\\040disk rw - cifs //box/share rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/lib/x", ("/", "ext4")),
        ("/", ("/", "ext4")),
        ("/srv", ("/srv", "nfs4")),
        ("/srv/a/b", ("/srv", "nfs4")),
        ("/srv/fast/b", ("/srv/fast", "xfs")),
        ("/srv/faster", ("/srv", "nfs4")),
        ("/srvx", ("/", "ext4")),
        ("/mnt/our disk/a", ("/mnt/our disk", "cifs")),
    ],
)
def test_the_longest_and_latest_mount_counts(path: str, expected: tuple[str, str]) -> None:
    assert file_system(path, MOUNTS) == expected


def test_nothing_is_known_where_nothing_is_said() -> None:
    assert file_system("/a", "") is None


def write(folder: Path, name: str = "job.yaml", **keys: object) -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump({"name": "bwc", "seeds": ["http://a.example/"], **keys}), encoding="utf-8")
    return path


def opened(path: Path) -> OpenCrawl:
    return open_crawl(load_job(path), path)


def close(crawl: OpenCrawl) -> None:
    crawl.log.close()
    crawl.state.close()
    crawl.guard.release()


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the system says is on NFS; everything else is local."""
    share = tmp_path / "share"
    share.mkdir()
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:41 / {share} rw - nfs4 box:/ rw\n", encoding="utf-8")
    monkeypatch.setattr(placement, "MOUNTS", mounts)
    return share


def test_a_state_on_nfs_is_refused_with_the_way_out(network: Path) -> None:
    with pytest.raises(StateError, match=rf"{network}/collections/bwc: is on nfs4 .*job's key state") as caught:
        opened(write(network))
    assert "local disk" in str(caught.value)
    assert not list(network.rglob("state.db"))


def test_the_key_state_puts_it_on_a_local_disk(network: Path, tmp_path: Path) -> None:
    job = write(network, state=str(tmp_path / "local"))
    close(opened(job))
    collection = Collection(network / "collections" / "bwc")
    assert collection.state == tmp_path / "local" / "bwc" / "state.db" and collection.state.exists()
    assert not (collection.root / "state.db").exists()
    assert (collection.root / "crawl.lock").exists() and (collection.root / "reading.mark").exists()
    close(opened(job))
    close(opened(write(network)))
    assert not (collection.root / "state.db").exists(), "state.path stands without the key"


def test_a_local_disk_that_was_lost_begins_anew(tmp_path: Path) -> None:
    job = write(tmp_path, state="local")
    close(opened(job))
    shutil.rmtree(tmp_path / "local")
    close(opened(job))
    assert (tmp_path / "local" / "bwc" / "state.db").exists()


def test_a_relative_state_starts_at_the_job_file(tmp_path: Path) -> None:
    close(opened(write(tmp_path, state="elsewhere")))
    state = tmp_path / "elsewhere" / "bwc" / "state.db"
    assert state.exists()
    own_copy = opened(tmp_path / "collections" / "bwc" / "job.yaml")
    assert own_copy.state.path == state
    close(own_copy)


def test_the_key_state_on_nfs_is_refused_too(network: Path, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="is on nfs4"):
        opened(write(tmp_path, state=str(network / "state")))


def test_a_state_that_is_elsewhere_is_not_left_behind(tmp_path: Path) -> None:
    close(opened(write(tmp_path)))
    with pytest.raises(StateError, match="Move it there"):
        opened(write(tmp_path, state="elsewhere"))
    assert Collection(tmp_path / "collections" / "bwc").state == tmp_path / "collections" / "bwc" / "state.db"


def test_two_collections_of_one_name_do_not_share_a_state(tmp_path: Path) -> None:
    close(opened(write(tmp_path, state="state", output="one")))
    with pytest.raises(StateError, match=r"holds the state of .*one/bwc"):
        opened(write(tmp_path, state="state", output="two"))
    close(opened(write(tmp_path, state="state", output="one")))


def test_a_second_portal_in_the_same_collection_is_refused(tmp_path: Path) -> None:
    close(opened(write(tmp_path)))
    other = write(tmp_path, "other.yaml", seeds=["http://b.example/"])
    with pytest.raises(StateError, match=r"collection of http://a\.example/, none .* another name or output"):
        opened(other)
    close(opened(write(tmp_path, "edited.yaml", seeds=["http://b.example/", "http://a.example/"])))
    close(opened(other))


def test_the_types_are_lower_case_words_of_the_kernel() -> None:
    assert {"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs"} <= SHARED and {"ext4", "xfs", "btrfs", "overlay"}.isdisjoint(
        SHARED
    )
    assert Job.model_fields["state"].default is None
