#!/usr/bin/env python3
"""Runs exported encoders in ONNX Runtime and compares their vectors with gemel's.

usage: check_export.py GEMEL TEXTS MODEL…

GEMEL is the program, TEXTS a file with a text a line (blank ones too), each MODEL a bundle. Needs
the Python packages numpy, onnx and onnxruntime. For each model a line tells the largest difference
of a component, in batches of texts as they come (padding holds ids that do not exist) and alone.
Ends with code 1 where one is above 1e-4.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

BOUND = 1e-4
BATCH = 64
ALONE = 100  # texts that are run without others too


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stderr=subprocess.DEVNULL)


def towers_of(gemel, model):
    text = subprocess.run([gemel, "info", "--json", model], check=True, capture_output=True).stdout
    return [tower["name"] for tower in json.loads(text)["towers"]]


def embed(session, ids):
    """[texts, D] of lists of ids."""
    lengths = np.array([len(row) for row in ids], np.int64)
    tokens = np.full((len(ids), max(lengths)), -12345, np.int64)
    for row, text in zip(tokens, ids):
        row[: len(text)] = text
    return session.run(["embedding"], {"tokens": tokens, "lengths": lengths})[0]


def largest(a, b):
    difference = float(np.abs(a - b).max())
    return difference if difference == difference else float("inf")


def check(gemel, model, tower, texts, work):
    run(gemel, "export", "--model", model, "--tower", tower, "--onnx", work / "m.onnx",
        "--tokenizer", work / "m.model")
    run(gemel, "embed", "--model", model, "--tower", tower, "--precision", "f32",
        "--format", "text", "--output", work / "v.npy", texts)
    run(gemel, "tokenize", "--model", model, "--format", "text", "--output", work / "ids", texts)
    run(gemel, "tokenize", "--tokenizer", work / "m.model", "--format", "text", "--output",
        work / "all", texts)
    exported = onnx.load(work / "m.onnx")
    onnx.checker.check_model(exported, full_check=True)
    facts = {entry.key: entry.value for entry in exported.metadata_props}
    ids = [[int(i) for i in line.split()] for line in open(work / "ids")]
    most = int(facts["max_tokens"])
    assert ids == [[int(i) for i in line.split()][:most] for line in open(work / "all")]

    expected = np.load(work / "v.npy")
    assert expected.shape == (len(ids), int(facts["dimension"]))
    session = onnxruntime.InferenceSession(work / "m.onnx", providers=["CPUExecutionProvider"])
    found = [embed(session, ids[i : i + BATCH]) for i in range(0, len(ids), BATCH)]
    together = largest(np.concatenate(found), expected)
    alone = max(largest(embed(session, [row]), expected[i : i + 1])
                for i, row in enumerate(ids[:ALONE]))
    empty = session.run(["embedding"], {"tokens": np.zeros((1, 3), np.int64),
                                        "lengths": np.zeros(1, np.int64)})[0]
    named = embed(session, [[int(facts["empty_id"])]])
    print(f"{model} {tower}: {len(ids)} texts, {min(map(len, ids))} to {max(map(len, ids))} tokens, "
          f"D {facts['dimension']}, largest component {np.abs(expected).max():.3f}; largest difference "
          f"in batches {together:.1e}, alone {alone:.1e}, no tokens {largest(empty, named):.1e}")
    return max(together, alone, largest(empty, named)) <= BOUND


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    gemel, texts, models = sys.argv[1], sys.argv[2], sys.argv[3:]
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            for tower in towers_of(gemel, model):
                good &= check(gemel, model, tower, texts, pathlib.Path(folder))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
