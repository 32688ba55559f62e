"""The policy that a report shows in full, and a PDF carries, is the policy that was in force."""

from pathlib import Path

import pytest

from audit import policy
from audit.render.policytext import policy_text

ROOT = Path(__file__).parent.parent
POLICIES = [*sorted(ROOT.glob("examples/*/policy.yaml")), ROOT / "tests/policy/whole.yaml"]


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.parent.name)
def test_the_policy_in_a_report_reads_back_to_the_same_digest(path):
    found = policy.load(path)
    assert policy.loads(policy_text(found.effective())).sha256 == found.sha256
