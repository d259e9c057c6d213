#!/usr/bin/env python3
"""Pairs for a cross-encoder: to learn from, and to judge.

    neighbour_pairs.py NEIGHBOURS LEARN JUDGE --pairs FILE… [--judge N] [--below 1]
                       [--unsure 0] [--by COLUMN] [--once] [--positives N] [--mined N]
                       [--highest 0.75] [--random N]

NEIGHBOURS: what `gemel duplicates --top K --pairs --output-format tsv` says of the texts of the
pairs, with --no-head or --head-threshold 0. LEARN gets the labelled pairs (at most N of label 1, by
chance), and with label 0 N pairs of neighbours that score at most `highest` and N pairs of chance,
both of texts that no chain of labelled duplicates joins. JUDGE gets N pairs of neighbours that have
no label, score below `below` and have a probability from `unsure` to 1 - `unsure`, in no order;
their label is that probability, as NEIGHBOURS gives it in `by` (probability; head for that of the
pair head).
Used to make the shipped models, never by gemel itself.
"""
import argparse
import random

from tune_teacher import components
from tuning import read


def neighbours(path, by):
    """[(score, probability, text1, text2)]"""
    with open(path, encoding="utf-8", newline="\n") as file:
        names = next(file).rstrip("\n").split("\t")
        at = [names.index(name) for name in ("score", by, "text1", "text2")]
        rows = ([line.rstrip("\n").split("\t")[i] for i in at] for line in file)
        return [(float(score), p, *(text.replace("\\\\", "\\") for text in texts))
                for score, p, *texts in rows]  # fmt: skip


def once(rows):
    return list({frozenset(row[2:]): row for row in reversed(rows)}.values())[::-1]


def some(rows, count):
    return rows if count is None else random.sample(rows, min(count, len(rows)))


def by_chance(texts, group, count):
    found = []
    while len(found) < count:
        a, b = random.choice(texts), random.choice(texts)
        if group[a] != group[b]:
            found.append((0, a, b))
    return found


def write(path, pairs):
    random.shuffle(pairs)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{label}\t{a}\t{b}\n" for label, a, b in pairs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("neighbours")
    parser.add_argument("learn")
    parser.add_argument("to_judge")
    parser.add_argument("--pairs", action="append", required=True)
    parser.add_argument("--judge", type=int)
    parser.add_argument("--below", type=float, default=1)
    parser.add_argument("--unsure", type=float, default=0)
    parser.add_argument("--by", default="probability")
    parser.add_argument("--once", action="store_true", help="no pair both ways round")
    parser.add_argument("--positives", type=int)
    parser.add_argument("--mined", type=int, default=0)
    parser.add_argument("--highest", type=float, default=0.75)
    parser.add_argument("--random", type=int, default=0)
    options = parser.parse_args()
    random.seed(1)
    labelled = [pair for path in options.pairs for pair in read(path)]
    group = components(labelled)
    known = {frozenset(pair[1:]) for pair in labelled}
    near = neighbours(options.neighbours, options.by)
    near = [row for row in (once(near) if options.once else near) if frozenset(row[2:]) not in known]
    apart = [row for row in near if row[0] <= options.highest and group.get(row[2]) != group.get(row[3])]
    learn = some([(1, a, b) for label, a, b in labelled if label == 1], options.positives)
    learn += [(0, a, b) for label, a, b in labelled if label == 0]
    learn += [(0, a, b) for _, _, a, b in some(apart, options.mined)]
    learn += by_chance(sorted(group), group, options.random)
    write(options.learn, learn)
    least, most = options.unsure, 1 - options.unsure
    open_ones = [
        (p, a, b)
        for score, p, a, b in near
        if score < options.below and least <= float(p) <= most
    ]
    write(options.to_judge, some(open_ones, options.judge))


if __name__ == "__main__":
    main()
