"""From findings to the result: tables of groups, scores, series and baselines, and what packs ask a report to hold."""
