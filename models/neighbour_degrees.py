#!/usr/bin/env python3
"""Degrees of similarity for neighbours that nobody graded.

    neighbour_degrees.py TUNED CROSS OUT --graded FILE [--neighbours FILE…] [--pairs FILE…]
                         [--repeat N] [--random N] [--dev FILE] [--cosine 0.6] [--probability] [--once]

TUNED: the sentence transformer of tune_teacher.py, or NAME.npy, what `gemel embed` made of NAME.txt
with a text a line, these and more; CROSS: a cross-encoder of cross_encoder.py, both
made with the graded pairs FILE among others. NEIGHBOURS: what `gemel duplicates --top K --pairs
--no-head --output-format tsv` says of texts of that kind; PAIRS: others, label<TAB>text1<TAB>text2,
whose labels do not count. A pair's degree is a line through the mean of both judgements, each
brought to the same spread, `cosine` being the first one's weight; the line is fitted on the graded
pairs. The cross-encoder's judgement is its logit, or with --probability what it takes the degree
for, over both orders of the texts; with --once neighbours and other pairs are read in their own
order only (--dev and the line go by both). OUT gets the graded pairs N times, the neighbours and
other pairs, and N pairs of chance of their texts, from 0 to 1, for `gemel train --graded-pairs`.
With --dev it says how well each judgement and their mean correlate with the degrees of FILE.
Used to make the shipped models, never by gemel itself.
"""
import argparse
import random
import sys

import numpy as np
import torch

from cross_encoder import CrossEncoder, logit, score
from neighbour_pairs import neighbours, write
from teacher import mean_of
from tune_teacher import Encoder, embed
from tuning import read, read_graded


def vectors(folder, texts):
    """Of length 1, by text."""
    if folder.endswith(".npy"):
        with open(folder[:-4] + ".txt", encoding="utf-8", newline="\n") as file:
            rows = {line.rstrip("\n"): row for row, line in enumerate(file)}
        found = np.load(folder)[[rows[text] for text in texts]]
        return dict(zip(texts, found / np.linalg.norm(found, axis=1, keepdims=True)))
    encoder = Encoder(folder)
    encoder.model.eval()
    encoder.mean = mean_of(folder)
    return dict(zip(texts, embed(encoder, texts).numpy()))


def judge(pairs, options, cross, orders=(1, -1)):
    """[pairs, 2]: the cosine, and the cross-encoder's judgement over those orders."""
    at = vectors(options.tuned, sorted({text for pair in pairs for text in pair[1:]}))
    cosine = [at[a] @ at[b] for _, a, b in pairs]
    found = [score(cross, [(0, *(p[1:][::order])) for p in pairs], 1) for order in orders]
    if not options.probability:
        found = [logit(p) for p in found]
    return np.stack([cosine, sum(found) / len(found)], 1)


def degrees(pairs, judged, weights):
    """What tells the degrees of judgements: a line fitted on these, weights being for a spread of 1."""
    spread = judged.std(0)
    line = np.polyfit(judged @ (weights / spread), [pair[0] for pair in pairs], 1)
    return lambda some: np.polyval(line, some @ (weights / spread)).clip(0, 1)


def by_chance(texts, count):
    pairs = (random.sample(texts, 2) for _ in range(count))
    return [(0, a, b) for a, b in pairs]


def correlations(path, options, cross, degree):
    pairs = read(path)
    judged = judge(pairs, options, cross)
    truth = [pair[0] for pair in pairs]
    columns = [("cosine", judged[:, 0]), ("cross-encoder", judged[:, 1]), ("degree", degree(judged))]
    said = (f"{name} {np.corrcoef(values, truth)[0, 1]:.4f}" for name, values in columns)
    print("Pearson of the " + ", ".join(said), file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tuned")
    parser.add_argument("cross")
    parser.add_argument("out")
    parser.add_argument("--graded", required=True)
    parser.add_argument("--neighbours", action="append", default=[])
    parser.add_argument("--pairs", action="append", default=[])
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--dev")
    parser.add_argument("--cosine", type=float, default=0.6)
    parser.add_argument("--probability", action="store_true")
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if not options.neighbours and not options.pairs:
        parser.error("give --neighbours or --pairs")
    torch.set_num_threads(options.threads)
    random.seed(1)
    cross = CrossEncoder(options.cross)
    cross.model.eval()
    graded = read_graded(options.graded)
    weights = np.array([options.cosine, 1 - options.cosine])
    degree = degrees(graded, judge(graded, options, cross), weights)
    if options.dev:
        correlations(options.dev, options, cross, degree)
    known = {frozenset(pair[1:]) for pair in graded}
    near = [row for path in options.neighbours for row in neighbours(path, "probability")]
    near = [(0, a, b) for _, _, a, b in near]
    near += [pair for path in options.pairs for pair in read(path)]
    near += by_chance(sorted({text for pair in near for text in pair[1:]}), options.random)
    near = [pair for pair in near if frozenset(pair[1:]) not in known]
    found = degree(judge(near, options, cross, (1,) if options.once else (1, -1)))
    rows = graded * options.repeat + [(d, a, b) for d, (_, a, b) in zip(found, near)]
    write(options.out, [(round(float(d), 4), a, b) for d, a, b in rows])


if __name__ == "__main__":
    main()
