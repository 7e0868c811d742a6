# find_package(scalr_detect) defines
#
#   scalr_detect::scalr_detect         the shared library
#   scalr_detect::scalr_detect_static  the static library, with what it needs of the system
#
# whichever of them is installed. Both bring the headers with them.

# This file is in <prefix>/share/scalr_detect/cmake.
get_filename_component(_scalr_detect_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

find_path(scalr_detect_INCLUDE_DIR scalr_detect.h
    PATHS "${_scalr_detect_prefix}/include" NO_DEFAULT_PATH)
# The folder of libraries may be lib64 or lib/<architecture>.
foreach(_scalr_detect_kind SHARED STATIC)
    if(_scalr_detect_kind STREQUAL "SHARED")
        set(_scalr_detect_name "${CMAKE_SHARED_LIBRARY_PREFIX}scalr_detect${CMAKE_SHARED_LIBRARY_SUFFIX}")
    else()
        set(_scalr_detect_name "${CMAKE_STATIC_LIBRARY_PREFIX}scalr_detect${CMAKE_STATIC_LIBRARY_SUFFIX}")
    endif()
    find_library(scalr_detect_${_scalr_detect_kind}_LIBRARY NAMES "${_scalr_detect_name}"
        PATHS "${_scalr_detect_prefix}"
        PATH_SUFFIXES lib "lib/${CMAKE_LIBRARY_ARCHITECTURE}" lib64
        NO_DEFAULT_PATH)
endforeach()

set(scalr_detect_FOUND FALSE)
if(scalr_detect_INCLUDE_DIR AND scalr_detect_SHARED_LIBRARY AND NOT TARGET scalr_detect::scalr_detect)
    add_library(scalr_detect::scalr_detect SHARED IMPORTED)
    set_target_properties(scalr_detect::scalr_detect PROPERTIES
        IMPORTED_LOCATION "${scalr_detect_SHARED_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${scalr_detect_INCLUDE_DIR}")
endif()
if(scalr_detect_INCLUDE_DIR AND scalr_detect_STATIC_LIBRARY AND NOT TARGET scalr_detect::scalr_detect_static)
    find_package(Threads REQUIRED)
    add_library(scalr_detect::scalr_detect_static STATIC IMPORTED)
    set_target_properties(scalr_detect::scalr_detect_static PROPERTIES
        IMPORTED_LOCATION "${scalr_detect_STATIC_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${scalr_detect_INCLUDE_DIR}"
        # What Rust's standard library uses.
        INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS};m")
endif()
if(TARGET scalr_detect::scalr_detect OR TARGET scalr_detect::scalr_detect_static)
    set(scalr_detect_FOUND TRUE)
else()
    set(scalr_detect_NOT_FOUND_MESSAGE "no library and header of scalr_detect in ${_scalr_detect_prefix}")
endif()
mark_as_advanced(scalr_detect_INCLUDE_DIR scalr_detect_SHARED_LIBRARY scalr_detect_STATIC_LIBRARY)
