"""Evenhand: fairness audits of decisions, with honest verdicts and a report that somebody can sign.

import audit

result = audit.run("policy.yaml", frame)
result.outcome                              # pass, fail, inconclusive or waived
audit.write(result, "report")               # report.html, report.pdf, result.json
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from audit.counts.countfile import load as load_counts
    from audit.engine import count_table as count_table
    from audit.engine import judge_counts as judge_counts
    from audit.engine import run as run
    from audit.errors import AuditError as AuditError
    from audit.errors import DataError as DataError
    from audit.errors import PolicyError as PolicyError
    from audit.errors import RenderError as RenderError
    from audit.errors import ThemeError as ThemeError
    from audit.policy import Policy as Policy
    from audit.policy import load as load_policy
    from audit.reports import write as write
    from audit.result import AuditResult as AuditResult
    from audit.result import load as load_result
    from audit.tidy import findings_table as findings_table
    from audit.tidy import rates_table as rates_table

#: Each public name is imported when it is first used: checking a policy must not load pandas.
_NAMES = {
    "run": "audit.engine:run",
    "write": "audit.reports:write",
    "count_table": "audit.engine:count_table",
    "judge_counts": "audit.engine:judge_counts",
    "load_counts": "audit.counts.countfile:load",
    "load_policy": "audit.policy:load",
    "load_result": "audit.result:load",
    "findings_table": "audit.tidy:findings_table",
    "rates_table": "audit.tidy:rates_table",
    "Policy": "audit.policy:Policy",
    "AuditResult": "audit.result:AuditResult",
    "AuditError": "audit.errors:AuditError",
    "PolicyError": "audit.errors:PolicyError",
    "DataError": "audit.errors:DataError",
    "RenderError": "audit.errors:RenderError",
    "ThemeError": "audit.errors:ThemeError",
}

__all__ = [
    "AuditError",
    "AuditResult",
    "DataError",
    "Policy",
    "PolicyError",
    "RenderError",
    "ThemeError",
    "count_table",
    "findings_table",
    "judge_counts",
    "load_counts",
    "load_policy",
    "load_result",
    "rates_table",
    "run",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'audit' has no attribute {name!r}")
    from importlib import import_module

    module, _, attribute = _NAMES[name].partition(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """What a notebook completes: the public names, and none of the modules behind them."""
    return [*__all__, "__version__"]


def _shown(result: Any) -> str:
    from importlib import import_module

    return str(import_module("audit.notebook").shown(result))


if "IPython" in sys.modules:  # a notebook runs here, and is told how a result looks in it
    from IPython.core.getipython import get_ipython

    if (shell := get_ipython()) is not None:
        shell.display_formatter.formatters["text/html"].for_type_by_name(
            "audit.result.audit_result", "AuditResult", _shown
        )
