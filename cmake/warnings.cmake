# Warnings for our own targets only; consumers never see them.
add_library(gemel_warnings INTERFACE)
target_compile_options(gemel_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
    -Woverloaded-virtual -Wimplicit-fallthrough>
  # gcc 12 sees overlapping copies inside std::string's operator+ (its bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<BOOL:${GEMEL_WERROR}>:-Werror>)
