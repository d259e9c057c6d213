#!/usr/bin/env python3
"""A cross-encoder reads both texts of a pair at once and judges it better than vectors can.

    cross_encoder.py train MODEL OUT --pairs FILE… [--graded FILE…] [--dev FILE]
                     [--dev-graded FILE] [--freeze LAYERS] [--rate 5e-5] [--threads 1] [--seed 1]
    cross_encoder.py score OUT PAIRS SCORED [--mix 0] [--graded] [--threads 1]

train: MODEL is a folder as teacher.py reads it, such as tune_teacher.py makes, or an OUT of before.
Pairs are label<TAB>text1<TAB>text2 with labels 1 and 0; graded pairs have degrees. One pass over
all of them together, in an order of chance. A pair goes in as one sequence; over the mean of its
last states lie two logistic units, one for duplicates and one for degrees, each with the cross
entropy of its own labels. OUT gets the model and units.npy, [2, D + 1].

score: replaces the labels of PAIRS by probabilities, or by degrees with --graded, for
`gemel train --soft-pairs` and `--graded-pairs`. With --mix M the labels are probabilities of
another model, and the logit is M times theirs and 1 - M times its own. Computes in bf16; needs
torch and transformers. Used to make the shipped models, never by gemel itself.
"""
import argparse
import os
import random
import re
import shutil
import sys
import time

import numpy as np
import torch
from torch.nn import functional

from teacher import padded
from tuning import Tuner, figures, load, pooled, read, read_graded

BATCH, WINDOW, MOST_TOKENS = 64, 50, 96  # pairs of a step; steps sorted by length together


def natural(text):
    """Undoes what the Penn Treebank's tokenizer did and BERT's would see."""
    text = re.sub(r"``|''", '"', text).replace("-LRB-", "(").replace("-RRB-", ")")
    return re.sub(r" (n't|'(?:s|m|d|ve|re|ll))\b", r"\1", text)


class CrossEncoder:
    def __init__(self, folder):
        self.tokenizer, self.model = load(folder, MOST_TOKENS)
        self.units = torch.zeros(2, self.model.config.hidden_size + 1)
        if os.path.exists(folder + "/units.npy"):
            self.units = torch.from_numpy(np.load(folder + "/units.npy"))

    def sequences(self, pairs):
        """Token ids and segments of each pair."""
        found = []
        for begin in range(0, len(pairs), 20000):
            part = [(natural(pair[1]), natural(pair[2])) for pair in pairs[begin : begin + 20000]]
            found += [(e.ids, e.type_ids) for e in self.tokenizer.encode_batch(part)]
        return found

    def __call__(self, sequences):
        """Logits [pairs, 2] of being duplicates and of the degree."""
        ids, mask = padded([row for row, _ in sequences])
        more = {}
        kinds = getattr(self.model.config, "type_vocab_size", 0)  # some know one kind, some none
        if kinds:
            segments, _ = padded([row for _, row in sequences])
            more["token_type_ids"] = segments.clamp(max=kinds - 1)
        mean = pooled(self.model, ids, mask, **more)
        return mean @ self.units[:, :-1].T + self.units[:, -1]


def score(encoder, pairs, unit):
    sequences = encoder.sequences(pairs)
    order = np.argsort([len(ids) for ids, _ in sequences], kind="stable")
    out = np.empty(len(pairs), np.float32)
    start = time.time()
    with torch.inference_mode():
        for begin in range(0, len(order), BATCH):
            some = order[begin : begin + BATCH]
            out[some] = torch.sigmoid(encoder([sequences[i] for i in some])[:, unit]).numpy()
            if begin // BATCH % 1000 == 999:
                rate = begin / (time.time() - start)
                said = f"{begin} of {len(pairs)} pairs, {rate:.0f} a second"
                print(said, file=sys.stderr, flush=True)
    return out


def evaluate(encoder, options):
    said = []
    if options.dev:
        pairs = read(options.dev)
        said.append(figures(pairs, score(encoder, pairs, 0)))
    if options.dev_graded:
        pairs = read(options.dev_graded)
        degrees = [pair[0] for pair in pairs]
        said.append(f"Pearson {np.corrcoef(score(encoder, pairs, 1), degrees)[0, 1]:.4f}")
    print(", ".join(said), file=sys.stderr, flush=True)


