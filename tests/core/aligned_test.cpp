// Blocks of zeros, small and with large pages.
#include <doctest.h>

#include <algorithm>
#include <cstdint>
#include <new>
#include <vector>

#include "core/aligned.hpp"

using namespace gemel;

namespace {

std::uintptr_t place(const void* p) {
  return reinterpret_cast<std::uintptr_t>(p);
}

template <class T>
bool all_zero(const AlignedBuffer<T>& buffer) {
  return std::ranges::all_of(buffer.span(), [](T x) { return x == T{}; });
}

}  // namespace

TEST_CASE("blocks are zero and aligned, also where memory is used again") {
  constexpr std::size_t kLarge = std::size_t{2} << 20;
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{63}, std::size_t{64},
                                  std::size_t{4096}, kLarge - 1, kLarge, 3 * kLarge + 5}) {
    CAPTURE(bytes);
    for (int again = 0; again < 3; ++again) {
      std::vector<AlignedBuffer<char>> buffers;
      for (int i = 0; i < 4; ++i) {
        buffers.emplace_back(bytes);
        CHECK(place(buffers.back().data()) % 64 == 0);
        if (bytes >= kLarge) CHECK(place(buffers.back().data()) % kLarge == 0);
        CHECK(all_zero(buffers.back()));
        std::ranges::fill(buffers.back().span(), '\xff');
      }
      for (int i = 0; i + 1 < 4; ++i) CHECK(buffers[static_cast<std::size_t>(i)][0] == '\xff');
    }
  }
}

TEST_CASE("a buffer moves, grows and may hold nothing") {
  AlignedBuffer<float> none;
  CHECK(none.data() == nullptr);
  AlignedBuffer<float> buffer(5);
  buffer[4] = 2;
  const float* const data = buffer.data();
  AlignedBuffer<float> other(std::move(buffer));
  CHECK(other.data() == data);
  CHECK(other[4] == 2);
  other.reserve_discard(3);
  CHECK(other.data() == data);
  other.reserve_discard(100);
  CHECK(other.size() == 125);
  CHECK(all_zero(other));
}

TEST_CASE("what no machine has is refused") {
  CHECK_THROWS_AS(AlignedBuffer<char>(SIZE_MAX), std::bad_alloc);
}
