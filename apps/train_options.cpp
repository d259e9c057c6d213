#include "apps/train_options.hpp"

#include <array>
#include <gemel/error.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/check.hpp"
#include "dnn/context.hpp"

namespace gemel::app {
namespace {

template <class T>
auto value(T standard) {
  return po::value<T>()->default_value(standard);
}
// Floats print their shortest form in help ("0.001", not "0.00100000005").
auto value(float standard) {
  std::ostringstream text;
  text << standard;
  return po::value<float>()->default_value(standard, text.str());
}
auto value(std::string_view standard) {
  return po::value<std::string>()->default_value(std::string(standard));
}
auto value(const char* standard) {
  return value(std::string_view(standard));
}

Precision precision_from_option(const std::string& text) {
  return text == "auto" ? dnn::best_precision() : precision_from_name(text);
}

}  // namespace

void add_encoder_options(CommandLine& line) {
  const EncoderConfig c;
  line.group("Encoder").add_options()                                             //
      ("embedding-size", value(c.embedding_size), "E, floats a token")            //
      ("hidden-size", value(c.hidden_size), "H, floats a direction of the LSTM")  //
      ("layers", value(c.layers), "bidirectional LSTM layers")                    //
      ("pooling", value("mean,max"),
       "how states become one vector: mean, max, last, attention, or several, concatenated")  //
      ("attention-heads", value(c.attention_heads), "heads of attention pooling")             //
      ("attention-size", value(c.attention_size), "hidden units of the attention scorer")     //
      ("projection-size", value(c.projection_size), "D of a linear projection; 0 for none")   //
      ("unit-length", po::bool_switch(), "divide embeddings by their Euclidean norm")         //
      ("dropout-embedding", value(c.dropout_embedding), "probability, token embeddings")      //
      ("dropout-layer", value(c.dropout_layer), "probability, between LSTM layers")           //
      ("dropout-output", value(0.1f), "probability, pooled vector");
}

void add_training_options(CommandLine& line) {
  const train::TrainOptions o;
  line.group("Loss").add_options()                                                             //
      ("loss", value(loss::name(o.loss.kind)), "bce or contrastive")                           //
      ("metric", value(name(o.loss.metric)), "cosine, manhattan, euclidean or exp-manhattan")  //
      ("margin", value(o.loss.margin),
       "contrastive: distance beyond which negatives cost nothing")                               //
      ("start-w", value(o.pair_parameters.w), "bce: w of p = sigmoid(-w*d + b) before training")  //
      ("start-b", value(o.pair_parameters.b), "bce: b before training")                           //
      ("positive-weight", value(o.positive_weight), "weight of labelled duplicates")              //
      ("batch-negatives", value(o.batch_negatives),
       "texts of the batch made negatives of each text (known duplicates excepted)")    //
      ("negatives", value(train::name(o.negatives)), "which texts: hardest or random")  //
      ("negative-weight", value(o.negative_weight), "weight of each made negative")     //
      ("negative-min-distance", value(o.negative_min_distance),
       "closer texts are not made negatives");
  line.group("Optimisation")
      .add_options()                                                                        //
      ("epochs", value(o.epochs), "passes over the pairs")                                  //
      ("batch-pairs", value(o.batch_pairs), "labelled pairs a step")                        //
      ("learning-rate", value(o.learning_rate), "Adam's, after warm-up")                    //
      ("weight-decay", value(o.weight_decay), "decoupled; biases excepted")                 //
      ("clip-norm", value(o.clip_norm), "largest norm of the gradient; 0 for no clipping")  //
      ("warmup", value(o.warmup), "share of all steps with a rising rate")                  //
      ("decay", value(train::name(o.decay)), "of the rate: constant, linear or cosine")     //
      ("patience", value(o.patience),
       "epochs without a better dev metric before stopping; 0 never")  //
      ("dev-metric", value(o.dev_metric),
       "accuracy, f1, average_precision, roc_auc, mcc; pearson or spearman for graded labels")  //
      ("token-dropout", value(o.token_dropout), "probability of leaving out a token")           //
      ("sample-segmentation", value(o.sample_segmentation),
       "alpha of sampled segmentations; 0 takes the best one")         //
      ("max-tokens", value(o.max_tokens), "longer texts are cut")      //
      ("seed", value(o.seed), "same seed, options, data: same model")  //
      ("precision", value("auto"),
       "compute type: f32, bf16, or auto (bf16 where the CPU has it)")                          //
      ("shards", value(o.shards), "parts of a batch computed in parallel; part of the result")  //
      ("threads", value(o.threads), "0 for all cores; no influence on the result");
}

void check_dev_metric(const std::string& name, bool graded) {
  constexpr std::array<std::string_view, 5> kBinary = {"accuracy", "f1", "average_precision",
                                                       "roc_auc", "mcc"};
  constexpr std::array<std::string_view, 2> kGraded = {"pearson", "spearman"};
  if (graded)
    index_of_name("dev-metric", name, kGraded);
  else
    index_of_name("dev-metric", name, kBinary);
}

std::vector<Pooling> poolings_from_list(const std::string& list) {
  std::vector<Pooling> kinds;
  std::istringstream stream(list);
  for (std::string item; std::getline(stream, item, ',');) kinds.push_back(pooling_from_name(item));
  return kinds;
}

EncoderConfig read_encoder_options(const CommandLine& line, std::int64_t vocabulary_size) {
  EncoderConfig c;
  c.vocabulary_size = vocabulary_size;
  c.embedding_size = line.get<std::int64_t>("embedding-size");
  c.hidden_size = line.get<std::int64_t>("hidden-size");
  c.layers = line.get<int>("layers");
  c.pooling = poolings_from_list(line.get<std::string>("pooling"));
  c.attention_heads = line.get<int>("attention-heads");
  c.attention_size = line.get<std::int64_t>("attention-size");
  c.projection_size = line.get<std::int64_t>("projection-size");
  c.unit_length = line.get<bool>("unit-length");
  c.dropout_embedding = line.get<float>("dropout-embedding");
  c.dropout_layer = line.get<float>("dropout-layer");
  c.dropout_output = line.get<float>("dropout-output");
  c.validate();
  return c;
}

train::TrainOptions read_training_options(const CommandLine& line) {
  train::TrainOptions o;
  o.loss.kind = loss::pair_loss_from_name(line.get<std::string>("loss"));
  o.loss.metric = metric_from_name(line.get<std::string>("metric"));
  o.loss.margin = line.get<float>("margin");
  o.pair_parameters = {line.get<float>("start-w"), line.get<float>("start-b")};
  o.positive_weight = line.get<float>("positive-weight");
  o.batch_negatives = line.get<int>("batch-negatives");
  o.negatives = train::negative_choice_from_name(line.get<std::string>("negatives"));
  o.negative_weight = line.get<float>("negative-weight");
  o.negative_min_distance = line.get<float>("negative-min-distance");
  o.epochs = line.get<int>("epochs");
  o.batch_pairs = line.get<int>("batch-pairs");
  o.learning_rate = line.get<float>("learning-rate");
  o.weight_decay = line.get<float>("weight-decay");
  o.clip_norm = line.get<float>("clip-norm");
  o.warmup = line.get<float>("warmup");
  o.decay = train::decay_from_name(line.get<std::string>("decay"));
  o.patience = line.get<int>("patience");
  o.dev_metric = line.get<std::string>("dev-metric");
  o.token_dropout = line.get<float>("token-dropout");
  o.sample_segmentation = line.get<float>("sample-segmentation");
  o.max_tokens = line.get<int>("max-tokens");
  o.seed = line.get<std::uint64_t>("seed");
  o.precision = precision_from_option(line.get<std::string>("precision"));
  o.shards = line.get<int>("shards");
  o.threads = line.get<int>("threads");
  o.validate();
  return o;
}

std::string describe_run(const EncoderConfig& c, const train::TrainOptions& o) {
  std::vector<std::string> pooling;
  for (const Pooling p : c.pooling) pooling.emplace_back(name(p));
  const nlohmann::json j = {{"encoder",
                             {{"vocabulary_size", c.vocabulary_size},
                              {"embedding_size", c.embedding_size},
                              {"hidden_size", c.hidden_size},
                              {"layers", c.layers},
                              {"pooling", pooling},
                              {"attention_heads", c.attention_heads},
                              {"attention_size", c.attention_size},
                              {"projection_size", c.projection_size},
                              {"unit_length", c.unit_length},
                              {"dropout_embedding", c.dropout_embedding},
                              {"dropout_layer", c.dropout_layer},
                              {"dropout_output", c.dropout_output}}},
                            {"loss", loss::name(o.loss.kind)},
                            {"metric", name(o.loss.metric)},
                            {"margin", o.loss.margin},
                            {"start_w", o.pair_parameters.w},
                            {"start_b", o.pair_parameters.b},
                            {"positive_weight", o.positive_weight},
                            {"batch_negatives", o.batch_negatives},
                            {"negatives", train::name(o.negatives)},
                            {"negative_weight", o.negative_weight},
                            {"negative_min_distance", o.negative_min_distance},
                            {"epochs", o.epochs},
                            {"batch_pairs", o.batch_pairs},
                            {"learning_rate", o.learning_rate},
                            {"weight_decay", o.weight_decay},
                            {"clip_norm", o.clip_norm},
                            {"warmup", o.warmup},
                            {"decay", train::name(o.decay)},
                            {"patience", o.patience},
                            {"dev_metric", o.dev_metric},
                            {"token_dropout", o.token_dropout},
                            {"sample_segmentation", o.sample_segmentation},
                            {"max_tokens", o.max_tokens},
                            {"seed", o.seed},
                            {"precision", name(o.precision)},
                            {"shards", o.shards}};
  return j.dump();
}

}  // namespace gemel::app