def batches(lengths):
    """Every pair once, those of similar length beside each other."""
    order = np.random.permutation(len(lengths))
    steps = []
    for begin in range(0, len(order), BATCH * WINDOW):
        window = order[begin : begin + BATCH * WINDOW]
        window = window[np.argsort(lengths[window], kind="stable")]
        parts = [window[i : i + BATCH] for i in range(0, len(window), BATCH)]
        random.shuffle(parts)
        steps += parts
    return steps


def train(encoder, pairs, units, options):
    """units: of each pair, which unit its label belongs to."""
    sequences = encoder.sequences(pairs)
    steps = batches(np.array([len(ids) for ids, _ in sequences]))
    labels = torch.tensor([pair[0] for pair in pairs])
    tuner = Tuner(encoder.model, options.freeze, options.rate, encoder.units, len(steps))
    start, mean = time.time(), 0.0
    for step, some in enumerate(steps):
        logits = encoder([sequences[i] for i in some])
        logits = logits[torch.arange(len(some)), units[some]]
        loss = functional.binary_cross_entropy_with_logits(logits, labels[some])
        tuner.step(loss)
        mean += (loss.item() - mean) / min(step + 1, 100)
        if step % 100 == 99:
            said = f"step {step + 1} of {len(steps)}, {time.time() - start:.0f} s, loss {mean:.4f}"
            print(said, file=sys.stderr, flush=True)
        if step % 1500 == 1499:
            evaluate(encoder, options)


def train_main(options):
    pairs = [pair for path in options.pairs for pair in read(path)]
    # Either text may come first, and the answer is to be the same.
    pairs = [pair if random.random() < 0.5 else (pair[0], pair[2], pair[1]) for pair in pairs]
    graded = [pair for path in options.graded for pair in read_graded(path)]
    units = torch.tensor([0] * len(pairs) + [1] * len(graded))
    encoder = CrossEncoder(options.model)
    train(encoder, pairs + graded, units, options)
    evaluate(encoder, options)
    encoder.model.float().save_pretrained(options.out)
    shutil.copy(options.model + "/tokenizer.json", options.out + "/tokenizer.json")
    np.save(options.out + "/units.npy", encoder.units.detach().numpy())


def logit(p):
    p = np.clip(p, 1e-4, 1 - 1e-4)
    return np.log(p / (1 - p))


def score_main(options):
    encoder = CrossEncoder(options.out)
    encoder.model.eval()
    pairs = read(options.pairs)
    found = score(encoder, pairs, int(options.graded))
    if options.mix:
        theirs = logit(np.array([pair[0] for pair in pairs]))
        found = 1 / (1 + np.exp(-options.mix * theirs - (1 - options.mix) * logit(found)))
    with open(options.scored, "w", encoding="utf-8") as file:
        file.writelines(f"{p:.4f}\t{a}\t{b}\n" for p, (_, a, b) in zip(found, pairs))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    verbs = parser.add_subparsers(required=True)
    one = verbs.add_parser("train")
    one.add_argument("model")
    one.add_argument("out")
    one.add_argument("--pairs", action="append", required=True)
    one.add_argument("--graded", action="append", default=[])
    one.add_argument("--dev")
    one.add_argument("--dev-graded")
    one.add_argument("--freeze", type=int, default=0, help="layers that stay, from below")
    one.add_argument("--rate", type=float, default=5e-5)
    one.set_defaults(run=train_main)
    other = verbs.add_parser("score")
    other.add_argument("out")
    other.add_argument("pairs")
    other.add_argument("scored")
    other.add_argument("--mix", type=float, default=0.0)
    other.add_argument("--graded", action="store_true")
    other.set_defaults(run=score_main)
    for verb in (one, other):
        verb.add_argument("--threads", type=int, default=1)
        verb.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    np.random.seed(options.seed)
    random.seed(options.seed)
    options.run(options)


if __name__ == "__main__":
    main()
