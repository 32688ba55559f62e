"""Provenance: what was run, on what, at which revision, and nothing that changes by itself."""

import datetime
import subprocess

import pytest

import audit
from audit import provenance
from audit.policy import show
from tests.making import policy_of, selected

DAY = datetime.date(2026, 11, 21)


@pytest.fixture
def repository(tmp_path):
    """A git repository with a committed policy."""
    (tmp_path / "policy.yaml").write_text("a policy")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True)
    return tmp_path


def revision(path):
    return provenance.provenance(as_of=DAY, command=None, policy=path).revision


def test_the_revision_of_a_committed_policy_is_named(repository):
    found = revision(repository / "policy.yaml")
    assert found is not None
    assert len(found) == 12


def test_a_changed_policy_is_said_to_be_changed_and_other_files_do_not_matter(repository):
    (repository / "report.html").write_text("new")
    assert "uncommitted" not in str(revision(repository / "policy.yaml"))
    (repository / "policy.yaml").write_text("another policy")
    assert str(revision(repository / "policy.yaml")).endswith("(the policy has uncommitted changes)")


def test_outside_of_git_and_without_git_there_is_no_revision(tmp_path, monkeypatch):
    assert revision(tmp_path / "policy.yaml") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert revision(tmp_path / "policy.yaml") is None


def test_a_package_that_is_not_there_is_said_not_to_be(monkeypatch):
    monkeypatch.setattr(provenance, "_PACKAGES", ("no-such-package",))
    found = provenance.provenance(as_of=DAY, command=["evenhand", "audit", "a b"], policy=None)
    assert found.versions["no-such-package"] == "not installed"
    assert found.command == "evenhand audit 'a b'"


def test_files_are_named_with_their_digests_and_without_their_folders(tmp_path):
    path = tmp_path / "a.csv"
    selected(A=(60, 100), B=(50, 100)).to_csv(path, index=False)
    data = audit.run(policy_of(), path, as_of=DAY).data
    assert [(file.name, file.bytes) for file in data.files] == [("a.csv", path.stat().st_size)]
    digest = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout.split()[0]
    assert data.files[0].sha256 == digest
    assert (data.source, data.kind, dict(data.columns)) == (
        "a.csv",
        "csv",
        {"g": "VARCHAR", "d": "VARCHAR", "y": "VARCHAR"},
    )


def test_without_a_day_the_audit_speaks_of_today():
    assert audit.run(policy_of(), selected(A=(60, 100), B=(50, 100))).provenance.as_of == str(provenance.today())


def test_a_policy_may_be_given_as_its_content_or_its_text():
    table, wanted = selected(A=(60, 100), B=(50, 100)), policy_of()
    for given in (wanted.effective(), show(wanted)):
        assert audit.run(given, table, as_of=DAY).policy.sha256 == wanted.sha256
