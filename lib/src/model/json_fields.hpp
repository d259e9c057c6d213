#pragma once
#include <cmath>
#include <cstdint>
#include <gemel/error.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "model/safetensors.hpp"

namespace gemel {

/// A JSON object whose fields are read by name with their types checked; internal to module model.
class JsonFields {
 public:
  /// @param where prefix for messages: "FILE, encoder" gives "FILE, encoder.layers: …"
  JsonFields(std::string where, nlohmann::json value)
      : where_(std::move(where)), value_(std::move(value)) {
    if (!value_.is_object()) fail("", "is not a JSON object");
  }
  /// Refuses nesting that would let a forged file exhaust the stack where the text is copied.
  static JsonFields parse(const std::string& where, const std::string& text) {
    constexpr int kDeepest = 64;
    bool deep = false;
    const auto shallow = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
      deep = deep || depth > kDeepest;
      return !deep;
    };
    nlohmann::json value = nlohmann::json::parse(text, shallow, /*allow_exceptions=*/false);
    if (deep) throw Error(where, "is nested too deeply", std::string(kDamaged));
    return {where, std::move(value)};
  }

  bool has(const char* key) const { return value_.contains(key); }
  JsonFields object(const char* key) const { return {where_ + "." + key, value_.at(key)}; }
  /// The items of a list of objects; throws where it is none.
  std::vector<JsonFields> objects(const char* key) const {
    if (!has(key) || !value_.at(key).is_array()) fail(key, "is not a list");
    std::vector<JsonFields> items;
    for (const nlohmann::json& item : value_.at(key))
      items.emplace_back(where_ + "." + key + "[" + std::to_string(items.size()) + "]", item);
    return items;
  }
  std::string dump(const char* key) const {
    return value_.contains(key) ? value_.at(key).dump() : "";
  }

  /// Leaves `target` alone where the field is missing.
  template <class T>
  void read(const char* key, T& target) const {
    const auto it = value_.find(key);
    if (it != value_.end()) assign(key, *it, target);
  }
  template <class T>
  void require(const char* key, T& target) const {
    if (!has(key)) fail(key, "is missing");
    read(key, target);
  }
  /// Throws Error naming the field.
  [[noreturn]] void fail(const std::string& key, const std::string& what) const {
    throw Error(where_ + (key.empty() ? "" : "." + key), what, std::string(kDamaged));
  }

 private:
  void assign(const char* key, const nlohmann::json& value, std::string& target) const {
    if (!value.is_string()) fail(key, "is not a string");
    target = value.get<std::string>();
  }
  void assign(const char* key, const nlohmann::json& value, bool& target) const {
    if (!value.is_boolean()) fail(key, "is not true or false");
    target = value.get<bool>();
  }
  template <class T>
  void assign(const char* key, const nlohmann::json& value, std::vector<T>& target) const {
    if (!value.is_array()) fail(key, "is not a list");
    target.clear();
    for (const nlohmann::json& item : value) assign(key, item, target.emplace_back());
  }
  template <class T>
  requires std::is_floating_point_v<T>
  void assign(const char* key, const nlohmann::json& value, T& target) const {
    if (!value.is_number()) fail(key, "is not a number");
    target = value.get<T>();
    if (!std::isfinite(target)) fail(key, "is out of range");
  }
  template <class T>
  requires std::is_integral_v<T>
  void assign(const char* key, const nlohmann::json& value, T& target) const {
    if (!value.is_number_integer()) fail(key, "is not a whole number");
    const double approximate = value.get<double>();  // no overflow, unlike get<T>
    if (approximate < static_cast<double>(std::numeric_limits<T>::lowest()) ||
        approximate >= static_cast<double>(std::numeric_limits<T>::max()))
      fail(key, "is out of range");
    target = value.get<T>();
  }

  std::string where_;
  nlohmann::json value_;
};

// Errors of core know the field but not the file.
template <class Function>
auto with_place(const std::string& prefix, Function&& function) {
  try {
    return function();
  } catch (const Error& e) {
    throw Error(prefix + e.where(), e.problem(), e.advice());
  }
}

}  // namespace gemel
