"""Runs: an audit kept whole in a folder, whose every byte can be checked later."""

from __future__ import annotations

from audit.runs.folder import Kept, keep
from audit.runs.manifest import MANIFEST, Manifest, ModelFile
from audit.runs.opened import Opened, opened
from audit.runs.steps import Check
from audit.runs.verify import verify_pdf, verify_run

__all__ = ["MANIFEST", "Check", "Kept", "Manifest", "ModelFile", "Opened", "keep", "opened", "verify_pdf", "verify_run"]
