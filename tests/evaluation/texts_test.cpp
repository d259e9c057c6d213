#include <doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "train/evaluation/overlap.hpp"
#include "train/evaluation/text_features.hpp"
#include "train/evaluation/tfidf.hpp"

using namespace gemel::evaluation;

TEST_CASE("features: words where spaces part them, characters and pairs where they do not") {
  CHECK(text_features("The cat, the hat.").size() == 4);
  CHECK(text_features("The cat, the hat.")[0] == text_features("THE")[0]);
  CHECK(text_features("The cat, the hat.")[0] == text_features("The cat, the hat.")[2]);
  // 换, 电, 换电, 池, 电池
  const std::vector<std::uint64_t> chinese = text_features("换电池");
  CHECK(chinese.size() == 5);
  CHECK(chinese[4] == text_features("电池")[2]);
  // Mixed: USB, 线, 坏, 线坏 — and a comma parts neighbours.
  CHECK(text_features("USB线坏").size() == 4);
  CHECK(text_features("线，坏").size() == 2);
  CHECK(text_features("?!  …").empty());
  CHECK(text_features("").empty());
}

TEST_CASE("case and width are folded beyond ASCII; bytes that are not UTF-8 part words") {
  CHECK(text_features("ÉCOLE") == text_features("école"));
  CHECK(text_features("МОСКВА Ёлка") == text_features("москва ёлка"));
  CHECK(text_features("ΑΘΗΝΑ") == text_features("αθηνα"));
  CHECK(text_features("ＵＳＢ２") == text_features("usb2"));
  CHECK(text_features("a\xff"
                      "b") == text_features("a b"));
  CHECK(text_features("a\xe4\xbd") == text_features("a"));
  CHECK(text_features(std::string_view("a\0b", 3)) == text_features("a b"));
}

TEST_CASE("TF-IDF scores equal scikit-learn's where all features are known") {
  Tfidf words;
  for (const char* t : {"the cat sat on the mat", "the dog sat", "a cat and a dog", "birds fly"})
    words.add(t);
  CHECK(words.texts() == 4);
  // TfidfVectorizer(token_pattern=r'\w+') fitted on the four, cosine.
  CHECK(words.score("the cat sat on the mat", "the dog sat") ==
        doctest::Approx(0.570496631890238).epsilon(1e-6));
  CHECK(words.score("the cat sat on the mat", "a cat and a dog") ==
        doctest::Approx(0.10393032517499359).epsilon(1e-6));
  CHECK(words.score("cat cat dog", "the cat") == doctest::Approx(0.6324555320336758).epsilon(1e-6));
  CHECK(words.score("the cat sat on the mat", "birds fly") == 0);
  Tfidf characters;
  for (const char* t : {"怎么换电池", "如何更换电池", "天气好"}) characters.add(t);
  // TfidfVectorizer(analyzer='char', ngram_range=(1, 2)).
  CHECK(characters.score("怎么换电池", "如何更换电池") ==
        doctest::Approx(0.3694244798169111).epsilon(1e-6));
}

TEST_CASE("TF-IDF scores: unknown words count, ends are exact, symmetric") {
  Tfidf t;
  t.add("red apple");
  t.add("green apple");
  CHECK(t.score("apple", "apple") == doctest::Approx(1));
  CHECK(t.score("Apple!", "apple") == doctest::Approx(1));
  CHECK(t.score("pear", "pear") == doctest::Approx(1));
  CHECK(t.score("", "apple") == 0);
  CHECK(t.score("", "") == 0);
  // idf: apple ln(3/3)+1 = 1, red ln(3/2)+1 = 1.405465, pear ln(3/1)+1 = 2.098612.
  CHECK(t.score("apple pear", "apple") == doctest::Approx(1 / 2.324672).epsilon(1e-5));
  CHECK(t.score("red apple", "red pear") == t.score("red pear", "red apple"));
  CHECK(t.score("red apple", "red pear") ==
        doctest::Approx(1.975333 / (1.724913 * 2.525722)).epsilon(1e-5));
}

TEST_CASE("loose hashes do not see case, spaces or punctuation") {
  CHECK(loose_text_hash("Startup idea?") == loose_text_hash("startup  idea ?"));
  CHECK(loose_text_hash("What's new") == loose_text_hash("what 's new"));
  CHECK(loose_text_hash("怎么 换电池？") == loose_text_hash("怎么换电池"));
  CHECK(loose_text_hash("idea one") != loose_text_hash("idea two"));
  CHECK(loose_text_hash("???") != loose_text_hash("!"));
  CHECK(loose_text_hash("???") == loose_text_hash("???"));
}

TEST_CASE("overlap counts distinct texts, and pairs in either order") {
  TrainingTexts training;
  training.add_pair("How do I reset it?", "Reset how?");
  training.add_pair("Where is it", "Location of it");
  training.add_text("alone");
  CHECK(training.has_text("WHERE IS IT ?"));
  CHECK(training.has_pair("Location of it", "where is it"));
  CHECK_FALSE(training.has_pair("Where is it", "Reset how?"));

  OverlapCount count(training);
  count.add_pair("reset how ?", "how do I reset it ?");  // a training pair, turned round
  count.add_pair("Where is it?", "Reset how?");          // both seen, never together
  count.add_pair("Where is it?", "brand new");           // one seen
  count.add_pair("brand new", "even newer");             // none seen
  count.add_pair("alone", "even newer");                 // one seen
  const Overlap& o = count.result();
  CHECK(o.texts == 6);
  CHECK(o.seen_texts == 4);
  CHECK(o.pairs == 5);
  CHECK(o.seen_pairs == 1);
  CHECK(o.both_seen == 2);
  CHECK(o.both_unseen == 1);
  CHECK(o.pair_is_new == std::vector<std::uint8_t>{0, 1, 1, 1, 1});
  CHECK(o.both_texts_are_new == std::vector<std::uint8_t>{0, 0, 0, 1, 0});
}
