"""Signing off a run, and checking who signed it."""

from __future__ import annotations

from audit.signing.check import verify_signatures
from audit.signing.keys import SigningKey, Trust, load, trusted
from audit.signing.sign import SignedOff, Words, sign

__all__ = ["SignedOff", "SigningKey", "Trust", "Words", "load", "sign", "trusted", "verify_signatures"]
