#include "apps/option_value.hpp"
#include "apps/train_options.hpp"
#include "apps/train_options_parts.hpp"

namespace gemel::app {

void add_loss_options(CommandLine& line) {
  const train::LossOptions o;
  const train::SamplingOptions s;
  line.group("Loss").add_options()  //
      ("loss", option_value("bce"),
       "bce, contrastive, online-contrastive, triplet, in-batch, distillation, head, "
       "reconstruction, regression (cosine similarity against degrees); or several with weights: "
       "bce,in-batch:0.5")                                                                       //
      ("metric", option_value(name(o.metric)), "cosine, manhattan, euclidean or exp-manhattan")  //
      ("margin", option_value(o.margin.start),
       "contrastive, online-contrastive: distance beyond which negatives cost nothing; triplet: "
       "how "
       "much farther they must be than positives")  //
      ("margin-schedule", option_value(loss::name(o.margin.kind)),
       "constant, linear or cosine (from --margin to --margin-end), or distribution (follows the "
       "batches' distances, within the two)")                                                  //
      ("margin-end", option_value(o.margin.end), "margin at the end")                          //
      ("margin-scale", option_value(o.margin.scale), "distribution: factor of the boundary")   //
      ("start-w", option_value(o.start.w), "bce: w of p = sigmoid(-w*d + b) before training")  //
      ("start-b", option_value(o.start.b), "bce: b before training")                           //
      ("temperature", option_value(o.temperature), "in-batch: divides the scores")             //
      ("one-way", po::bool_switch(), "in-batch: only first texts ask for second ones")         //
      ("distillation", option_value(loss::name(o.distillation)),
       "how far from the teacher: mse, cosine or relation (between texts; any size)")        //
      ("positive-weight", option_value(o.positive_weight), "weight of labelled duplicates")  //
      ("soft-weight", option_value(o.soft_weight), "weight of the pairs of --soft-pairs");
  line.group("Negatives")
      .add_options()  //
      ("batch-negatives", option_value(s.batch_negatives),
       "texts of the batch made negatives of each text (known duplicates excepted)")  //
      ("negatives", option_value(loss::name(s.negatives)),
       "which texts of the batch: hardest, random, semi-hard or distance-weighted")         //
      ("negative-weight", option_value(s.negative_weight), "weight of each made negative")  //
      ("negative-min-distance", option_value(s.min_distance),
       "closer texts are not made negatives")  //
      ("negative-max-distance", option_value(s.max_distance),
       "farther texts are not made negatives; 0 for no limit")  //
      ("negative-relative-margin", option_value(s.relative_margin),
       "nor those closer than (1 - this) times the positive; 1 for no such guard")  //
      ("mined-negatives", option_value(s.mined_negatives),
       "for each positive pair, from an index over the training texts made anew every epoch")     //
      ("mining", option_value(loss::name(s.mining)), "which texts of the index, as --negatives")  //
      ("mined-share", option_value(s.mined_share), "share of the positive pairs that get some")   //
      ("mining-pool", option_value(s.mining_pool), "texts of the index, drawn afresh")            //
      ("mining-neighbours", option_value(s.mining_neighbours),
       "nearest texts of the index that are looked at")  //
      ("mining-from", option_value(s.mining_from), "epochs trained before the first index");
}

train::LossOptions read_loss_options(const CommandLine& line) {
  train::LossOptions o;
  o.mix = train::loss_mix_from_text(line.get<std::string>("loss"));
  o.metric = metric_from_name(line.get<std::string>("metric"));
  o.margin.kind = loss::margin_kind_from_name(line.get<std::string>("margin-schedule"));
  o.margin.start = line.get<float>("margin");
  o.margin.end = line.get<float>("margin-end");
  o.margin.scale = line.get<float>("margin-scale");
  o.start = {line.get<float>("start-w"), line.get<float>("start-b")};
  o.temperature = line.get<float>("temperature");
  o.symmetric = !line.get<bool>("one-way");
  o.distillation = loss::distillation_from_name(line.get<std::string>("distillation"));
  o.positive_weight = line.get<float>("positive-weight");
  o.soft_weight = line.get<float>("soft-weight");
  return o;
}

train::SamplingOptions read_sampling_options(const CommandLine& line) {
  train::SamplingOptions s;
  s.batch_negatives = line.get<int>("batch-negatives");
  s.negatives = loss::negative_miner_from_name(line.get<std::string>("negatives"));
  s.negative_weight = line.get<float>("negative-weight");
  s.min_distance = line.get<float>("negative-min-distance");
  s.max_distance = line.get<float>("negative-max-distance");
  s.relative_margin = line.get<float>("negative-relative-margin");
  s.mined_negatives = line.get<int>("mined-negatives");
  s.mining = loss::negative_miner_from_name(line.get<std::string>("mining"));
  s.mined_share = line.get<float>("mined-share");
  s.mining_pool = line.get<int>("mining-pool");
  s.mining_neighbours = line.get<int>("mining-neighbours");
  s.mining_from = line.get<int>("mining-from");
  return s;
}

}  // namespace gemel::app
