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

int main(int argc, char** argv) {
  gemel_model* model = NULL;
  if (argc != 2) return 2;
  CHECK(gemel_last_error()[0] == '\0');
  CHECK(gemel_load(NULL, &model) == GEMEL_INVALID_ARGUMENT);
  CHECK(gemel_load("/nonexistent", &model) == GEMEL_ERROR && model == NULL);
  CHECK(strcmp(gemel_last_error(), "/nonexistent: cannot be opened: No such file or directory") ==
        0);
  CHECK(gemel_load(argv[1], &model) == GEMEL_OK);
  if (!model) return 1;
  check_work(model);
  check_mistakes(model);
  gemel_free(model);
  gemel_free(NULL);
  return failures == 0 ? 0 : 1;
}
