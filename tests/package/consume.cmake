# cmake -D WAY=find_package|pkg_config|add_subdirectory|symbols -D … -P consume.cmake
# Uses gemel as a stranger would, from PREFIX where it is installed or from SOURCE, and compares two
# texts with the golden bundle.
cmake_minimum_required(VERSION 3.22)
set(consumer ${CMAKE_CURRENT_LIST_DIR}/consumer)
set(golden ${CMAKE_CURRENT_LIST_DIR}/../model/data/golden.safetensors)
set(work ${WORK}/${WAY})
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work})

function(run)
  execute_process(COMMAND ${ARGV} WORKING_DIRECTORY ${work} RESULT_VARIABLE result
    OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGV}\n${output}\nfailed: ${result}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect program expected)
  run(${program} ${golden} "how old are you?" "what is your age?")
  if(NOT output STREQUAL "${expected}")
    message(FATAL_ERROR "${program} printed\n${output}instead of\n${expected}")
  endif()
endfunction()

function(expect_both folder)
  # The C++ program goes on to make a mistake, whose exception has to arrive.
  expect(${folder}/compare "0.996 duplicate
compare: the embeddings hold 5 and 0 floats; this model's hold 5
")
  expect(${folder}/compare_c "0.996 duplicate\n")
endfunction()

function(build_with_cmake)
  run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${consumer} -B ${work}/build
    -DCMAKE_C_COMPILER=${C} -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}
    ${ARGN})
  run(${CMAKE_COMMAND} --build ${work}/build --parallel 2 --target compare compare_c)
  expect_both(${work}/build)
endfunction()

function(build_with_pkg_config)
  set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)
  run(pkg-config --cflags --libs gemel)
  separate_arguments(flags UNIX_COMMAND "${output}")
  list(APPEND flags -Wl,-rpath,${PREFIX}/${LIBDIR})
  run(${CXX} -std=c++20 ${consumer}/compare.cpp -o compare ${flags})
  run(${C} -std=c99 ${consumer}/compare.c -o compare_c ${flags})
  expect_both(${work})
  run(pkg-config --modversion gemel)
  if(NOT output STREQUAL "${VERSION}\n")
    message(FATAL_ERROR "pkg-config says version ${output} instead of ${VERSION}")
  endif()
endfunction()

# A shared library exports the public interface and nothing else.
function(check_symbols)
  file(GLOB library ${PREFIX}/${LIBDIR}/libgemel.so.*.*.*)
  if(NOT library)
    return()
  endif()
  run(nm -D -C --defined-only ${library})
  string(REGEX MATCHALL "[^\n]+" lines "${output}")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "^[0-9a-f]+ . (gemel::Model::|gemel_[a-z_]+$|(typeinfo|typeinfo name|vtable) for gemel::(Error|Interrupted)$)")
      message(FATAL_ERROR "exports more than the public interface: ${line}")
    endif()
  endforeach()
endfunction()

if(WAY STREQUAL "find_package")
  build_with_cmake(-DCMAKE_PREFIX_PATH=${PREFIX})
elseif(WAY STREQUAL "add_subdirectory")
  # Unoptimised: the whole library is built a second time here.
  build_with_cmake(-DGEMEL_SOURCE=${SOURCE} -DCMAKE_BUILD_TYPE=Debug)
elseif(WAY STREQUAL "pkg_config")
  build_with_pkg_config()
else()
  check_symbols()
endif()
