#include <gemel/gemel.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
  gemel_model* model = NULL;
  gemel_comparison c;
  gemel_text a, b;
  if (argc != 4) return 2;
  a.data = argv[2];
  a.size = strlen(argv[2]);
  b.data = argv[3];
  b.size = strlen(argv[3]);
  if (gemel_load(argv[1], &model) != GEMEL_OK || gemel_compare(model, a, b, &c) != GEMEL_OK) {
    printf("%s\n", gemel_last_error());
    return 1;
  }
  printf("%.3f %s\n", c.score, c.duplicate ? "duplicate" : "different");
  gemel_free(model);
  return 0;
}
