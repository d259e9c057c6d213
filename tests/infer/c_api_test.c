/* The C interface, compiled as C99 with every warning an error. */
#include <gemel/gemel.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                     \
    }                                                                 \
  } while (0)

static gemel_text text(const char* s) {
  gemel_text t;
  t.data = s;
  t.size = strlen(s);
  return t;
}

static void check_work(const gemel_model* model) {
  /* Of a NumPy encoder in double precision. */
  const double expected[5] = {0.480904075, -0.027548088, -0.510339503, 0.577823698, 0.416708218};
  gemel_text texts[3];
  gemel_text none = {NULL, 0};
  gemel_comparison c;
  float out[15];
  size_t dimension = 0;
  int i, duplicate = 7;
  CHECK(gemel_dimension(model, &dimension) == GEMEL_OK && dimension == 5);
  texts[0] = none;
  texts[1] = text("how old are you?");
  texts[2] = text("how old are you?");
  CHECK(gemel_embed(model, texts, 3, out, 15, 2) == GEMEL_OK);
  for (i = 0; i < 5; ++i) CHECK(fabs(out[5 + i] - expected[i]) < 1e-6);
  CHECK(memcmp(out + 5, out + 10, 5 * sizeof(float)) == 0);
  CHECK(gemel_embed(model, NULL, 0, NULL, 0, 0) == GEMEL_OK);
  CHECK(gemel_compare(model, text("how old are you?"), text("what is your age?"), &c) == GEMEL_OK);
  CHECK(fabs(c.score - 0.9959896539) < 1e-6 && fabs(c.probability - 0.9607) < 1e-3);
  CHECK(c.duplicate == 1);
  CHECK(gemel_decide(model, 0.98f, &duplicate) == GEMEL_OK && duplicate == 1);
  CHECK(gemel_decide(model, 0.97f, &duplicate) == GEMEL_OK && duplicate == 0);
}

static void check_mistakes(const gemel_model* model) {
  gemel_text bad = {NULL, 3};
  gemel_comparison c;
  float out[5];
  const gemel_text one = text("what");
  CHECK(gemel_embed(model, &one, 1, out, 4, 0) == GEMEL_INVALID_ARGUMENT);
  CHECK(strcmp(gemel_last_error(), "gemel_embed: out_size is not count times the dimension") == 0);
  CHECK(gemel_embed(model, &bad, 1, out, 5, 0) == GEMEL_INVALID_ARGUMENT);
  CHECK(strcmp(gemel_last_error(), "gemel_embed: an argument is a null pointer") == 0);
  CHECK(gemel_embed(model, &one, 1, out, 5, -1) == GEMEL_ERROR);
  CHECK(strcmp(gemel_last_error(), "threads: is -1; allowed is 0 to 1024") == 0);
  CHECK(gemel_compare(model, bad, one, &c) == GEMEL_INVALID_ARGUMENT);
  CHECK(gemel_compare(NULL, one, one, &c) == GEMEL_INVALID_ARGUMENT);
  CHECK(gemel_decide(model, 0.5f, NULL) == GEMEL_INVALID_ARGUMENT);
  CHECK(gemel_dimension(NULL, NULL) == GEMEL_INVALID_ARGUMENT);
}

