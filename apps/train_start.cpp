#include "apps/train_start.hpp"

#include <algorithm>
#include <cmath>
#include <gemel/error.hpp>
#include <unordered_map>

#include "apps/bundle_files.hpp"
#include "apps/model_text.hpp"
#include "apps/terminal.hpp"
#include "core/hash.hpp"
#include "corpora/token_vectors.hpp"
#include "model/bundle_file.hpp"
#include "model/growth.hpp"

namespace gemel::app {
namespace {

constexpr double kSpread = 0.1;  // standard deviation of a fresh embedding table
constexpr std::string_view kSpace = "\u2581";

bool take(const StoredTensor& from, const std::string& name, std::span<const SizeChange> changes,
          ParameterBlock& values) {
  const int index = values.layout().find(name);
  return index >= 0 && take_grown(from, values.layout()[index], changes, values.values(index));
}

// A pair head's weights mean nothing without those that read its texts.
bool head_fits(const BundleFile& file, std::span<const SizeChange> changes,
               const ParameterLayout& layout) {
  const int reads = layout.find("head.hidden.weight");
  return reads >= 0 && std::ranges::any_of(file.tensors(), [&](const StoredTensor& tensor) {
           return tensor.name == "head.hidden.weight" && fits_grown(tensor, layout[reads], changes);
         });
}

// Whether every LSTM of the model is as wide as one of the bundle's: weights that join old units
// and new ones are zero too, and have yet to learn.
bool same_recurrent_shapes(const BundleFile& file, const ParameterLayout& layout) {
  return std::ranges::all_of(layout.all(), [&](const ParameterInfo& info) {
    return !nn::names_recurrent_weights(info.name) ||
           std::ranges::any_of(file.tensors(), [&](const StoredTensor& tensor) {
             return nn::names_recurrent_weights(tensor.name) && tensor.shape == info.shape;
           });
  });
}

// ", widened from 256 to 384 and from 384 to 448"
std::string sizes_text(std::span<const SizeChange> changes) {
  std::string text;
  for (const SizeChange& c : changes)
    text += (text.empty() ? ", widened from " : " and from ") + std::to_string(c.from) + " to " +
            std::to_string(c.to);
  return text;
}

// Pieces by their text; those that begin a word are known without the mark too, where no other
// piece has that text.
std::unordered_map<std::string, std::int32_t> pieces_by_text(const Tokenizer& tokenizer) {
  std::unordered_map<std::string, std::int32_t> places;
  const auto count = static_cast<std::int32_t>(tokenizer.vocabulary_size());
  for (std::int32_t id = 0; id < count; ++id)
    if (tokenizer.piece(id).starts_with(kSpace) && tokenizer.piece(id).size() > kSpace.size())
      places.emplace(tokenizer.piece(id).substr(kSpace.size()), id);
  for (std::int32_t id = 0; id < count; ++id) places.emplace(tokenizer.piece(id), id);
  return places;
}

}  // namespace

BundleStart start_from_bundle(const std::string& path, const nn::Towers& model,
                              const Tokenizer& tokenizer, ParameterBlock& values) {
  const BundleFile file(path);
  if (file.bundle().tokenizer_model != tokenizer.bytes())
    throw Error(path, "was trained with another tokenizer", "leave out --tokenizer");
  const std::vector<SizeChange> changes = growing_sizes(file.bundle().model, model.config());
  const bool whole_head = head_fits(file, changes, values.layout());
  std::int64_t taken = 0;
  for (const StoredTensor& tensor : file.tensors()) {
    bool fits = (whole_head || !tensor.name.starts_with("head.")) &&
                take(tensor, tensor.name, changes, values);
    if (!model.config().siamese() && file.bundle().model.siamese())
      for (std::size_t t = 0; t < model.size(); ++t)
        fits |= take(tensor, nn::tower_prefix(model.config(), t) + tensor.name, changes, values);
    taken += fits;
    if (!fits) warn(base_name(path) + ": " + tensor.name + " has no place in this model");
  }
  if (taken == 0)
    throw Error(path, "has no parameter in common with this model",
                "give the same --hidden-size and so on; 'gemel info' prints them");
  note("starting from " + path + ": " + std::to_string(taken) + " of " +
       counted(static_cast<std::int64_t>(file.tensors().size()), "tensor") + sizes_text(changes));
  BundleStart start{file.bundle().fingerprint, {}};
  if (same_recurrent_shapes(file, values.layout())) start.zeros = nn::ZeroBlocks(values);
  if (start.zeros.count() > 0)
    note(zero_blocks_text(start.zeros.count(), start.zeros.all()) + " and stay so");
  return start;
}

std::string start_from_token_vectors(const std::string& path, const nn::Towers& model,
                                     const Tokenizer& tokenizer, ParameterBlock& values) {
  TokenVectorOptions options;
  options.path = path;
  TokenVectorReader reader(options);
  const std::int64_t size = model.config().towers[0].encoder.embedding_size;
  if (reader.dimension() != size)
    throw Error(path,
                "holds vectors of " + std::to_string(reader.dimension()) +
                    " numbers; the model's token embeddings have " + std::to_string(size),
                "set --embedding-size " + std::to_string(reader.dimension()));
  const auto places = pieces_by_text(tokenizer);
  std::vector<std::pair<std::int32_t, std::vector<float>>> found;
  double squares = 0;
  for (TokenVectorRow row; reader.next(row);) {
    const auto it = places.find(row.token);
    if (it == places.end()) continue;
    found.emplace_back(it->second, std::vector<float>(row.vector.begin(), row.vector.end()));
    for (const float x : row.vector) squares += double{x} * double{x};
  }
  if (found.empty() || squares == 0) throw Error(path, "holds none of the tokenizer's tokens", "");
  const double factor =
      kSpread /
      std::sqrt(squares / static_cast<double>(found.size() * static_cast<std::size_t>(size)));
  StreamHash hash;
  for (const auto& [id, vector] : found) {
    for (std::size_t t = 0; t < model.size(); ++t) {
      const int table =
          model.layout().find(nn::tower_prefix(model.config(), t) + "embedding.weight");
      if (model.layout()[table].row_size() != size) continue;
      std::transform(vector.begin(), vector.end(), values.data(table) + id * size,
                     [&](float x) { return static_cast<float>(factor * double{x}); });
    }
    hash.update({reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float)});
  }
  note("token vectors of " + path + ": " + std::to_string(found.size()) + " of " +
       counted(tokenizer.vocabulary_size(), "token"));
  return to_hex(hash.digest());
}

}  // namespace gemel::app
