#include "apps/bundle_rewrite.hpp"

#include <memory>
#include <utility>

#include "model/bundle_file.hpp"
#include "nn/towers.hpp"

namespace gemel::app {

std::string rewrite_bundle(const std::string& path, const std::function<void(Bundle&)>& change,
                           HeadScale head_scale) {
  Bundle bundle;
  StorageType storage = StorageType::f32;
  const auto values = [&] {
    const BundleFile file(path);
    bundle = file.bundle();
    storage = file.storage();
    auto model = std::make_unique<nn::Towers>(bundle.model, Precision::f32);
    auto block = std::make_unique<ParameterBlock>(model->layout());
    file.load_parameters(*block);
    return std::pair(std::move(model), std::move(block));
  }();
  if (values.first->head())
    values.first->head()->rescale(*values.second, head_scale.scale, head_scale.shift);
  change(bundle);
  return write_bundle(path, bundle, *values.second, storage);
}

}  // namespace gemel::app
