#!/usr/bin/env python3
"""Fine-tunes a sentence transformer on labelled pairs, before teacher.py asks it for vectors.

    tune_teacher.py MODEL OUT --pairs FILE… [--take N…] [--graded FILE…] [--dev FILE] [--mine]
                    [--freeze LAYERS] [--rate 5e-5] [--threads 1]

MODEL: a folder as teacher.py reads it. Pairs are label<TAB>text1<TAB>text2 with labels 1 and 0, graded
pairs have degrees instead. Of the n-th file of pairs at most the n-th N are taken, by chance. OUT
gets the tuned model, and mean.npy, the vector that is taken from every pooled one before its
length is made 1. One pass over the pairs.

The loss is the cross entropy of p = sigmoid(w (cos - c)) on labelled pairs, on a random negative
for every pair at a quarter and, with --mine, on a mined one for every second pair at a half: the
closest text, by MODEL itself, of 20,000 random ones below a cosine of 0.7 that no chain of
labelled duplicates joins. To it come the softmax over the batch at a fifth and the squared error of the
cosine on graded pairs. Used to make the shipped models, never by gemel itself.
"""
import argparse
import random
import shutil
import sys
import time

import numpy as np
import torch
from torch.nn import functional

from teacher import padded
from tuning import Tuner, figures, load, pooled, read, read_graded

PAIRS, GRADED, CHUNK = 128, 32, 64  # of a step; texts of one call
POOL, HIGHEST = 20000, 0.7


class Encoder:
    def __init__(self, folder):
        self.tokenizer, self.model = load(folder, 64)
        self.mean = torch.zeros(self.model.config.hidden_size)

    def __call__(self, texts):
        """Unit vectors [texts, D], f32, with gradients; short texts beside short ones."""
        rows = [e.ids for e in self.tokenizer.encode_batch(texts)]
        order = np.argsort([len(row) for row in rows], kind="stable")
        parts = []
        for begin in range(0, len(order), CHUNK):
            ids, mask = padded([rows[i] for i in order[begin : begin + CHUNK]])
            parts.append(pooled(self.model, ids, mask) - self.mean)
        back = torch.from_numpy(np.argsort(order, kind="stable"))
        return functional.normalize(torch.cat(parts)[back], dim=1)


def embed(encoder, texts):
    order = np.argsort([len(text) for text in texts], kind="stable")
    out = torch.empty(len(texts), encoder.model.config.hidden_size)
    with torch.inference_mode():
        for begin in range(0, len(order), 1024):
            some = order[begin : begin + 1024]
            out[torch.from_numpy(some)] = encoder([texts[i] for i in some])
    return out


def components(pairs):
    """A representative for every text: chains of duplicates share one."""
    parent = {}

    def find(text):
        parent.setdefault(text, text)
        while parent[text] != text:
            parent[text] = parent[parent[text]]
            text = parent[text]
        return text

    for label, first, second in pairs:
        one, other = find(first), find(second)
        if label == 1:
            parent[one] = other
    return {text: find(text) for text in list(parent)}


def mine(encoder, pairs):
    """A negative for the first text of every second pair; None for the others."""
    group = components(pairs)
    pool = random.sample(sorted(group), min(POOL, len(group)))
    theirs = embed(encoder, pool)
    asked = list(range(0, len(pairs), 2))
    out = [None] * len(pairs)
    for begin in range(0, len(asked), 4096):
        some = asked[begin : begin + 4096]
        scores = embed(encoder, [pairs[i][1] for i in some]) @ theirs.T
        scores[scores >= HIGHEST] = -2
        best = scores.topk(4, dim=1).indices.tolist()
        for i, candidates in zip(some, best):
            others = [pool[j] for j in candidates if group[pool[j]] != group[pairs[i][1]]]
            out[i] = others[0] if others else None
    return out


