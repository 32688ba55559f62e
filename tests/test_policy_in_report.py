"""The policy that a report shows in full, and a PDF carries, is the policy that was in force."""

from hashlib import sha256
from pathlib import Path

import pytest

import audit
from audit import policy
from audit.counts.countfile import save
from audit.render.policytext import policy_text

ROOT = Path(__file__).parent.parent
POLICIES = [*sorted(ROOT.glob("examples/*/policy.yaml")), ROOT / "tests/policy/whole.yaml"]


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.parent.name)
def test_the_policy_in_a_report_reads_back_to_the_same_digest(path):
    found = policy.load(path)
    assert policy.loads(policy_text(found.effective())).sha256 == found.sha256


def test_a_result_is_made_again_from_its_counts_and_the_policy_that_its_report_shows(tmp_path):
    folder = ROOT / "examples/berkeley"
    counts, _ = audit.count_table(folder / "policy.yaml", folder / "admissions.csv")
    save(counts, tmp_path / "counts")
    first = audit.judge_counts(folder / "policy.yaml", tmp_path / "counts")
    assert sha256((tmp_path / "counts").read_bytes()).hexdigest() == first.data.counts_sha256
    again = audit.judge_counts(policy_text(first.policy.effective), tmp_path / "counts")
    for part in ("outcome", "headline", "findings", "groups", "rows", "method"):
        assert getattr(again, part) == getattr(first, part)
    assert again.policy.sha256 == first.policy.sha256
