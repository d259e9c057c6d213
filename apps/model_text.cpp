#include "apps/model_text.hpp"

#include <utility>

#include "apps/bundle_files.hpp"

namespace gemel::app {
namespace {

// "1-layer BiLSTM, V 600, E 32, H 32, pooling mean + max, D 128".
std::string encoder_text(const EncoderConfig& c) {
  const auto layers = std::to_string(c.layers);
  std::string text;
  switch (c.kind) {
    case EncoderKind::lstm:
      text = layers + "-layer BiLSTM";
      break;
    case EncoderKind::gru:
      text = layers + "-layer BiGRU";
      break;
    case EncoderKind::convolution:
      text = layers + "-layer CNN of widths";
      for (const int width : c.widths) text += " " + std::to_string(width);
      break;
    case EncoderKind::average:
      text = "average with " + counted(c.layers, "feed-forward layer");
      break;
  }
  if (c.shortcut) text += " with shortcuts";
  if (c.state_attention_heads > 0)
    text += ", self-attention of " + counted(c.state_attention_heads, "head");
  for (const auto& [label, size] :
       {std::pair(", V ", c.vocabulary_size), std::pair(", E ", c.embedding_size),
        std::pair(", H ", c.hidden_size)})
    text += label + std::to_string(size);
  std::string pooling;
  for (const Pooling p : c.pooling)
    pooling += (pooling.empty() ? ", pooling " : " + ") + std::string(name(p));
  return text + pooling + ", D " + std::to_string(c.sentence_size()) +
         (c.unit_length ? ", unit length" : "");
}

}  // namespace

std::string model_text(const Bundle& b) {
  std::string head;
  if (b.model.head_size > 0)
    head = "  pair head    " + counted(b.model.head_size, "hidden unit") +
           (b.model.head_input == HeadInput::pooled ? ", reads pooled vectors too\n" : "\n");
  if (b.model.siamese()) return "  encoder      " + encoder_text(b.config()) + "\n" + head;
  std::string text;
  for (const TowerConfig& tower : b.model.towers)
    text += "  tower        " + tower.name + ": " + encoder_text(tower.encoder) + "\n";
  text += "  links        ";
  for (std::size_t l = 0; l < b.model.links.size(); ++l)
    text += (l ? ", " : "") + b.model.link_name(l);
  return text + "\n" + head;
}

std::string zero_blocks_text(std::int64_t zero, std::int64_t all) {
  return std::to_string(zero) + " of " + std::to_string(all) + " recurrent blocks are zero";
}

}  // namespace gemel::app
