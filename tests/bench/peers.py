#!/usr/bin/env python3
"""What people would use instead of gemel, on the same texts; run.sh makes a table of what it prints.

usage: peers.py [--threads T] [--precision P] [--folder F] [--kinds K,…] GEMEL MODEL TEXTS

GEMEL is the program, MODEL a bundle, TEXTS a file with a text a line. T threads for all (1). P is
the precision whose rows in the table stand for gemel (int8). F keeps from call to call what takes
time to make. A peer whose package is absent is skipped with a word. The number of threads must also
stand in OMP_NUM_THREADS and RAYON_NUM_THREADS. K is torch, onnx, static (all of them).
"""

import argparse
import importlib
import pathlib
import sys
import tempfile

try:
    import peers_common as common
except ImportError as missing:
    print("skip", "Peers", "peers", f"skipped: no Python package {missing.name}", sep="\t")
    sys.exit(0)

# Module and class of each peer, in the table's order.
PEERS = [
    ("peers_torch", "TorchF32"),
    ("peers_torch", "TorchBf16"),
    ("peers_torch", "TorchInt8"),
    ("peers_onnx", "OnnxF32"),
    ("peers_onnx", "OnnxInt8"),
    ("peers_onnx", "MiniLm"),
    ("peers_static", "NumpyAverage"),
    ("peers_static", "Model2Vec"),
    ("peers_static", "FastText"),
]


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", default="int8")
    parser.add_argument("--folder")
    parser.add_argument("--kinds", default="torch,onnx,static")
    parser.add_argument("gemel")
    parser.add_argument("model")
    parser.add_argument("texts")
    return parser.parse_args()


def measure(module, name, task):
    """Each peer is made, measured and freed before the next one, so that memory stays bounded."""
    try:
        kind = getattr(importlib.import_module(module), name)
    except ImportError as error:
        common.skip(name, f"skipped: no Python package {error.name}")
        return
    try:
        common.measure(kind(task), task)
    except ImportError as error:
        common.skip(kind.name, f"skipped: no Python package {error.name}")
    except Exception as error:  # other people's packages throw anything; the others still run
        common.skip(kind.name, "skipped: " + (str(error) or repr(error)).splitlines()[0])


def main():
    options = parse()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.folder or temporary)
        task = common.Task(options.gemel, options.model, options.texts, folder, options.threads,
                           options.precision)
        for module, name in PEERS:
            if module.removeprefix("peers_") not in options.kinds.split(","):
                continue
            print(f"bench: {name}, threads: {options.threads}", file=sys.stderr)
            measure(module, name, task)


if __name__ == "__main__":
    main()
