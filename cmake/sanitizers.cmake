# GEMEL_SANITIZE=address,undefined or thread: compiled into every target of this build.
if(GEMEL_SANITIZE)
  add_compile_options(-fsanitize=${GEMEL_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${GEMEL_SANITIZE})
  if(GEMEL_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  add_compile_definitions(GEMEL_SANITIZED=1)
endif()
