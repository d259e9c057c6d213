"""What tune_teacher.py and cross_encoder.py share: pairs, figures, and training in bf16."""

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModel


def load(folder, most_tokens):
    """The tokenizer, and the model in bf16 without dropout."""
    tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(most_tokens)
    model = AutoModel.from_pretrained(
        folder,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",  # the other one is slow backwards on CPUs
    )
    return tokenizer, model.to(torch.bfloat16)


def pooled(model, ids, mask, **more):
    """Means of the last states over each row's tokens: [N, D], f32."""
    states = model(input_ids=ids, attention_mask=mask, **more).last_hidden_state
    weight = mask.unsqueeze(-1).to(states.dtype)
    return ((states * weight).sum(1) / weight.sum(1)).float()


def read(path):
    """[(label, text1, text2)]"""
    with open(path, encoding="utf-8", newline="\n") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return [(float(row[0]), row[1], row[2]) for row in rows]


def read_graded(path):
    """The same, the lowest degree being 0 and the highest 1."""
    rows = read(path)
    lowest, highest = min(row[0] for row in rows), max(row[0] for row in rows)
    return [((row[0] - lowest) / (highest - lowest), row[1], row[2]) for row in rows]


def figures(pairs, scores):
    """The best accuracy of any threshold, and the average precision, in words."""
    truth = np.array([pair[0] for pair in pairs]) == 1
    order = np.argsort(-scores)
    hits = np.cumsum(truth[order])
    ranks = np.arange(len(order)) + 1
    accuracy = (hits + (~truth).sum() - (ranks - hits)).max() / len(order)
    average = (hits / ranks)[truth[order]].mean()
    return f"accuracy {accuracy:.4f}, average precision {average:.4f}"


class Tuner:
    """AdamW on f32 copies of a bf16 model's layers from `freeze` on, and on `others`, whose rate is
    20 times as high; the rate rises over the first twentieth of the steps and then falls to 0."""

    def __init__(self, model, freeze, rate, others, steps):
        for name, parameter in model.named_parameters():
            layer = name.split(".")[2] if name.startswith("encoder.layer.") else None
            parameter.requires_grad_(layer is not None and int(layer) >= freeze)
        self.used = [p for p in model.parameters() if p.requires_grad]
        self.masters = [p.detach().float().requires_grad_() for p in self.used]
        others.requires_grad_()
        groups = [{"params": self.masters, "lr": rate}, {"params": [others], "lr": 20 * rate}]
        self.adam = torch.optim.AdamW(groups, weight_decay=0.01)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.adam, lambda s: min(s / (0.05 * steps + 1), 1.02 - s / steps)
        )

    def step(self, loss):
        loss.backward()
        for parameter, master in zip(self.used, self.masters):
            master.grad, parameter.grad = parameter.grad.float(), None
        torch.nn.utils.clip_grad_norm_(self.masters, 1.0)
        self.adam.step()
        self.adam.zero_grad()
        self.schedule.step()
        with torch.no_grad():
            for parameter, master in zip(self.used, self.masters):
                parameter.copy_(master)
