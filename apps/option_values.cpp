#include "apps/option_values.hpp"

#include <cassert>
#include <charconv>
#include <cstdint>
#include <type_traits>
#include <typeinfo>

namespace gemel::app {
namespace {

namespace po = boost::program_options;

template <class... T>
struct Types {};
using Scalars = Types<bool, int, unsigned, long, unsigned long, long long, unsigned long long,
                      float, double, std::string>;

// Type of the values, or void for options without.
const std::type_info& type_of(const po::option_description& option) {
  const auto* typed = dynamic_cast<const po::typed_value_base*>(option.semantic().get());
  return typed ? typed->value_type() : typeid(void);
}

template <class T>
std::string text_of(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value;
  } else {
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, value);
    return {text, end.ptr};
  }
}

template <class T>
bool put(const boost::any& value, std::vector<std::string>& texts) {
  if (const T* one = boost::any_cast<T>(&value)) {
    texts.push_back(text_of<T>(*one));
    return true;
  }
  const auto* several = boost::any_cast<std::vector<T>>(&value);
  if (!several) return false;
  for (const T& one : *several) texts.push_back(text_of<T>(one));
  return true;
}

template <class... T>
bool put_any(const boost::any& value, std::vector<std::string>& texts, Types<T...>) {
  return (put<T>(value, texts) || ...);
}

template <class... T>
bool is_vector(const std::type_info& type, Types<T...>) {
  return ((type == typeid(std::vector<T>)) || ...);
}

template <class... T>
bool is_one_of(const std::type_info& type, Types<T...>) {
  return ((type == typeid(T) || type == typeid(std::vector<T>)) || ...);
}

}  // namespace

bool is_switch(const po::option_description& option) {
  return type_of(option) == typeid(bool) && option.semantic()->max_tokens() == 0;
}

bool is_repeated(const po::option_description& option) {
  return is_vector(type_of(option), Scalars{});
}

std::string wanted_value(const po::option_description& option) {
  const std::type_info& type = type_of(option);
  if (is_one_of(type, Types<bool>{})) return "true or false";
  if (is_one_of(type, Types<float, double>{})) return "a number";
  if (is_one_of(type, Types<std::string>{})) return "text";
  return "a whole number";
}

std::vector<std::string> texts_of(const po::variable_value& value) {
  std::vector<std::string> texts;
  [[maybe_unused]] const bool known = put_any(value.value(), texts, Scalars{});
  assert(known);
  return texts;
}

}  // namespace gemel::app
