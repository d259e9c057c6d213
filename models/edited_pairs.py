#!/usr/bin/env python3
"""Pairs of texts that nobody wrote, made of the words and phrases of others, to be judged.

    edited_pairs.py OUT --graded FILE [--rounds 1] [--texts FILE] [--text-rounds 1]

GRADED: pairs label<TAB>text1<TAB>text2 of short sentences. In each round each of them, (a, b),
gives (a', b), (a', a) and (a', b') or (b', b), x' being x after one to three edits. TEXTS, one a
line, are sentences of the same kind; in each round each gives (a', a) and (a', a''). OUT gets each
pair once, as 0<TAB>text1<TAB>text2: their degrees are for neighbour_degrees.py to tell.

An edit replaces, removes or inserts a word so that it stands between two words between which it
stands, or which stand side by side, somewhere in all these texts; or it takes what follows the
first "is" or "are" from another text, puts in or takes out a "not", or exchanges two words that
follow articles. Most results are sentences, some are not; the judge sees them all.
After Tang et al. 2019, arXiv:1903.12136, section 3.2, who masked words, replaced them by others of
the same part of speech, and cut n-grams, for a BERT to label. Used to make the shipped models,
never by gemel itself.
"""
import argparse
import random
from collections import Counter, defaultdict

from neighbour_pairs import write
from tuning import read

BEGIN, END = "<", ">"
ARTICLES = {"a", "an", "the"}
VERBS = {"is", "are"}


def words_of(text):
    return text.lower().rstrip(" .").split()


def first_verb(words):
    return next((i for i, word in enumerate(words) if word in VERBS), None)


class Editor:
    def __init__(self, texts):
        self.between = defaultdict(Counter)  # words that stand between two others
        self.pairs = set()  # words that stand side by side
        self.tails = defaultdict(list)  # what follows a verb, by the verb
        for text in texts:
            words = [BEGIN, *words_of(text), END]
            self.pairs.update(zip(words, words[1:]))
            for before, word, after in zip(words, words[1:], words[2:]):
                self.between[before, after][word] += 1
            if (i := first_verb(words)) is not None:
                self.tails[words[i]].append(words[i + 1 : -1])
        self.edits = [self.replace] * 5 + [self.remove] * 2 + [self.insert] * 2
        self.edits += [self.tail, self.negate, self.exchange]

    def choose(self, before, after, but=None):
        """A word for the place between two; frequent ones less often than they are frequent."""
        found = [(w, n**0.5) for w, n in self.between[before, after].items() if w != but]
        return random.choices(*zip(*found))[0] if found else None

    def replace(self, words):
        i = random.randrange(1, len(words) - 1)
        word = self.choose(words[i - 1], words[i + 1], words[i])
        return word and words[:i] + [word] + words[i + 1 :]

    def remove(self, words):
        i = random.randrange(1, len(words) - 1)
        return (words[i - 1], words[i + 1]) in self.pairs and words[:i] + words[i + 1 :]

    def insert(self, words):
        i = random.randrange(1, len(words))
        word = self.choose(words[i - 1], words[i])
        return word and words[:i] + [word] + words[i:]

    def tail(self, words):
        if (i := first_verb(words)) is None:
            return None
        tails = self.tails.get(words[i])  # none where the verb is first only after an edit
        return tails and words[: i + 1] + random.choice(tails) + [END]

    def negate(self, words):
        if (i := first_verb(words)) is None:
            return None
        rest = words[i + 2 :] if words[i + 1] == "not" else ["not", *words[i + 1 :]]
        return words[: i + 1] + rest

    def exchange(self, words):
        places = [i for i in range(1, len(words) - 1) if words[i - 1] in ARTICLES]
        if len(places) < 2:
            return None
        one, other = random.sample(places, 2)
        words = list(words)
        words[one], words[other] = words[other], words[one]
        return words

    def __call__(self, text):
        """The text after some edits, in lower case but for its first letter, without a final stop."""
        words = [BEGIN, *words_of(text), END]
        if len(words) < 4:
            return text
        for _ in range(random.choice((1, 1, 2, 3))):
            for _ in range(8):
                found = random.choice(self.edits)(words)
                if found and len(found) >= 4:
                    words = found
                    break
        edited = " ".join(words[1:-1])
        return edited[:1].upper() + edited[1:]


def pairs_of(graded, texts, options):
    edit = Editor([text for pair in graded for text in pair[1:]] + texts)
    for _ in range(options.rounds):
        for _, a, b in graded:
            if random.random() < 0.5:
                a, b = b, a
            edited = edit(a)
            yield edited, b
            yield edited, a
            yield (edited, edit(b)) if random.random() < 0.5 else (edit(b), b)
    for _ in range(options.text_rounds):
        for text in texts:
            edited = edit(text)
            yield edited, text
            yield edited, edit(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out")
    parser.add_argument("--graded", required=True)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--texts")
    parser.add_argument("--text-rounds", type=int, default=1)
    options = parser.parse_args()
    random.seed(1)
    texts = []
    if options.texts:
        with open(options.texts, encoding="utf-8", newline="\n") as file:
            texts = [line.rstrip("\n") for line in file]
    seen, rows = set(), []
    for a, b in pairs_of(read(options.graded), texts, options):
        if a != b and frozenset((a, b)) not in seen:
            seen.add(frozenset((a, b)))
            rows.append((0, a, b))
    write(options.out, rows)


if __name__ == "__main__":
    main()
