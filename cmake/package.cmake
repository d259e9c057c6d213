# Installs the target gemel, of type ${gemel_type}, so that find_package(gemel) and pkg-config find it.
include(CMakePackageConfigHelpers)
set(gemel_config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gemel)
if(gemel_type STREQUAL "STATIC_LIBRARY")
  set(GEMEL_IS_STATIC ON)
  set(gemel_pc_libs "-ldnnl -lsentencepiece_train -lsentencepiece -lxxhash -lpthread -ldl -lstdc++ -lm")
else()
  set(GEMEL_IS_STATIC OFF)
  set(gemel_pc_libs "")
endif()

# One component, so that `cmake --install BUILD --component library` leaves the tool out.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME library)
install(TARGETS gemel EXPORT gemel
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lib/include/gemel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT gemel NAMESPACE gemel:: FILE gemelTargets.cmake DESTINATION ${gemel_config_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/gemelConfig.cmake.in
  ${PROJECT_BINARY_DIR}/gemelConfig.cmake INSTALL_DESTINATION ${gemel_config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gemelConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gemelConfig.cmake ${PROJECT_BINARY_DIR}/gemelConfigVersion.cmake
  DESTINATION ${gemel_config_dir})

# The prefix is worked out from where gemel.pc lies, so that an installation may be moved.
file(RELATIVE_PATH gemel_pc_up "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
configure_file(${PROJECT_SOURCE_DIR}/cmake/gemel.pc.in ${PROJECT_BINARY_DIR}/gemel.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/gemel.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
