# Debian's dnnl-config.cmake asks for OpenCL headers that its package does not bring, and
# sentencepiece ships no CMake package at all, so both are looked for as a header and a library.
find_package(Threads REQUIRED)

function(gemel_find_library target header library package)
  string(TOUPPER "${library}" upper)
  find_path(GEMEL_${upper}_INCLUDE ${header})
  find_library(GEMEL_${upper}_LIBRARY ${library})
  if(NOT GEMEL_${upper}_INCLUDE OR NOT GEMEL_${upper}_LIBRARY)
    message(FATAL_ERROR "gemel needs ${header} and lib${library}: install ${package} (Debian)")
  endif()
  if(NOT TARGET ${target})
    add_library(${target} UNKNOWN IMPORTED GLOBAL)
    set_target_properties(${target} PROPERTIES
      IMPORTED_LOCATION "${GEMEL_${upper}_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${GEMEL_${upper}_INCLUDE}")
  endif()
endfunction()

gemel_find_library(gemel_dnnl dnnl.hpp dnnl libdnnl-dev)
gemel_find_library(gemel_sentencepiece sentencepiece_processor.h sentencepiece libsentencepiece-dev)
gemel_find_library(gemel_sentencepiece_train sentencepiece_trainer.h sentencepiece_train
                   libsentencepiece-dev)
gemel_find_library(gemel_xxhash xxhash.h xxhash libxxhash-dev)
gemel_find_library(gemel_csv csv.h csv libcsv-dev)
gemel_find_library(gemel_zstd zstd.h zstd libzstd-dev)
find_path(GEMEL_UTFCPP_INCLUDE utf8.h PATH_SUFFIXES utf8cpp)
if(NOT GEMEL_UTFCPP_INCLUDE)
  message(FATAL_ERROR "gemel needs utf8.h of UTF8-CPP: install libutfcpp-dev (Debian)")
endif()
find_package(nlohmann_json 3.10 REQUIRED)
if(GEMEL_BUILD_APPS OR GEMEL_BUILD_TESTS)
  # The archive, for the reason that lib/src/onnx/CMakeLists.txt gives.
  find_program(GEMEL_PROTOC protoc)
  find_path(GEMEL_PROTOBUF_INCLUDE google/protobuf/message_lite.h)
  find_library(GEMEL_PROTOBUF_LITE_ARCHIVE libprotobuf-lite.a)
  if(NOT GEMEL_PROTOC OR NOT GEMEL_PROTOBUF_INCLUDE OR NOT GEMEL_PROTOBUF_LITE_ARCHIVE)
    message(FATAL_ERROR "gemel needs protoc, google/protobuf/message_lite.h and libprotobuf-lite.a: "
            "install protobuf-compiler and libprotobuf-dev (Debian)")
  endif()
  find_package(Boost 1.70 CONFIG REQUIRED COMPONENTS program_options iostreams)
else()
  find_package(Boost 1.70 CONFIG REQUIRED COMPONENTS iostreams)
endif()
