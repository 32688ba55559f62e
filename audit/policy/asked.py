"""What the packs in force ask a policy to state, and which of it is not stated yet."""

from __future__ import annotations

from dataclasses import dataclass

from audit.policy.models import Policy
from audit.policy.statements import STATEMENTS


@dataclass(frozen=True, kw_only=True)
class Question:
    """A statement that a pack asks for and the policy does not make; `mandatory`: without it no audit passes."""

    id: str
    ask: str
    mandatory: bool


def question(name: str, policy: Policy) -> str:
    """Each pack's question, one behind the other and each once; a pack without words of its own asks the usual one."""
    own = [pack.statements[name].ask for pack in policy.in_force.values() if name in pack.statements]
    asked = dict.fromkeys(ask or STATEMENTS[name] for ask in own)
    return " ".join(asked) or STATEMENTS[name]


def unanswered(policy: Policy) -> tuple[Question, ...]:
    """What is asked for and not stated, in the order in which the packs ask; what is mandatory first."""
    asked = [(name, made.mandatory) for pack in policy.in_force.values() for name, made in pack.statements.items()]
    mandatory = {name for name, must in asked if must}
    open_ones = [name for name in dict.fromkeys(name for name, _ in asked) if name not in policy.answers()]
    return tuple(
        Question(id=name, ask=question(name, policy), mandatory=name in mandatory)
        for name in sorted(open_ones, key=lambda name: name not in mandatory)
    )
