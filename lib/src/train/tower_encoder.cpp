#include "train/tower_encoder.hpp"

#include <cstring>

#include "core/random.hpp"

namespace gemel::train {

TowerEncoder::TowerEncoder(const nn::Towers& model, int shards, int threads) : model_(&model) {
  for (std::size_t t = 0; t < model.size(); ++t)
    towers_.push_back(
        std::make_unique<Tower>(Tower{BatchEncoder(model.encoder(t), shards, threads), {}, {}}));
}

void TowerEncoder::pack(const ParameterBlock& values, bool training) {
  for (const auto& tower : towers_) tower->encoder.pack(values, training);
}

ConstMatrixView TowerEncoder::forward(const ParameterBlock& values,
                                      const std::vector<BatchEncoder::Tokens>& texts,
                                      std::span<const std::int16_t> towers, BatchEncoder::Keep keep,
                                      const nn::DropoutSeed* dropout, bool pooled) {
  if (towers_.size() == 1) {
    const ConstMatrixView out = towers_[0]->encoder.forward(values, texts, keep, dropout, pooled);
    work_ = towers_[0]->encoder.work();
    return out;
  }
  const EncoderConfig& first = model_->config().towers.front().encoder;
  const std::int64_t size = first.sentence_size() + (pooled ? first.pooled_size() : 0);
  output_.reserve_discard(texts.size() * static_cast<std::size_t>(size));
  work_ = {};
  for (const auto& tower : towers_) tower->rows.clear();
  for (std::size_t i = 0; i < texts.size(); ++i)
    towers_[static_cast<std::size_t>(towers[i])]->rows.push_back(static_cast<std::int32_t>(i));
  for (std::size_t t = 0; t < towers_.size(); ++t) {
    Tower& tower = *towers_[t];
    std::vector<BatchEncoder::Tokens> own;
    for (const std::int32_t row : tower.rows) own.push_back(texts[static_cast<std::size_t>(row)]);
    nn::DropoutSeed seed{};
    if (dropout) seed.value = splitmix64(dropout->value + t);
    const ConstMatrixView out =
        tower.encoder.forward(values, own, keep, dropout ? &seed : nullptr, pooled);
    for (std::size_t i = 0; i < own.size(); ++i)
      std::memcpy(output_.data() + tower.rows[i] * size, out.row(static_cast<std::int64_t>(i)),
                  static_cast<std::size_t>(size) * sizeof(float));
    work_.texts += tower.encoder.work().texts;
    work_.tokens += tower.encoder.work().tokens;
    work_.cells += tower.encoder.work().cells;
  }
  return {output_.data(), static_cast<std::int64_t>(texts.size()), size};
}

GradientBlock& TowerEncoder::backward(const ParameterBlock& values, ConstMatrixView dout,
                                      double penalty_share) {
  penalty_ = 0;
  GradientBlock* merged = nullptr;
  for (std::size_t t = 0; t < towers_.size(); ++t) {
    Tower& tower = *towers_[t];
    const double weight = penalty_share * double{model_->encoder(t).config().attention_penalty};
    ConstMatrixView part = dout;
    if (towers_.size() > 1) {
      const auto width = static_cast<std::size_t>(dout.cols);
      tower.dout.reserve_discard(tower.rows.size() * width);
      for (std::size_t i = 0; i < tower.rows.size(); ++i)
        std::memcpy(tower.dout.data() + i * width, dout.row(tower.rows[i]), width * sizeof(float));
      part = {tower.dout.data(), static_cast<std::int64_t>(tower.rows.size()), dout.cols};
    }
    GradientBlock& own = tower.encoder.backward(values, part, weight);
    penalty_ += weight * tower.encoder.penalty();
    if (merged)
      merged->add(own);
    else
      merged = &own;
  }
  return *merged;
}

}  // namespace gemel::train
