#include "core/aligned.hpp"

#include <cstring>
#include <new>

#include "core/huge_pages.hpp"

namespace gemel {
namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20;

std::align_val_t alignment(std::size_t bytes) {
  return std::align_val_t{bytes >= kLargePage ? kLargePage : 64};
}

}  // namespace

void* allocate_zeros(std::size_t bytes) {
  void* block = ::operator new(bytes, alignment(bytes));
  if (bytes >= kLargePage) prefer_huge_pages(block, bytes);
  return std::memset(block, 0, bytes);
}

void release_zeros(void* block, std::size_t bytes) noexcept {
  ::operator delete(block, alignment(bytes));
}

}  // namespace gemel
