/* gemel's C interface (C99): load a model, embed, compare, decide.
 *
 * Every function but gemel_free and gemel_last_error returns a status; on anything but GEMEL_OK the
 * outputs are not to be used and gemel_last_error() tells why. No C++ exception leaves these
 * functions.
 * A model may be used from any number of threads at once. Texts are UTF-8, without a final NUL. */
#ifndef GEMEL_H
#define GEMEL_H
#include <stddef.h>

#if defined(__GNUC__)
#define GEMEL_C_API __attribute__((visibility("default")))
#else
#define GEMEL_C_API
#endif
#ifdef __cplusplus
extern "C" {
#endif

typedef struct gemel_model gemel_model;

typedef enum gemel_status {
  GEMEL_OK = 0,
  GEMEL_ERROR = 1,            /* a user's mistake or bad input: file, option, text */
  GEMEL_INVALID_ARGUMENT = 2, /* a null pointer or a wrong size: the caller's bug */
  GEMEL_OUT_OF_MEMORY = 3,
  GEMEL_INTERNAL = 4 /* a bug in gemel */
} gemel_status;

typedef struct gemel_text {
  const char* data; /* may be null if size is 0 */
  size_t size;      /* bytes */
} gemel_text;

typedef struct gemel_comparison {
  float score;       /* large = alike; what the threshold is about */
  float distance;    /* small = alike, 0 or more */
  float probability; /* that both say the same, 0 to 1; NaN if the model is not calibrated */
  int duplicate;     /* the model's verdict, 1 or 0: its pair head's where it has one, else whether
                        the score reaches the model's threshold */
} gemel_comparison;

/* Loads a model bundle with default options. Free it with gemel_free. */
GEMEL_C_API gemel_status gemel_load(const char* path, gemel_model** model);
/* Null is allowed. */
GEMEL_C_API void gemel_free(gemel_model* model);

/* D, floats an embedding. */
GEMEL_C_API gemel_status gemel_dimension(const gemel_model* model, size_t* dimension);

/* out[count, D] row-major, row i for texts[i]. out_size is in floats and must be count * D.
 * threads: 0 for all cores. A model with several towers needs gemel_embed_tower. */
GEMEL_C_API gemel_status gemel_embed(const gemel_model* model, const gemel_text* texts,
                                     size_t count, float* out, size_t out_size, int threads);

/* a is read by the first tower of the model's first link, b by the second. */
GEMEL_C_API gemel_status gemel_compare(const gemel_model* model, gemel_text a, gemel_text b,
                                       gemel_comparison* out);

/* *duplicate becomes 1 if the score reaches the model's threshold, else 0. Goes by the score alone,
 * whether the model has a pair head or not. */
GEMEL_C_API gemel_status gemel_decide(const gemel_model* model, float score, int* duplicate);

/* Towers: the model's encoders. A siamese model has one, which reads all texts; others read first
 * texts by one and second texts by another. Names are UTF-8 with a final NUL and live as long as
 * the model. */
GEMEL_C_API gemel_status gemel_tower_count(const gemel_model* model, size_t* count);
/* index below the number of towers. */
GEMEL_C_API gemel_status gemel_tower_name(const gemel_model* model, size_t index,
                                          const char** name);
/* As gemel_embed. tower: a name; null or "" where the model has only one. */
GEMEL_C_API gemel_status gemel_embed_tower(const gemel_model* model, const char* tower,
                                           const gemel_text* texts, size_t count, float* out,
                                           size_t out_size, int threads);

/* What a pair head, a small classifier over two texts, says of a pair. */
typedef struct gemel_head_verdict {
  float probability; /* that both say the same, 0 to 1; NaN if the model has no pair head */
  float threshold;   /* from which on they count as duplicates, 0 to 1; NaN likewise */
} gemel_head_verdict;

/* As gemel_compare. link: which towers read a and b, "question:passage"; null or "" for the model's
 * first link. head may be null. */
GEMEL_C_API gemel_status gemel_compare_link(const gemel_model* model, const char* link,
                                            gemel_text a, gemel_text b, gemel_comparison* out,
                                            gemel_head_verdict* head);

/* What the last call on this thread that failed had to say; "" if none did. Never null; valid until
 * the next failure on this thread. */
GEMEL_C_API const char* gemel_last_error(void);

#ifdef __cplusplus
}
#endif
#endif
