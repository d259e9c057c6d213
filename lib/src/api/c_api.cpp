#include <gemel/gemel.h>

#include <cmath>
#include <cstring>
#include <gemel/gemel.hpp>
#include <new>

struct gemel_model {
  gemel::Model model;
  std::vector<std::string> towers = model.towers();
};

namespace {

// Room for the message is reserved ahead, so that reporting a failure cannot fail.
thread_local char t_last_error[1024] = "";

gemel_status fail(gemel_status status, const char* message) noexcept {
  std::strncpy(t_last_error, message, sizeof t_last_error - 1);
  return status;
}

// The one place where exceptions become codes.
template <class Body>
gemel_status guarded(Body&& body) noexcept {
  try {
    return body();
  } catch (const gemel::Error& e) {
    return fail(GEMEL_ERROR, e.what());
  } catch (const std::bad_alloc&) {
    return fail(GEMEL_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& e) {
    return fail(GEMEL_INTERNAL, e.what());
  } catch (...) {
    return fail(GEMEL_INTERNAL, "unknown failure");
  }
}

gemel_status invalid_argument(const char* function, const char* what) noexcept {
  char message[100] = "";
  std::strcat(message, function);
  return fail(GEMEL_INVALID_ARGUMENT, std::strcat(message, what));
}
gemel_status null_argument(const char* function) noexcept {
  return invalid_argument(function, ": an argument is a null pointer");
}

bool is_null(gemel_text text) {
  return !text.data && text.size != 0;
}
std::string_view view(gemel_text text) {
  return text.size ? std::string_view(text.data, text.size) : std::string_view();
}
std::string_view view(const char* name) {
  return name ? std::string_view(name) : std::string_view();
}

gemel_status embed(const char* function, const gemel_model* model, const char* tower,
                   const gemel_text* texts, size_t count, float* out, size_t out_size,
                   int threads) noexcept {
  if (!model || (count != 0 && (!texts || !out))) return null_argument(function);
  for (size_t i = 0; i < count; ++i)
    if (is_null(texts[i])) return null_argument(function);
  const auto width = static_cast<size_t>(model->model.dimension());
  if (out_size / width != count || out_size % width != 0)
    return invalid_argument(function, ": out_size is not count times the dimension");
  return guarded([&] {
    std::vector<std::string_view> views;
    views.reserve(count);
    for (size_t i = 0; i < count; ++i) views.push_back(view(texts[i]));
    model->model.embed(views, {out, out_size}, threads, view(tower));
    return GEMEL_OK;
  });
}

gemel_status compare(const char* function, const gemel_model* model, const char* link, gemel_text a,
                     gemel_text b, gemel_comparison* out, gemel_head_verdict* head) noexcept {
  if (!model || !out || is_null(a) || is_null(b)) return null_argument(function);
  return guarded([&] {
    const gemel::Comparison c = model->model.compare(view(a), view(b), view(link));
    *out = {c.score, c.distance, c.probability, c.duplicate ? 1 : 0};
    if (head) *head = {c.head_probability, model->model.head_threshold().value_or(NAN)};
    return GEMEL_OK;
  });
}

}  // namespace

gemel_status gemel_load(const char* path, gemel_model** model) {
  if (!path || !model) return null_argument("gemel_load");
  return guarded([&] {
    *model = new gemel_model{gemel::Model::load(path)};
    return GEMEL_OK;
  });
}

void gemel_free(gemel_model* model) {
  delete model;
}

gemel_status gemel_dimension(const gemel_model* model, size_t* dimension) {
  if (!model || !dimension) return null_argument("gemel_dimension");
  *dimension = static_cast<size_t>(model->model.dimension());
  return GEMEL_OK;
}

gemel_status gemel_embed(const gemel_model* model, const gemel_text* texts, size_t count,
                         float* out, size_t out_size, int threads) {
  return embed("gemel_embed", model, nullptr, texts, count, out, out_size, threads);
}

gemel_status gemel_embed_tower(const gemel_model* model, const char* tower, const gemel_text* texts,
                               size_t count, float* out, size_t out_size, int threads) {
  return embed("gemel_embed_tower", model, tower, texts, count, out, out_size, threads);
}

gemel_status gemel_tower_count(const gemel_model* model, size_t* count) {
  if (!model || !count) return null_argument("gemel_tower_count");
  *count = model->towers.size();
  return GEMEL_OK;
}

gemel_status gemel_tower_name(const gemel_model* model, size_t index, const char** name) {
  if (!model || !name) return null_argument("gemel_tower_name");
  if (index >= model->towers.size())
    return invalid_argument("gemel_tower_name", ": index is not below the number of towers");
  *name = model->towers[index].c_str();
  return GEMEL_OK;
}

gemel_status gemel_compare(const gemel_model* model, gemel_text a, gemel_text b,
                           gemel_comparison* out) {
  return compare("gemel_compare", model, nullptr, a, b, out, nullptr);
}

gemel_status gemel_compare_link(const gemel_model* model, const char* link, gemel_text a,
                                gemel_text b, gemel_comparison* out, gemel_head_verdict* head) {
  return compare("gemel_compare_link", model, link, a, b, out, head);
}

gemel_status gemel_decide(const gemel_model* model, float score, int* duplicate) {
  if (!model || !duplicate) return null_argument("gemel_decide");
  return guarded([&] {
    *duplicate = model->model.decide(score) ? 1 : 0;
    return GEMEL_OK;
  });
}

const char* gemel_last_error(void) {
  return t_last_error;
}
