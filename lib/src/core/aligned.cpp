#include "core/aligned.hpp"

#include <cstdint>
#include <cstdlib>
#include <new>

#include "core/huge_pages.hpp"

namespace gemel {
namespace {

constexpr std::size_t kLine = 64, kLargePage = std::size_t{2} << 20;

// Where calloc's block begins stands right before ours.
void*& beginning(void* block) {
  return static_cast<void**>(block)[-1];
}

}  // namespace

void* allocate_zeros(std::size_t bytes) {
  const std::size_t boundary = bytes >= kLargePage ? kLargePage : kLine;
  // calloc knows which pages are fresh from the system: clearing those once more would touch them
  // all here and now.
  void* const begin = bytes + boundary < bytes ? nullptr : std::calloc(bytes + boundary, 1);
  if (!begin) throw std::bad_alloc();
  const auto after = reinterpret_cast<std::uintptr_t>(begin) + sizeof(void*);
  void* const block =
      static_cast<std::byte*>(begin) + sizeof(void*) + (boundary - after % boundary) % boundary;
  if (bytes >= kLargePage) prefer_huge_pages(block, bytes);
  beginning(block) = begin;
  return block;
}

void release_zeros(void* block) noexcept {
  if (block) std::free(beginning(block));
}

}  // namespace gemel