/* Two towers and a pair head; numbers of NumPy in double precision, see towers_api_test.cpp. */
static void check_towers(const gemel_model* model) {
  const double expected[5] = {1.0560322679, 0.4368548955, 1.1157074476, 0.1329999714, 0.5713533425};
  const gemel_text one = text("how old are you ?"), two = text("what is your age ?");
  gemel_comparison c;
  gemel_head_verdict head;
  const char* name = NULL;
  size_t count = 0;
  float out[5];
  int i, duplicate = 7;
  CHECK(gemel_tower_count(model, &count) == GEMEL_OK && count == 2);
  CHECK(gemel_tower_name(model, 0, &name) == GEMEL_OK && strcmp(name, "question") == 0);
  CHECK(gemel_tower_name(model, 1, &name) == GEMEL_OK && strcmp(name, "passage") == 0);
  CHECK(gemel_embed_tower(model, "passage", &two, 1, out, 5, 1) == GEMEL_OK);
  for (i = 0; i < 5; ++i) CHECK(fabs(out[i] - expected[i]) < 1e-6);
  CHECK(gemel_compare(model, one, two, &c) == GEMEL_OK);
  CHECK(fabs(c.score - 0.5171851093) < 1e-6 && c.duplicate == 1);
  CHECK(gemel_decide(model, c.score, &duplicate) == GEMEL_OK && duplicate == 0);
  CHECK(gemel_compare_link(model, NULL, one, two, &c, &head) == GEMEL_OK);
  CHECK(fabs(head.probability - 0.5069745743) < 1e-6 && head.threshold == 0.4375f);
  CHECK(gemel_compare_link(model, "passage:passage", one, two, &c, NULL) == GEMEL_OK);
  CHECK(fabs(c.score - 0.9538730163) < 1e-6);

  CHECK(gemel_embed(model, &one, 1, out, 5, 1) == GEMEL_ERROR);
  CHECK(strcmp(gemel_last_error(),
               "tower: is needed, because this model has 2; choose among question, passage") == 0);
  CHECK(gemel_embed_tower(model, "x", &one, 1, out, 5, 1) == GEMEL_ERROR);
  CHECK(strcmp(gemel_last_error(), "tower: 'x' is not known; choose among question, passage") == 0);
  CHECK(gemel_embed_tower(model, "passage", &one, 1, out, 4, 1) == GEMEL_INVALID_ARGUMENT);
  CHECK(strcmp(gemel_last_error(),
               "gemel_embed_tower: out_size is not count times the dimension") == 0);
  CHECK(gemel_compare_link(model, "x", one, two, &c, &head) == GEMEL_ERROR);
  CHECK(strcmp(gemel_last_error(),
               "link: 'x' is not known; choose among question:passage, passage:passage") == 0);
  CHECK(gemel_compare_link(model, NULL, one, two, NULL, &head) == GEMEL_INVALID_ARGUMENT);
  CHECK(strcmp(gemel_last_error(), "gemel_compare_link: an argument is a null pointer") == 0);
  CHECK(gemel_tower_name(model, 2, &name) == GEMEL_INVALID_ARGUMENT);
  CHECK(strcmp(gemel_last_error(), "gemel_tower_name: index is not below the number of towers") ==
        0);
  CHECK(gemel_tower_name(model, 0, NULL) == GEMEL_INVALID_ARGUMENT);
  CHECK(gemel_tower_count(NULL, &count) == GEMEL_INVALID_ARGUMENT);
}

/* A siamese model's only tower may go unnamed. */
static void check_siamese(const gemel_model* model) {
  const gemel_text one = text("how old are you?");
  gemel_comparison c;
  gemel_head_verdict head;
  float unnamed[5], named[5];
  CHECK(gemel_embed_tower(model, NULL, &one, 1, unnamed, 5, 1) == GEMEL_OK);
  CHECK(gemel_embed_tower(model, "text", &one, 1, named, 5, 1) == GEMEL_OK);
  CHECK(memcmp(unnamed, named, sizeof named) == 0);
  CHECK(gemel_compare_link(model, "", one, one, &c, &head) == GEMEL_OK && c.distance == 0);
  CHECK(isnan(head.probability) && isnan(head.threshold));
}

int main(int argc, char** argv) {
  gemel_model* model = NULL;
  if (argc != 3) return 2;
  CHECK(gemel_last_error()[0] == '\0');
  CHECK(gemel_load(NULL, &model) == GEMEL_INVALID_ARGUMENT);
  CHECK(gemel_load("/nonexistent", &model) == GEMEL_ERROR && model == NULL);
  CHECK(strcmp(gemel_last_error(), "/nonexistent: cannot be opened: No such file or directory") ==
        0);
  CHECK(gemel_load(argv[1], &model) == GEMEL_OK);
  if (!model) return 1;
  check_work(model);
  check_mistakes(model);
  check_siamese(model);
  gemel_free(model);
  CHECK(gemel_load(argv[2], &model) == GEMEL_OK);
  if (!model) return 1;
  check_towers(model);
  gemel_free(model);
  gemel_free(NULL);
  return failures == 0 ? 0 : 1;
}
