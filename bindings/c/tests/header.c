/* The header alone, in C: it needs nothing included before it, and may be included twice. */

#include <scalr_detect.h>
#include <scalr_detect.h>

/* The numbers that never change. */
_Static_assert(SCALR_DETECT_STATUS_OK == 0 && SCALR_DETECT_STATUS_END == 1, "statuses");
_Static_assert(SCALR_DETECT_STATUS_BUFFER_TOO_SMALL == 2, "statuses");
_Static_assert(SCALR_DETECT_STATUS_NULL_POINTER == 10 && SCALR_DETECT_STATUS_INVALID_LENGTH == 11, "statuses");
_Static_assert(SCALR_DETECT_STATUS_INVALID_UTF8 == 12 && SCALR_DETECT_STATUS_INVALID_OPTION == 13, "statuses");
_Static_assert(SCALR_DETECT_STATUS_UNKNOWN_DETECTOR == 14 && SCALR_DETECT_STATUS_INVALID_CUSTOM == 15, "statuses");
_Static_assert(SCALR_DETECT_STATUS_NO_FINDING == 16 && SCALR_DETECT_STATUS_FINISHED == 17, "statuses");
_Static_assert(SCALR_DETECT_STATUS_PANIC == 90, "statuses");
_Static_assert(SCALR_DETECT_CONFIDENCE_LOW == 1 && SCALR_DETECT_CONFIDENCE_CHECKED == 4, "confidences");
_Static_assert(SCALR_DETECT_SEVERITY_INFO == 1 && SCALR_DETECT_SEVERITY_CRITICAL == 5, "severities");

/* The layout of a version 0.1, on machines with pointers of eight bytes. */
_Static_assert(sizeof(void *) != 8 || sizeof(scalr_detect_finding) == 160, "layout of a finding");
_Static_assert(sizeof(void *) != 8 || offsetof(scalr_detect_finding, start) == 64, "layout of a finding");
_Static_assert(sizeof(void *) != 8 || offsetof(scalr_detect_finding, fingerprint) == 120, "layout of a finding");
_Static_assert(sizeof(void *) != 8 || sizeof(scalr_detect_detector) == 104, "layout of a detector");
_Static_assert(sizeof(void *) != 8 || sizeof(scalr_detect_buffer) == 24, "layout of a buffer");

#if SCALR_DETECT_VERSION_NUMBER != \
    SCALR_DETECT_VERSION_MAJOR * 65536 + SCALR_DETECT_VERSION_MINOR * 256 + SCALR_DETECT_VERSION_PATCH
#error "the version's number is not made of its parts"
#endif

int main(void) { return 0; }
