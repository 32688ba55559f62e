"""Somebody who wants to know what a public rendering withholds: all that it says, as equations, and a solver."""

import itertools
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

CELLS = ("tp", "fp", "fn", "tn", "up", "un")
ALL = "tp fp fn tn up un"
#: The hits and the trials of each rate, written out once more.
RATES = {
    "selection_rate": ("tp fp up", ALL),
    "base_rate": ("tp fn", "tp fp fn tn"),
    "true_positive_rate": ("tp", "tp fn"),
    "false_negative_rate": ("fn", "tp fn"),
    "false_positive_rate": ("fp", "fp tn"),
    "true_negative_rate": ("tn", "fp tn"),
    "precision": ("tp", "tp fp"),
    "false_discovery_rate": ("fp", "tp fp"),
    "negative_predictive_value": ("tn", "fn tn"),
    "false_omission_rate": ("fn", "fn tn"),
    "accuracy": ("tp tn", "tp fp fn tn"),
    "error_rate": ("fp fn", "tp fp fn tn"),
}
#: Functions of all four cells, so they may be published only where those are.
COMPOSITES = ("balanced_accuracy", "f1", "matthews_corrcoef")


class Attacker:
    """What can be known of the six counts of every group from the JSON of a public rendering."""

    def __init__(self, published):
        self.published = published
        self.places: dict[Any, int] = {("", ""): 0}
        self.rows, self.low, self.high = [], [], []
        for row in published["groups"]:
            self.places[row["attribute"], row["group"]] = len(self.places)
        self._sums()
        self._row(("", ""), published["overall"])
        for row in published["groups"]:
            self._row((row["attribute"], row["group"]), row)
        self._shares()
        self._accounts()
        for finding in published["findings"]:
            self._finding(finding)

    def _new(self, name):
        self.places[name] = len(self.places)

    def _add(self, parts, low, high=None):
        """A sum of cells, each part (who, cells, times), that lies from `low` to `high`."""
        self.rows.append([(self.places[who], cells, times) for who, cells, times in parts])
        self.low.append(low)
        self.high.append(low if high is None else high)

    def _sums(self):
        """Groups and those of unknown membership make up everyone, or the group that holds them."""
        keys = {(row["attribute"], row["group"]): row["group_key"] for row in self.published["groups"]}
        attributes = {of: set(key) for (of, _), key in keys.items()}
        wholes: list[Any] = [(("", ""), {}, of) for of in attributes]
        wholes += [(who, key, of) for who, key in keys.items() for of, names in attributes.items() if set(key) < names]
        for whole, key, of in wholes:
            parts = [who for who, inner in keys.items() if who[0] == of and key.items() <= inner.items()]
            self._new(("unknown", of, whole))
            for cell in CELLS:
                rest = [(part, cell, -1) for part in [*parts, ("unknown", of, whole)]]
                self._add([(whole, cell, 1), *rest], 0)

    def _row(self, who, row):
        if row["n"] is not None:
            self._add([(who, ALL, 1)], row["n"])
        elif who != ("", ""):
            self._add([(who, ALL, 1)], 1, np.inf)  # whoever is listed is there
        for name, value in row["metrics"].items():
            if name in RATES and value["hits"] is not None:
                hits, among = RATES[name]
                self._add([(who, hits, 1)], value["hits"])
                self._add([(who, among, 1)], value["n"])
            elif name in COMPOSITES and value["value"] is not None:
                assert row["metrics"]["accuracy"]["hits"] is not None, f"{who}: {name} is published alone"

    def _shares(self):
        for row in self.published["groups"]:
            if row["share"] is not None:
                who = row["attribute"], row["group"]
                every = [other for other in self.places if len(other) == 2 and other[0] == who[0]]
                self._add([(one, ALL, 1) for one in every], round(row["n"] / row["share"]))

    def _accounts(self):
        rows = self.published["rows"]
        if rows["analysed"] is not None:
            self._add([(("", ""), ALL, 1)], rows["analysed"])
        if rows["read"] is not None and rows["unusable"] is not None:
            self._add([(("", ""), ALL, 1)], rows["read"] - rows["unusable"])
        for one in rows["by_attribute"]:
            of = one["attribute"]
            if one["analysed"] is not None:
                groups = [who for who in self.places if len(who) == 2 and who[0] == of]
                self._add([(who, ALL, 1) for who in groups], one["analysed"])
            if one["unknown"] is not None and one["excluded"] is not None:
                self._add([(("unknown", of, ("", "")), ALL, 1)], one["unknown"] + one["excluded"])

    def _finding(self, finding):
        """Both rates with their records; that no rate is beyond a reference that was chosen; and what a pass says."""
        if finding["metric"] not in RATES or finding["value"] is None or finding["given"]:
            return
        hits, among = RATES[finding["metric"]]
        for side in ("group", "reference"):
            who = (finding["attribute"], finding[side])
            if who in self.places and finding[f"{side}_value"] is not None:
                row = next(row for row in self.published["groups"] if (row["attribute"], row["group"]) == who)
                n = row["metrics"][finding["metric"]]["n"]
                assert n is not None, f"{finding['rule']}: {who} is told in a finding and not in its row"
                self._add([(who, among, 1)], n)
                self._add([(who, hits, 1)], round(finding[f"{side}_value"] * n))

    def highest(self, judged):
        """Nobody who is judged has a higher rate than the group that is named as the highest."""
        for finding in self.published["findings"]:
            if finding["metric"] not in RATES or finding["reference_value"] is None:
                continue
            hits, among = RATES[finding["metric"]]
            for who in judged:
                if who[0] == finding["attribute"]:
                    rate = finding["reference_value"]
                    self._add([(who, hits, 1), (who, among, -rate)], -np.inf, 1e-6)

    def passed(self, judged):
        """Where a rule passes, everybody who is judged is within its limits."""
        verdicts = {rule["id"]: rule["verdict"] for rule in self.published["rules"]}
        for finding in self.published["findings"]:
            if verdicts[finding["rule"]] != "pass" or finding["reference_value"] is None:
                continue
            low, rate = finding["accepts"]["low"], finding["reference_value"]
            if finding["metric"] not in RATES or low is None:
                continue
            hits, among = RATES[finding["metric"]]
            least = low * rate if finding["compare"] == "ratio" else rate + low
            for who in judged:
                if who[0] == finding["attribute"] and who[1] != finding["reference"]:
                    self._add([(who, hits, 1), (who, among, -least)], -1e-6, np.inf)

    def _vector(self, parts):
        found = np.zeros(len(self.places) * len(CELLS))
        for place, cells, times in parts:
            for cell in cells.split():
                found[place * len(CELLS) + CELLS.index(cell)] += times
        return found

    def range_of(self, who, cells, *, whole_numbers=True):
        """The least and the most that a count can be; inf if there is no most."""
        wanted = self._vector([(self.places[who], cells, 1)])
        matrix = np.array([self._vector(parts) for parts in self.rows])
        rules = LinearConstraint(matrix, self.low, self.high)
        ends = []
        for sign in (1, -1):
            found = milp(
                sign * wanted,
                constraints=rules,
                bounds=Bounds(0, 10**6),
                integrality=np.full(len(wanted), int(whole_numbers)),
            )
            assert found.x is not None, f"{who} {cells}: nothing fits what is published: {found.message}"
            ends.append(round(float(wanted @ found.x), 6))
        return tuple(ends)


def truth(full):
    """The six counts of every group, from the full result."""
    found = {}
    for row in (full["overall"], *full["groups"]):
        who = ("", "") if row is full["overall"] else (row["attribute"], row["group"])
        hits = {name: value["hits"] for name, value in row["metrics"].items()}
        if hits["true_positive_rate"] is None:
            found[who] = (0, 0, 0, 0, hits["selection_rate"], row["n"] - hits["selection_rate"])
        else:
            four = [hits[name] for name in _FOUR]
            up = hits["selection_rate"] - four[0] - four[1]
            found[who] = (*four, up, row["n"] - sum(four) - up)
    return found


_FOUR = ("true_positive_rate", "false_positive_rate", "false_negative_rate", "true_negative_rate")


def small(cells, least):
    """The sums of a group's cells that are small, of all that a rate counts or is a share of."""
    sums = {*itertools.chain(*RATES.values()), "fn tn un", "fp tn", "up un"}
    counts = {names: sum(cells[CELLS.index(name)] for name in names.split()) for names in sorted(sums)}
    return [names for names, n in counts.items() if 0 < n < least]
