"""Makes admissions.csv: one row for each applicant to Berkeley's six largest departments in the autumn of 1973.

Run from the root of the repository: `python -m examples.berkeley.build`. The counts are those of R's `UCBAdmissions`
(Bickel, Hammel & O'Connell 1975; Freedman, Pisani & Purves 1978); the order of the rows means nothing.
"""

from __future__ import annotations

import io
from pathlib import Path

from examples.download import write_checked

#: Admitted and rejected men, admitted and rejected women, by department.
ADMISSIONS = {
    "A": ((512, 313), (89, 19)),
    "B": ((353, 207), (17, 8)),
    "C": ((120, 205), (202, 391)),
    "D": ((138, 279), (131, 244)),
    "E": ((53, 138), (94, 299)),
    "F": ((22, 351), (24, 317)),
}
GENDERS = ("Male", "Female")
DECISIONS = ("Admitted", "Rejected")
SHA256 = "2087c27cadddf7432dd301b9b5bc8f77ce01793f987c9267194541a4a5010023"


def table() -> str:
    """The table as text, a row for each applicant."""
    out = io.StringIO(newline="")
    out.write("department,gender,decision\n")
    for department, counts in ADMISSIONS.items():
        for gender, numbers in zip(GENDERS, counts, strict=True):
            for decision, n in zip(DECISIONS, numbers, strict=True):
                out.write(f"{department},{gender},{decision}\n" * n)
    return out.getvalue()


if __name__ == "__main__":
    write_checked(Path(__file__).with_name("admissions.csv"), table(), SHA256)
