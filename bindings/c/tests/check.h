/*
 * What tests in C and C++ share: a check that says where it failed, and the count at the end, which `cargo xtask test` reads.
 */

#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program if the condition does not hold. Without NDEBUG's way out, and with the library's last error. */
#define CHECK(condition)                                                                            \
    do {                                                                                            \
        if (!(condition)) {                                                                         \
            fprintf(stderr, "%s:%d: in %s: %s\nlast error: %s\n", __FILE__, __LINE__, __func__,     \
                    #condition, scalr_detect_last_error());                                         \
            exit(1);                                                                                \
        }                                                                                           \
    } while (0)

#define CHECK_STATUS(call, expected) CHECK((call) == SCALR_DETECT_STATUS_##expected)
#define CHECK_OK(call) CHECK_STATUS(call, OK)
/* Texts are equal; a text has another in it. */
#define CHECK_TEXT(actual, expected) CHECK(strcmp((actual), (expected)) == 0)
#define CHECK_HAS(text, part) CHECK(strstr((text), (part)) != NULL)
#define CHECK_HAS_NOT(text, part) CHECK(strstr((text), (part)) == NULL)

typedef struct {
    const char *name;
    void (*run)(void);
} test;

/* Runs a table of tests. What is printed is what cargo's tests print, so that it is counted like them. */
static inline int run_tests(const test *tests, size_t count) {
    for (size_t i = 0; i < count; i++) {
        tests[i].run();
        printf("test %s ... ok\n", tests[i].name);
    }
    printf("test result: ok. %zu passed; 0 failed\n", count);
    return 0;
}

#endif /* CHECK_H */
