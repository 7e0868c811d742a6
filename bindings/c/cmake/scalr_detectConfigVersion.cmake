# The version is that of the header, so that it is written in one place.
file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../../../include/scalr_detect.h" _scalr_detect_line
    REGEX "^#define SCALR_DETECT_VERSION \"")
string(REGEX REPLACE ".*\"([0-9]+)\\.([0-9]+)(\\.[^\"]*)\".*" "\\1" _scalr_detect_major "${_scalr_detect_line}")
string(REGEX REPLACE ".*\"([0-9]+)\\.([0-9]+)(\\.[^\"]*)\".*" "\\2" _scalr_detect_minor "${_scalr_detect_line}")
string(REGEX REPLACE ".*\"([^\"]*)\".*" "\\1" PACKAGE_VERSION "${_scalr_detect_line}")

# Compatible are versions with the same soname: of the same major version; before 1.0, of the same minor version.
set(PACKAGE_VERSION_COMPATIBLE FALSE)
set(PACKAGE_VERSION_EXACT FALSE)
if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
elseif(PACKAGE_FIND_VERSION VERSION_LESS PACKAGE_VERSION
        AND PACKAGE_FIND_VERSION_MAJOR EQUAL _scalr_detect_major
        AND (PACKAGE_FIND_VERSION_MAJOR GREATER 0 OR PACKAGE_FIND_VERSION_MINOR EQUAL _scalr_detect_minor))
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
