/*
 * What a call through the C interface costs over the same call in Rust: both in one run, in turns, the best of many rounds of
 * each. `cargo xtask bench-c` builds and runs it. It fails if the two do not find what is stated.
 */

#define _POSIX_C_SOURCE 199309L

#include <scalr_detect.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* In Rust: see baseline.rs. */
size_t baseline_is_match(const void *data, size_t len, size_t rounds);
size_t baseline_scan(const void *data, size_t len, size_t rounds);
size_t baseline_redact(const void *data, size_t len, size_t rounds);

static scalr_detect_scanner *scanner;

static void check(bool holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "%s: %s\n", what, scalr_detect_last_error());
        exit(1);
    }
}

static size_t c_is_match(const void *data, size_t len, size_t rounds) {
    size_t found = 0;
    for (size_t i = 0; i < rounds; i++) {
        bool is_match;
        check(scalr_detect_is_match(scanner, data, len, &is_match) == SCALR_DETECT_STATUS_OK, "is_match");
        found += is_match;
    }
    return found;
}

static size_t c_scan(const void *data, size_t len, size_t rounds) {
    static scalr_detect_finding findings[256];
    size_t found = 0;
    for (size_t i = 0; i < rounds; i++) {
        size_t count;
        check(scalr_detect_scan(scanner, data, len, findings, 256, &count) == SCALR_DETECT_STATUS_OK, "scan");
        found += count;
    }
    return found;
}

static size_t c_redact(const void *data, size_t len, size_t rounds) {
    size_t bytes = 0;
    for (size_t i = 0; i < rounds; i++) {
        scalr_detect_buffer buffer;
        check(scalr_detect_redact(scanner, data, len, &buffer) == SCALR_DETECT_STATUS_OK, "redact");
        bytes += buffer.len;
        scalr_detect_buffer_free(&buffer);
    }
    return bytes;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Lines of a log, and a token in one of so many of them; how many tokens. */
static size_t fill(char *data, size_t len, size_t every) {
    /* In two pieces: no secret is in this file. */
    static const char token[] = "npm_" "vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP";
    static const char *const levels[] = {"info", "debug", "warning"};
    static const char *const services[] = {"gateway", "orders", "billing", "search", "mailer"};
    size_t at = 0, tokens = 0;
    for (size_t i = 0; at < len; i++) {
        char line[256];
        int written;
        if (every != 0 && i % every == every / 2) {
            written = snprintf(line, sizeof line, "level=info msg=\"login\" token=%s\n", token);
            if (at + (size_t)written > len) {
                memset(data + at, '\n', len - at);
                break;
            }
            tokens++;
        } else {
            written = snprintf(line, sizeof line, "level=%s service=%s msg=\"request %zu served\" path=/v1/items/%zu ms=%zu\n",
                               levels[i % 3], services[i % 5], i, i * 7919 % 1000, i * 31 % 97);
        }
        size_t len_here = (size_t)written < len - at ? (size_t)written : len - at;
        memcpy(data + at, line, len_here);
        at += len_here;
    }
    return tokens;
}

int main(int argc, char **argv) {
    /* --test: once through, for what is found and not for how long it takes. */
    bool is_test = argc > 1 && strcmp(argv[1], "--test") == 0;
    static const struct {
        const char *name;
        size_t len, every, expected;
    } inputs[] = {
        {"100 B", 100, 0, 0},
        {"1 KB", 1000, 0, 0},
        {"64 KB", 64000, 0, 0},
        {"10 MB", 10000000, 0, 0},
        {"100 B, 1 secret", 100, 1, 1},
        {"1 KB, 1 secret", 1000, 10, 1},
        {"64 KB, 9 secrets", 64000, 94, 9},
        {"10 MB, 100 secrets", 10000000, 1150, 0},
    };
    static const struct {
        const char *name;
        size_t (*c)(const void *, size_t, size_t), (*rust)(const void *, size_t, size_t);
    } calls[] = {
        {"is_match", c_is_match, baseline_is_match},
        {"scan", c_scan, baseline_scan},
        {"redact", c_redact, baseline_redact},
    };
    check(scalr_detect_scanner_new(&scanner) == SCALR_DETECT_STATUS_OK, "scanner");
    printf("%-20s %-9s %12s %12s %10s %8s %8s\n", "input", "call", "Rust ns", "C ns", "over ns", "over %", "C GB/s");
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        size_t len = inputs[i].len;
        char *data = malloc(len);
        check(data != NULL, "memory");
        size_t tokens = fill(data, len, inputs[i].every);
        size_t found = c_scan(data, len, 1), rust_found = baseline_scan(data, len, 1);
        if (found != tokens || rust_found != tokens || (inputs[i].expected != 0 && tokens != inputs[i].expected)) {
            fprintf(stderr, "%s: %zu secrets, found by C %zu, by Rust %zu\n", inputs[i].name, tokens, found, rust_found);
            return 1;
        }
        for (size_t j = 0; j < sizeof calls / sizeof *calls; j++) {
            check(calls[j].c(data, len, 1) == calls[j].rust(data, len, 1), "C and Rust differ");
            /* A turn of about a millisecond, and at least one call. */
            double start = now();
            size_t rounds = 0;
            while (!is_test && now() - start < 1e6) {
                rounds += calls[j].rust(data, len, 1) != SIZE_MAX;
            }
            rounds += rounds == 0;
            double best[2] = {1e300, 1e300};
            for (size_t turn = 0; turn < (is_test ? 1 : 200); turn++) {
                for (size_t which = 0; which < 2; which++) {
                    start = now();
                    (which == 0 ? calls[j].rust : calls[j].c)(data, len, rounds);
                    double took = (now() - start) / (double)rounds;
                    best[which] = took < best[which] ? took : best[which];
                }
            }
            printf("%-20s %-9s %12.1f %12.1f %10.1f %8.2f %8.2f\n", inputs[i].name, calls[j].name, best[0], best[1],
                   best[1] - best[0], 100 * (best[1] / best[0] - 1), (double)len / best[1]);
        }
        free(data);
    }
    scalr_detect_scanner_free(scanner);
    return 0;
}
