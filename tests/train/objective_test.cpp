// Each loss term alone and mixes of them: value, gradient of the texts' vectors and of own
// parameters against the definition in double and its finite differences.
#include "tests/train/objective_case.hpp"

using namespace gemel;
using namespace gemel::train;
using namespace gemel::train::test;

TEST_CASE("pair losses under every metric, with weights for duplicates") {
  for (const char* mix : {"bce", "contrastive", "online-contrastive"})
    for (const Metric metric : fixture::kMetrics) {
      CAPTURE(mix);
      CAPTURE(name(metric));
      Case c(flat_model(), few_pairs(), mix);
      c.options.loss.metric = metric;
      c.options.loss.positive_weight = 2.5f;
      c.options.loss.margin.start = 0.9f;
      check_objective(c);
    }
}

TEST_CASE("degrees beside labels: for regression, else for bce, never for the softmax") {
  for (const char* mix : {"bce", "bce,in-batch:0.5", "regression:2,bce,in-batch:0.5"}) {
    CAPTURE(mix);
    Case c(flat_model(), few_pairs(), mix);
    c.batch.pairs[0].label = 0.7f;
    c.batch.pairs[1].label = 0.2f;
    check_objective(c);
  }
}

TEST_CASE("a classifier's probabilities: for bce and the head, never for the others") {
  for (const char* mix : {"bce", "head", "bce,regression:2,head:0.5,in-batch:0.5"}) {
    CAPTURE(mix);
    Case c(flat_model(1, 6), few_pairs(), mix);
    c.options.loss.soft_weight = 0.4f;
    c.batch.pairs[1].label = 0.2f;
    c.batch.pairs[3].label = 1;
    for (const std::size_t i : {1u, 3u}) c.batch.pairs[i].soft = true;
    c.batch.pairs[5].label = 0.3f;
    check_objective(c);
  }
}

TEST_CASE("triplets of the file, and those made from pairs") {
  for (const Metric metric : fixture::kMetrics) {
    CAPTURE(name(metric));
    Case file(flat_model(), few_triplets(), "triplet");
    file.options.loss.metric = metric;
    check_objective(file);
    Case made(flat_model(), few_pairs(), "triplet");
    made.options.loss.metric = metric;
    check_objective(made);
  }
}

TEST_CASE("triplets made between towers: a question's negatives are passages") {
  for (const Metric metric : fixture::kMetrics) {
    CAPTURE(name(metric));
    Case two(flat_model(2), few_tuples(), "triplet");
    two.options.loss.metric = metric;
    CHECK(check_objective(two).result.loss > 0);
    ModelConfig model = flat_model(3);
    model.links = {{0, 1}, {2, 1}};
    Dataset data;
    for (const auto& texts :
         {std::vector<std::string>{"ab", "ba", "cc"}, {"de", "ed", "ff"}, {"gh", "hg", "ii"}})
      data.add_tuple(texts, model.links, 1);
    data.tokenise(letters, 32, 1);
    Case three(model, std::move(data), "triplet");
    three.options.loss.metric = metric;
    CHECK(check_objective(three).result.loss > 0);
  }
}

TEST_CASE("in-batch negatives: one tower, both ways at once or one way, labelled negatives count") {
  for (const bool symmetric : {true, false}) {
    CAPTURE(symmetric);
    Case pairs(flat_model(), few_pairs(), "in-batch");
    pairs.options.loss.symmetric = symmetric;
    const double whole = check_objective(pairs).result.loss;
    std::erase_if(pairs.batch.pairs, [](const Batch::Pair& p) { return p.label < 0.5f; });
    CHECK(check_objective(pairs).result.loss < whole);  // fewer columns
    Case triplets(flat_model(), few_triplets(), "in-batch");
    triplets.options.loss.symmetric = symmetric;
    check_objective(triplets);
  }
}

TEST_CASE("in-batch negatives of two towers: passages ask among questions alone") {
  for (const bool symmetric : {true, false}) {
    CAPTURE(symmetric);
    Case c(flat_model(2), few_tuples(), "in-batch");
    c.options.loss.symmetric = symmetric;
    check_objective(c);
  }
}

TEST_CASE("two towers read the other way round give the same symmetric loss") {
  Case there(flat_model(2), few_tuples(), "in-batch"), back = there;
  // The file's negatives are columns of one direction, so leave them out.
  for (Case* c : {&there, &back})
    std::erase_if(c->batch.pairs, [](const Batch::Pair& p) { return p.label < 0.5f; });
  for (Batch::Pair& p : back.batch.pairs) std::swap(p.a, p.b);
  CHECK(run_objective(there).result.loss ==
        doctest::Approx(run_objective(back).result.loss).epsilon(1e-6));
  there.options.loss.symmetric = back.options.loss.symmetric = false;
  CHECK(run_objective(there).result.loss !=
        doctest::Approx(run_objective(back).result.loss).epsilon(1e-6));
}

