"""PyTorch's LSTM with the bundle's weights."""

import json
import warnings

import numpy as np
import sentencepiece
import torch
from safetensors import safe_open

from peers_common import Unsupported


def weights(bundle, name):
    """A tensor as f32; bytes have a scale for every 128 of them."""
    tensor = bundle.get_tensor(name)
    if tensor.dtype != torch.int8:
        return tensor.float()
    scales = bundle.get_tensor("scales." + name)
    return (tensor.float().reshape(-1, 128) * scales[:, None]).reshape(tensor.shape)


class BiLstm(torch.nn.Module):
    """A gemel encoder of one layer. PyTorch's gates stand in the same order: i, f, c̃, o."""

    def __init__(self, path):
        super().__init__()
        with safe_open(path, "pt") as bundle:
            config = json.loads(bundle.metadata()["encoder"])
            tensors = {name: weights(bundle, name) for name in bundle.keys()
                       if name.startswith(("embedding.", "lstm.0.", "projection."))}
        self.pooling = config["pooling"]
        plain = config.get("kind", "lstm") == "lstm" and config["layers"] == 1
        if not plain or config["unit_length"] or not set(self.pooling) <= {"mean", "max"}:
            raise Unsupported("the model is no plain LSTM with mean and max pooling")
        hidden = config["hidden_size"]
        self.embedding = torch.nn.Embedding.from_pretrained(tensors["embedding.weight"])
        self.lstm = torch.nn.LSTM(config["embedding_size"], hidden, bidirectional=True,
                                  batch_first=True)
        state = {}
        for direction, suffix in (("forward", ""), ("backward", "_reverse")):
            ours = f"lstm.0.{direction}."
            for name, theirs in (("weight_layer", "weight_ih_l0"), ("weight_iter", "weight_hh_l0")):
                weight = tensors[ours + name]  # [I, 4, H]
                state[theirs + suffix] = weight.permute(1, 2, 0).reshape(4 * hidden, -1).contiguous()
            state["bias_ih_l0" + suffix] = tensors[ours + "bias"].reshape(-1)
            state["bias_hh_l0" + suffix] = torch.zeros(4 * hidden)
        self.lstm.load_state_dict(state)
        self.projection = torch.nn.Identity()
        if config["projection_size"]:
            weight = tensors["projection.weight"]  # [P, D]
            self.projection = torch.nn.Linear(*weight.shape)
            self.projection.load_state_dict(
                {"weight": weight.T.contiguous(), "bias": tensors["projection.bias"].reshape(-1)})

    def forward(self, ids):
        """[N, T] of one length → [N, D]"""
        states, _ = self.lstm(self.embedding(ids))
        pooled = {"mean": lambda: states.mean(1), "max": lambda: states.amax(1)}
        return self.projection(torch.cat([pooled[kind]() for kind in self.pooling], 1))


class TorchF32:
    """Batches of texts of one length: nothing is padded, nothing packed."""

    name, section = "PyTorch f32", "The same weights in Python"
    same_weights, embed, equal_lengths = True, None, True
    sizes = (16, 64, 256)

    def __init__(self, task):
        torch.set_num_threads(task.threads)
        self.threads = task.threads
        self.model = self.convert(BiLstm(task.model).eval())
        self.processor = sentencepiece.SentencePieceProcessor(model_file=str(task.tokenizer))

    def convert(self, model):
        return model

    def tokenise(self, texts):
        return self.processor.encode(texts, num_threads=self.threads)

    def encode(self, rows):
        with torch.inference_mode():
            return self.model(torch.from_numpy(np.array(rows, np.int64))).float().numpy()


class TorchBf16(TorchF32):
    name = "PyTorch bf16"

    def convert(self, model):
        return model.to(torch.bfloat16)


class TorchInt8(TorchF32):
    name = "PyTorch int8 (quantize_dynamic)"

    def convert(self, model):
        try:
            from torch.ao.quantization import quantize_dynamic
        except ImportError as error:
            raise Unsupported("this PyTorch has no torch.ao.quantization") from error
        warnings.simplefilter("ignore")  # that this way of quantising will be replaced
        return quantize_dynamic(model, {torch.nn.LSTM, torch.nn.Linear}, dtype=torch.qint8)
