# inlet_options: what every target of ours is compiled with.
add_library(inlet_options INTERFACE)
target_include_directories(inlet_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(inlet_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
target_compile_definitions(inlet_options INTERFACE
    INLET_VERSION="${PROJECT_VERSION}"
    # Asio's own switches: no deprecated names, and no fence that -fsanitize=thread cannot follow.
    BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_FENCED_BLOCK)
if(INLET_WERROR)
    target_compile_options(inlet_options INTERFACE -Werror)
endif()
# Control flow that was bent is stopped by the processor: CET, or PAC and BTI.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set(INLET_BRANCH_PROTECTION -fcf-protection)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    set(INLET_BRANCH_PROTECTION -mbranch-protection=standard)
endif()
if(INLET_SANITIZE)
    target_compile_options(inlet_options INTERFACE
        -fsanitize=${INLET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(inlet_options INTERFACE -fsanitize=${INLET_SANITIZE})
    if(INLET_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # GCC 12 follows std::optional badly through what this sanitizer puts in between.
        target_compile_options(inlet_options INTERFACE -Wno-maybe-uninitialized)
    endif()
elseif(NOT INLET_FUZZ AND NOT INLET_COVERAGE)
    # tests/e2e/test_hardening.py finds all of these in the binary.
    target_compile_options(inlet_options INTERFACE
        -fstack-protector-strong -fstack-clash-protection ${INLET_BRANCH_PROTECTION}
        $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
    target_link_options(inlet_options INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(INLET_COVERAGE)
    target_compile_options(inlet_options INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(inlet_options INTERFACE --coverage)
endif()
if(INLET_FUZZ)
    target_compile_options(inlet_options INTERFACE -fsanitize=fuzzer-no-link)  # libFuzzer needs coverage of all our code
endif()

# inlet_module(name DEPENDS targets... [PRIVATE targets...]): src/name as a library, its tests as one program.
function(inlet_module name)
    cmake_parse_arguments(ARG "" "" "DEPENDS;PRIVATE" ${ARGN})
    set(dir "${CMAKE_SOURCE_DIR}/src/${name}")
    file(GLOB sources CONFIGURE_DEPENDS "${dir}/*.cpp")
    set(tests ${sources})
    list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
    list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cpp$")
    if(sources)
        add_library(inlet_${name} STATIC ${sources})
        target_link_libraries(inlet_${name} PUBLIC inlet_options ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE})
    else()
        add_library(inlet_${name} INTERFACE)
        target_link_libraries(inlet_${name} INTERFACE inlet_options ${ARG_DEPENDS})
    endif()
    if(INLET_TESTS AND tests)
        add_executable(${name}_test ${tests})
        target_include_directories(${name}_test PRIVATE "${CMAKE_SOURCE_DIR}/tests")
        target_link_libraries(${name}_test PRIVATE inlet_${name} inlet_test_support ${ARG_PRIVATE} GTest::gmock GTest::gtest_main)
        add_test(NAME ${name} COMMAND ${name}_test)
    endif()
endfunction()

# Helpers that tests and fuzzers share: tests/support/*.cpp, on top of base alone.
if(INLET_TESTS OR INLET_FUZZ)
    file(GLOB support CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/support/*.cpp")
    if(support)
        add_library(inlet_test_support STATIC ${support})
        target_include_directories(inlet_test_support PUBLIC "${CMAKE_SOURCE_DIR}/tests")
        target_link_libraries(inlet_test_support PUBLIC inlet_base OpenSSL::SSL)
    else()
        add_library(inlet_test_support INTERFACE)
    endif()
endif()