TEST_CASE("three towers: every link has its own columns") {
  ModelConfig model = flat_model(3);
  model.links = {{0, 1}, {0, 2}, {1, 2}};
  Dataset data;
  for (const auto& texts :
       {std::vector<std::string>{"ab", "ba", "cc"}, {"de", "ed", "ff"}, {"gh", "hg", "ii"}})
    data.add_tuple(texts, model.links, 1);
  data.add_tuple(std::vector<std::string>{"ab", "jk", "kj"}, model.links, 0);
  data.tokenise(letters, 32, 1);
  Case c(model, std::move(data), "in-batch:0.7,bce");
  check_objective(c);
}

TEST_CASE("distillation: same size, projected onto another size, relations between texts") {
  for (const loss::DistillationKind kind :
       {loss::DistillationKind::mse, loss::DistillationKind::cosine,
        loss::DistillationKind::relation})
    for (const std::int64_t dimension : {kWidth, std::int64_t{7}}) {
      CAPTURE(loss::name(kind));
      CAPTURE(dimension);
      Dataset data = few_pairs();
      const Teacher teacher = half_taught(data, dimension);
      Case c(flat_model(), std::move(data), "distillation", teacher);
      c.options.loss.distillation = kind;
      const Found found = check_objective(c);
      CHECK(found.parameters.contains("distillation.weight") ==
            (dimension != kWidth && kind != loss::DistillationKind::relation));
    }
}

TEST_CASE("the pair head: labelled pairs, weights, and an own weight in the mix") {
  for (const char* mix : {"head", "head:0.3", "bce,head:4"}) {
    CAPTURE(mix);
    Case c(flat_model(1, 6), few_pairs(), mix);
    c.options.loss.positive_weight = 1.5f;
    check_objective(c);
  }
}

TEST_CASE("reconstruction tells tokens from embeddings") {
  Case c(flat_model(), few_pairs(), "reconstruction:0.5");
  check_objective(c);
}

TEST_CASE("a mix is the weighted sum of its terms") {
  const char* mix =
      "bce,contrastive:0.3,online-contrastive:2,triplet:0.5,in-batch:0.25,distillation:3,head:0.7,"
      "reconstruction:0.1";
  Dataset data = few_pairs();
  const Teacher teacher = half_taught(data, 7);
  Case all(flat_model(1, 4), std::move(data), mix, teacher);
  all.options.loss.margin.start = 0.8f;
  const Found mixed = check_objective(all);
  double sum = 0;
  std::vector<double> gradient(all.vectors.size());
  for (const WeightedLoss& l : all.options.loss.mix) {
    CAPTURE(name(l.term));
    Case alone = all;
    alone.options.loss.mix = {{l.term, 1}};
    const Found one = run_objective(alone);
    CHECK(one.result.loss ==
          doctest::Approx(mixed.result.terms[static_cast<std::size_t>(l.term)]).epsilon(1e-6));
    sum += double{l.weight} * one.result.loss;
    for (std::size_t i = 0; i < gradient.size(); ++i)
      gradient[i] += double{l.weight} * double{one.gradient[i]};
  }
  CHECK(mixed.result.loss == doctest::Approx(sum).epsilon(1e-6));
  CHECK(relative_error(mixed.gradient, gradient) < 1e-5);
}

TEST_CASE("texts made negatives in the batch join the labelled pairs, by their weight") {
  for (const float weight : {1.0f, 0.2f}) {
    CAPTURE(weight);
    Case c(flat_model(1, 4), few_pairs(), "bce,contrastive,head");
    c.options.sampling.batch_negatives = 2;
    c.options.sampling.negative_weight = weight;
    c.options.loss.margin.start = 0.9f;
    const Found found = check_objective(c);
    CHECK(found.result.negatives.chosen() > 0);
    CHECK(found.result.statistics.negatives > 3);
  }
}

TEST_CASE("mined negatives are weighted pairs, triplets and columns") {
  Case c(flat_model(), few_pairs(), "bce,triplet,in-batch");
  const double without =
      run_objective(c).result.terms[static_cast<std::size_t>(LossTerm::in_batch)];
  c.options.sampling.negative_weight = 0.5f;
  // "ab" beside "hh", for the duplicate "ba".
  const auto text = [&](const char* wanted) {
    for (std::size_t i = 0; i < c.batch.texts.size(); ++i)
      if (c.data->text(c.batch.texts[i].row) == wanted) return static_cast<std::int32_t>(i);
    return -1;
  };
  const std::int32_t a = text("ab"), p = text("ba"), n = text("ef");
  c.batch.pairs.push_back({a, n, 0, 0, true});
  c.batch.triplets.push_back({a, p, n});
  const Found found = check_objective(c);
  CHECK(found.result.terms[static_cast<std::size_t>(LossTerm::in_batch)] > without);
  CHECK(found.result.terms[static_cast<std::size_t>(LossTerm::triplet)] > 0);
}
