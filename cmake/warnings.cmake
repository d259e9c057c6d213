# Warnings for our own targets only; consumers never see them.
add_library(gemel_warnings INTERFACE)
target_compile_options(gemel_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
    -Woverloaded-virtual -Wimplicit-fallthrough>
  $<$<BOOL:${GEMEL_WERROR}>:-Werror>)
