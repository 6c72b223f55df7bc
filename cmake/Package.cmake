# The Debian package: what is installed where, and what CPack makes of it. deploy/build-deb.sh runs it.
include(GNUInstallDirs)

set(INLET_PACKAGE_VERSION "${PROJECT_VERSION}" CACHE STRING "Version of the Debian package")

# Whatever is not on the machine goes along in a folder of its own.
# In the build too: else CMake fills the place of the path with colons, and an empty path is the working folder.
set_target_properties(inlet PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/inlet" BUILD_WITH_INSTALL_RPATH ON)
install(TARGETS inlet RUNTIME DESTINATION bin)
install(IMPORTED_RUNTIME_ARTIFACTS simdjson::simdjson prometheus-cpp::core LIBRARY DESTINATION lib/inlet)

set(deploy "${CMAKE_SOURCE_DIR}/deploy")
install(PROGRAMS ${deploy}/package/acme ${deploy}/package/install-certificate DESTINATION lib/inlet)
install(DIRECTORY ${deploy}/systemd/ DESTINATION lib/systemd/system
    FILES_MATCHING PATTERN *.service PATTERN *.socket PATTERN *.timer)
install(FILES ${deploy}/package/sysusers.conf DESTINATION lib/sysusers.d RENAME inlet.conf)
install(FILES ${deploy}/package/inlet.toml DESTINATION /etc/inlet)
install(FILES ${deploy}/package/lintian-overrides DESTINATION share/lintian/overrides RENAME inlet)
install(FILES ${deploy}/package/acme.env DESTINATION share/doc/inlet/examples)

# Libraries of which a part is in the program: their licences go along. (Boost's asks for nothing in object code.)
set(packages libcli11-dev libdeflate-dev libexpat1-dev libfmt-dev
    libsimdjson-dev libspdlog-dev libtomlplusplus-dev libzstd-dev prometheus-cpp-dev zlib1g-dev)
set(documents "${CMAKE_BINARY_DIR}/documents")
add_custom_command(
    OUTPUT ${documents}/copyright
    COMMAND python3 ${deploy}/package/make_documents.py --binary $<TARGET_FILE:inlet>
        --version ${INLET_PACKAGE_VERSION} --output ${documents} ${packages}
    DEPENDS inlet ${deploy}/package/make_documents.py ${deploy}/package/inlet.1.in ${deploy}/package/copyright
        CHANGELOG.md cmake/Package.cmake
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
add_custom_target(documents DEPENDS ${documents}/copyright)
install(FILES ${documents}/inlet.1.gz DESTINATION share/man/man1)
install(FILES ${documents}/changelog.gz ${documents}/CHANGELOG.md.gz ${documents}/copyright ${documents}/inlet.toml.example
    DESTINATION share/doc/inlet)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME inlet)
set(CPACK_SET_DESTDIR ON)  # files in /etc too
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_CMAKE_GENERATOR Ninja)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "first-party event collector")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Apps, browsers and servers POST what their users do; inlet answers when the
rows are safe on this machine's disk, and brings every row to a data lake: a
folder, Amazon S3, or Amazon Data Firehose.")
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The authors of inlet <inlet@users.noreply.github.com>")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_VERSION ${INLET_PACKAGE_VERSION})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, lego, openssl")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${deploy}/package/conffiles ${deploy}/package/postinst ${deploy}/package/prerm ${deploy}/package/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# Looks at the program when the package is made.
set(CPACK_PROJECT_CONFIG_FILE "${CMAKE_SOURCE_DIR}/cmake/PackageDepends.cmake")
set(CPACK_INLET_BINARY "${CMAKE_BINARY_DIR}/inlet")
include(CPack)
