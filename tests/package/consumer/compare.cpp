#include <cstdio>
#include <gemel/gemel.hpp>

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    const gemel::Model model = gemel::Model::load(argv[1]);
    const gemel::Comparison c = model.compare(argv[2], argv[3]);
    std::printf("%.3f %s\n", static_cast<double>(c.score), c.duplicate ? "duplicate" : "different");
    model.compare(model.embed(argv[2]), {});
  } catch (const gemel::Error& e) {  // crosses the library's boundary
    std::printf("%s\n", e.what());
  }
}
