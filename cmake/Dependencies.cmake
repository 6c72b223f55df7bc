# Every library comes from the distribution's packages; nothing is downloaded or vendored.
# Of the libraries that inlet links, only libc, libstdc++, libgcc, OpenSSL and libcurl are expected on the machine that it
# runs on; the others are header-only, archives, or go along in lib/inlet (docs/decisions/one-package.md).
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)  # headers only: Asio, Beast, Outcome, Endian, JSON
find_package(OpenSSL 3.0 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(CURL REQUIRED)

# inlet::NAME is the archive libFILE.a, or what pkg-config knows where the distribution has no archives.
function(inlet_archive name file module)
    pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
    find_library(INLET_${name}_ARCHIVE lib${file}.a HINTS ${${name}_LIBRARY_DIRS})
    if(NOT INLET_${name}_ARCHIVE)
        add_library(inlet::${name} ALIAS PkgConfig::${name})
        return()
    endif()
    add_library(inlet::${name} STATIC IMPORTED GLOBAL)
    set_target_properties(inlet::${name} PROPERTIES
        IMPORTED_LOCATION "${INLET_${name}_ARCHIVE}" INTERFACE_INCLUDE_DIRECTORIES "${${name}_INCLUDE_DIRS}")
endfunction()
inlet_archive(deflate deflate libdeflate)
inlet_archive(zstd zstd libzstd)
inlet_archive(zlib z zlib)
inlet_archive(expat expat expat)

add_library(inlet_spdlog INTERFACE)
target_compile_definitions(inlet_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
target_include_directories(inlet_spdlog SYSTEM INTERFACE
    $<TARGET_PROPERTY:spdlog::spdlog_header_only,INTERFACE_INCLUDE_DIRECTORIES>)
target_link_libraries(inlet_spdlog INTERFACE fmt::fmt-header-only Threads::Threads)
add_library(inlet::spdlog ALIAS inlet_spdlog)

add_library(inlet_tomlplusplus INTERFACE)
target_compile_definitions(inlet_tomlplusplus INTERFACE TOML_HEADER_ONLY=1)
target_include_directories(inlet_tomlplusplus SYSTEM INTERFACE
    $<TARGET_PROPERTY:tomlplusplus::tomlplusplus,INTERFACE_INCLUDE_DIRECTORIES>)
add_library(inlet::tomlplusplus ALIAS inlet_tomlplusplus)

if(INLET_TESTS)
    find_package(GTest REQUIRED)
endif()
if(INLET_BENCH)
    find_package(benchmark REQUIRED)
endif()
