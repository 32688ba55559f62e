"""What a report may have to state that no data can tell: the known statements, so that one answer serves all packs."""

from __future__ import annotations

from typing import Final

#: Each known statement, and the question that it answers. Packs may ask others, with questions of their own.
STATEMENTS: Final = {
    "version": "Which version of the system is audited?",
    "owner": "Who answers for the system?",
    "purpose": "What is the system for, and which decisions does it influence?",
    "out_of_scope": "What must the system not be used for?",
    "changelog": "What has changed in the system since the last audit?",
    "use_of_output": "How is the output used: does it decide alone, weigh most, or advise?",
    "deployer": "Who uses the system?",
    "provider": "Who made the system?",
    "distribution_date": "On which day did the user begin to use the system?",
    "auditor": "Who made the audit?",
    "independence": "Why is the auditor independent of those who made, sell or use the system?",
    "audit_date": "On which day was the audit made?",
    "previous_audit": "When was the audit before this one, and where is it?",
    "approver": "Who approves this report, and on which day?",
    "data_source": "Where do the data come from, and how were they collected and put together?",
    "data_period": "Which days do the data cover?",
    "data_type": "Are the data historical data of the system's use, or test data?",
    "why_test_data": "If test data were used: why not historical data, and how were the test data made and obtained?",
    "demographic_source": "How is each attribute known: what people said, records, observation, or a proxy?",
    "representativeness": "Whom should the data represent, and how well do they?",
    "data_gaps": "Which data are missing, and what was done about it?",
    "label_validity": "What does the outcome stand for, and how may its recording differ between groups?",
    "special_category_basis": "On which lawful ground are special categories of data used, who sees them, until when?",
    "exclusion_reason": "Why are small categories left out of the comparison, and who decided it?",
    "why_these_metrics": "Why do these metrics fit the purpose of the system?",
    "thresholds_declared": "When were the limits set, and by whom: before the data were seen?",
    "inputs": "Which inputs does the system use, and which of them are protected or stand in for something protected?",
    "findings_response": "What is done about each finding, by whom, and by when?",
    "alternatives": "Which less discriminatory alternatives were looked for, and why were they not taken?",
    "justification": "What justifies the differences that remain?",
    "residual_risk": "Which risks remain, for whom, and which misuse can be foreseen?",
    "affected_groups": "Which people and groups does the system affect, and how could it harm them?",
    "oversight": "Who oversees the decisions, and how can they be changed or stopped?",
    "complaint_route": "How can a person complain, appeal, or ask for a human decision?",
    "monitoring": "What is watched after release: which metrics, how often, by whom, and what triggers action?",
    "go_no_go": "Is the system released: who decided, and when?",
    "publication": "Where is the report or its summary published, and how long does it stay there?",
    "privilege": "Has counsel directed that this report is privileged?",
}  # fmt: skip
#: These are asked for like the others and answered by the policy's `subject`.
BY_SUBJECT: Final = ("version", "owner", "purpose", "out_of_scope")
