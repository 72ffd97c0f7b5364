from __future__ import annotations

import pytest

from mltest.interop.container import NOT_VISIBLE, image_of

DIGEST = "sha256:" + "ab" * 32


def machine(root, **files):
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_no_container(tmp_path):
    root = machine(tmp_path, proc__self__cgroup="0::/user.slice/session-1.scope\n")
    assert image_of({}, root) is None
    assert image_of({}, tmp_path / "nowhere") is None


@pytest.mark.parametrize("name", ["MLTEST_IMAGE_DIGEST", "CI_JOB_IMAGE"])
def test_a_digest_that_was_handed_in(name, tmp_path):
    assert image_of({name: f"registry.example/acme/pd@{DIGEST}"}, tmp_path) == DIGEST


def test_an_image_by_its_tag_is_no_digest(tmp_path):
    assert image_of({"CI_JOB_IMAGE": "python:3.12"}, tmp_path) is None


def test_podman_tells_the_image(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".containerenv").write_text(
        f'engine="podman-4"\nname="x"\nimage="a:b"\nimageid="{DIGEST[7:]}"\n'
    )
    assert image_of({}, tmp_path) == DIGEST


def test_podman_without_privileges_tells_nothing(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".containerenv").write_text("")
    assert image_of({}, tmp_path) == NOT_VISIBLE


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".dockerenv", ""),
        ("proc/self/cgroup", "12:pids:/docker/0123456789abcdef\n"),
        ("proc/self/cgroup", "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-1.scope\n"),
        ("proc/self/mountinfo", "1 2 0:3 / / rw,relatime - overlay overlay rw,lowerdir=/a\n"),
    ],
)
def test_inside_without_a_digest(name, text, tmp_path):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    assert image_of({}, tmp_path) == NOT_VISIBLE


def test_an_overlay_elsewhere_is_no_container(tmp_path):
    mounts = tmp_path / "proc" / "self" / "mountinfo"
    mounts.parent.mkdir(parents=True)
    mounts.write_text("1 2 0:3 / /var/lib/x rw - overlay overlay rw\n2 1 8:1 / / rw - ext4 /dev/sda1 rw\n")
    assert image_of({}, tmp_path) is None
