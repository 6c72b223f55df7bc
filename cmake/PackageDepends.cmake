# Read by CPack: what the package depends on. dpkg-shlibdeps tells the least versions for this build; anything but the few
# libraries that every machine has in the same form is an error.
set(folder "${CPACK_PACKAGE_DIRECTORY}/depends")
file(WRITE "${folder}/debian/control" "Source: inlet\nPackage: inlet\nArchitecture: any\n")
execute_process(COMMAND dpkg-shlibdeps -O -e "${CPACK_INLET_BINARY}" WORKING_DIRECTORY "${folder}"
    OUTPUT_VARIABLE found ERROR_VARIABLE problems RESULT_VARIABLE status OUTPUT_STRIP_TRAILING_WHITESPACE)
file(REMOVE_RECURSE "${folder}")
if(NOT status EQUAL 0)
    message(FATAL_ERROR "dpkg-shlibdeps: ${problems}")
endif()
string(REGEX REPLACE "^shlibs:Depends=" "" found "${found}")
string(REGEX REPLACE ", *" ";" found "${found}")

set(depends "")
foreach(one IN LISTS found)
    if(one MATCHES "^(libc6|libgcc-s1|libstdc\\+\\+6) ")
        list(APPEND depends "${one}")
    elseif(one MATCHES "^(libssl3|libcurl4)(t64)? (.*)$")
        # The same library has another name since Ubuntu 24.04.
        list(APPEND depends "${CMAKE_MATCH_1} ${CMAKE_MATCH_3} | ${CMAKE_MATCH_1}t64 ${CMAKE_MATCH_3}")
    elseif(NOT one MATCHES "^(libsimdjson|libprometheus-cpp-core)")  # these go along in lib/inlet
        message(FATAL_ERROR "the package would depend on ${one}")
    endif()
endforeach()
# To make the user.
list(APPEND depends "systemd | systemd-standalone-sysusers")
list(JOIN depends ", " CPACK_DEBIAN_PACKAGE_DEPENDS)
