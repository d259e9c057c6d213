"""Averages of word vectors. What is measured is their speed, so that any vectors will do: MiniLM's
tokenizer with random ones, and fastText's after one pass over the texts themselves."""

import numpy as np

from peers_common import minilm_tokenizer

DIMENSION = 256


def random_vectors(tokenizer):
    size = (tokenizer.get_vocab_size(), DIMENSION)
    return np.random.default_rng(1).standard_normal(size, np.float32)


class NumpyAverage:
    name, section = "static vectors, mean by numpy", "Other models in Python"
    same_weights, embed, equal_lengths = False, None, False
    sizes = (64, 256, 1024)

    def __init__(self, task):
        self.tokenizer = minilm_tokenizer()
        self.vectors = random_vectors(self.tokenizer)

    def tokenise(self, texts):
        return [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]

    def encode(self, rows):
        lengths = np.array([len(row) for row in rows])
        ids = np.concatenate([np.asarray(row) for row in rows])
        begin = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        means = np.add.reduceat(self.vectors[ids], begin, axis=0) / lengths[:, None]
        return means / np.linalg.norm(means, axis=1, keepdims=True)


class Model2Vec:
    name, section = "static vectors, model2vec", "Other models in Python"
    same_weights = False

    def __init__(self, task):
        from model2vec import StaticModel

        tokenizer = minilm_tokenizer()
        self.model = StaticModel(random_vectors(tokenizer), tokenizer, normalize=True)

    def embed(self, texts):
        return self.model.encode(texts, use_multiprocessing=False)


class FastText:
    name, section = "fastText, get_sentence_vector (one thread)", "Other models in Python"
    same_weights = False

    def __init__(self, task):
        import fasttext

        path = str(task.folder / "fasttext.bin")
        try:
            self.model = fasttext.load_model(path)
        except ValueError:
            self.model = fasttext.train_unsupervised(str(task.path), dim=DIMENSION, epoch=1,
                                                     bucket=200000, thread=task.threads, verbose=0)
            self.model.save_model(path)

    def embed(self, texts):
        return np.array([self.model.get_sentence_vector(text) for text in texts])