def loss_of(encoder, scale, batch, negatives, graded):
    count = len(batch)
    mined = [(i, text) for i, text in enumerate(negatives) if text is not None]
    texts = [pair[1] for pair in batch] + [pair[2] for pair in batch] + [text for _, text in mined]
    texts += [pair[1] for pair in graded] + [pair[2] for pair in graded]
    vectors = encoder(texts)
    first, second, rest = vectors[:count], vectors[count : 2 * count], vectors[2 * count :]
    labels = torch.tensor([pair[0] for pair in batch])
    cosines = [(first * second).sum(1), (first * second.roll(1, 0)).sum(1)]
    targets, weights = [labels, torch.zeros(count)], [torch.ones(count), torch.full((count,), 0.25)]
    if mined:
        cosines.append((first[[i for i, _ in mined]] * rest[: len(mined)]).sum(1))
        targets.append(torch.zeros(len(mined)))
        weights.append(torch.full((len(mined),), 0.5))
    logits = scale[0] * (torch.cat(cosines) - scale[1])
    total = functional.binary_cross_entropy_with_logits(
        logits, torch.cat(targets), torch.cat(weights), reduction="sum"
    ) / count
    keep = labels == 1
    if keep.sum() > 1:
        softmax = first[keep] @ second.T / 0.05
        total = total + 0.2 * functional.cross_entropy(softmax, torch.nonzero(keep)[:, 0])
    if graded:
        rest = rest[len(mined) :]
        score = (rest[: len(graded)] * rest[len(graded) :]).sum(1)
        degree = torch.tensor([pair[0] for pair in graded])
        total = total + 4 * ((score - degree) ** 2).mean()
    return total


def evaluate(encoder, path):
    pairs = read(path)
    first, second = (embed(encoder, [pair[i] for pair in pairs]) for i in (1, 2))
    return figures(pairs, (first * second).sum(1).numpy())


def train(encoder, options, pairs, graded):
    negatives = mine(encoder, pairs) if options.mine else [None] * len(pairs)
    scale = torch.tensor([15.0, 0.6])
    steps = len(pairs) // PAIRS
    tuner = Tuner(encoder.model, options.freeze, options.rate, scale, steps)
    start, mean = time.time(), 0.0
    for step in range(steps):
        part = slice(step * PAIRS, (step + 1) * PAIRS)
        some = random.sample(graded, GRADED) if graded else []
        loss = loss_of(encoder, scale, pairs[part], negatives[part], some)
        tuner.step(loss)
        mean += (loss.item() - mean) / min(step + 1, 50)
        if step % 50 == 49:
            passed = time.time() - start
            print(f"step {step + 1} of {steps}, {passed:.0f} s, loss {mean:.4f}, "
                  f"w {scale[0]:.2f}, c {scale[1]:.3f}", file=sys.stderr, flush=True)  # fmt: skip
        if step % 500 == 499 and options.dev:
            print(evaluate(encoder, options.dev), file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--pairs", action="append", required=True)
    parser.add_argument("--take", action="append", type=int, default=[])
    parser.add_argument("--graded", action="append", default=[])
    parser.add_argument("--dev")
    parser.add_argument("--mine", action="store_true")
    parser.add_argument("--freeze", type=int, default=0, help="layers that stay, from below")
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    random.seed(1)
    pairs = []
    for n, path in enumerate(options.pairs):
        rows = read(path)
        random.shuffle(rows)
        pairs += rows[: options.take[n] if n < len(options.take) else None]
    random.shuffle(pairs)
    graded = [pair for path in options.graded for pair in read_graded(path)]
    encoder = Encoder(options.model)
    encoder.mean = embed(encoder, [pair[1] for pair in pairs[:4000]]).mean(0)
    if options.dev:
        print(evaluate(encoder, options.dev), file=sys.stderr, flush=True)
    train(encoder, options, pairs, graded)
    if options.dev:
        print(evaluate(encoder, options.dev), file=sys.stderr, flush=True)
    encoder.model.float().save_pretrained(options.out)
    shutil.copy(options.model + "/tokenizer.json", options.out + "/tokenizer.json")
    np.save(options.out + "/mean.npy", encoder.mean.numpy())


if __name__ == "__main__":
    main()
