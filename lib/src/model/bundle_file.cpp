#include "model/bundle_file.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <gemel/error.hpp>

#include "core/check.hpp"
#include "model/bundle_parser.hpp"

namespace gemel {
namespace {

constexpr std::array<std::string_view, 3> kStorage = {"f32", "bf16", "int8"};

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

const StoredTensor* find(const std::vector<StoredTensor>& tensors, std::string_view name) {
  for (const StoredTensor& t : tensors)
    if (t.name == name) return &t;
  return nullptr;
}

}  // namespace

std::string_view name(StorageType type) {
  return kStorage[static_cast<std::size_t>(type)];
}

StorageType storage_from_name(std::string_view n) {
  return static_cast<StorageType>(index_of_name("storage", n, kStorage));
}

BundleFile::BundleFile(std::string path) : file_(std::move(path)) {
  ParsedBundle parsed = parse_bundle(file_.path(), file_.bytes());
  verify_bundle(file_.path(), file_.bytes(), parsed);
  bundle_ = std::move(parsed.bundle);
  tensors_ = std::move(parsed.tensors);
}

StorageType BundleFile::storage() const {
  StorageType found = StorageType::f32;
  for (const StoredTensor& tensor : tensors_) found = std::max(found, tensor.type);
  return found;
}

void BundleFile::check_parameters(const ParameterLayout& layout) const {
  const std::string advice = "its config and its weights disagree: train anew";
  for (const ParameterInfo& p : layout.all()) {
    const StoredTensor* t = find(tensors_, p.name);
    if (!t) throw Error(path(), "tensor '" + p.name + "' is missing", advice);
    if (t->shape != p.shape)
      throw Error(
          path() + ", tensor '" + p.name + "'",
          "has shape " + shape_text(t->shape) + "; its config asks for " + shape_text(p.shape),
          advice);
  }
  for (const StoredTensor& t : tensors_)
    if (layout.find(t.name) < 0)
      throw Error(path(), "tensor '" + t.name + "' is not part of its config", advice);
}

void BundleFile::load_parameters(ParameterBlock& block,
                                 const std::vector<std::string>& without) const {
  check_parameters(block.layout());
  for (const StoredTensor& t : tensors_)
    if (std::find(without.begin(), without.end(), t.name) == without.end())
      load_elements(t, 0, block.values(block.layout().find(t.name)));
}

const StoredTensor& BundleFile::tensor(std::string_view name) const {
  const StoredTensor* const found = find(tensors_, name);
  assert(found);
  return *found;
}

}  // namespace gemel
