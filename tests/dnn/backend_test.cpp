#include <dlfcn.h>

#include <cstdlib>
#include <gemel/error.hpp>
#include <string>
#include <vector>

#include "dnn/context.hpp"
#include "dnn/recurrent.hpp"
#include "doctest.h"

using namespace gemel;

TEST_CASE("the backend names oneDNN, its version and the instruction set") {
  const std::string text = dnn::describe_backend();
  CHECK(text.rfind("oneDNN ", 0) == 0);
  CHECK(text.find(", ") != std::string::npos);
}

TEST_CASE("the best precision is one that is supported") {
  CHECK(dnn::supported(Precision::f32));
  CHECK(dnn::supported(dnn::best_precision()));
}

TEST_CASE("an instruction set without bf16 is refused with advice") {
  // The test runs again under ONEDNN_MAX_CPU_ISA, see CMakeLists.txt.
  const char* limit = std::getenv("ONEDNN_MAX_CPU_ISA");
  if (!limit || (std::string(limit) != "AVX2" && std::string(limit) != "SSE41")) return;
  CHECK_FALSE(dnn::supported(Precision::bf16));
  CHECK(dnn::best_precision() == Precision::f32);
  const std::string expected =
      "precision: bf16 is not supported on this CPU by " + dnn::describe_backend() + "; choose f32";
  for (const dnn::Cell cell : {dnn::Cell::lstm, dnn::Cell::gru}) {
    CHECK_FALSE(dnn::supported(Precision::bf16, cell));
    CHECK_THROWS_WITH_AS(dnn::Recurrent(8, 8, Precision::bf16, cell), expected.c_str(), Error);
  }
}

TEST_CASE("a call leaves the caller's number of OpenMP threads as it was") {
  const auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  const auto get = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
  if (!set || !get) return;  // oneDNN was built without OpenMP
  set(3);
  const dnn::Recurrent lstm(8, 8, Precision::f32);
  dnn::Context context;
  dnn::Recurrent::Packed packed;
  const std::vector<float> weights(8 * 4 * 8, 0.1f), x(2 * 8, 1.0f);
  lstm.pack(context, {weights.data(), weights.data(), weights.data()}, false, packed);
  std::vector<float> y(2 * 8);
  lstm.forward(context, packed, 2, 1, x.data(), y.data(), 8, nullptr);
  CHECK(get() == 3);
  set(1);
}
