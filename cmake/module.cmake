# gemel_module(NAME SOURCES a.cpp … DEPENDS lower-module … LINK external-target …)
# One folder of the ladder: a static library gemel_NAME whose sources include headers as
# "core/error.hpp", "tokenizer/tokenizer.hpp" and so on, from the roots below.
function(gemel_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  add_library(gemel_${name} STATIC ${ARG_SOURCES})
  target_compile_features(gemel_${name} PUBLIC cxx_std_20)
  set_target_properties(gemel_${name} PROPERTIES
    POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(gemel_${name} PUBLIC
    ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/lib/include ${PROJECT_SOURCE_DIR}/lib/src)
  target_link_libraries(gemel_${name} PRIVATE gemel_warnings ${ARG_LINK})
  foreach(dependency IN LISTS ARG_DEPENDS)
    target_link_libraries(gemel_${name} PUBLIC gemel_${dependency})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY GEMEL_MODULES gemel_${name})
endfunction()
