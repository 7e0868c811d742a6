/*
 * The corpus of the library through the C interface, from several threads that share one scanner. The argument is a file that
 * `cargo xtask test` makes of the corpus: a line `H HEX` for each haystack, followed by a line
 * `F DETECTOR START END FINGERPRINT` for each finding in it.
 */

#include <scalr_detect.h>

#include "check.h"

#include <pthread.h>

#define THREADS 4

typedef struct {
    char detector[128];
    size_t start, end;
    char fingerprint[33];
} expected_finding;

typedef struct {
    unsigned char *data;
    size_t len;
    expected_finding *findings;
    size_t count;
} haystack;

static haystack *haystacks;
static size_t haystack_count;
static scalr_detect_scanner *scanner;

static void *allocate(void *old, size_t size) {
    void *new = realloc(old, size == 0 ? 1 : size);
    if (new == NULL) {
        abort();
    }
    return new;
}

static int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

static void read_corpus(const char *path) {
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    size_t capacity = 1 << 16;
    char *line = allocate(NULL, capacity);
    for (;;) {
        /* A line of any length. */
        size_t len = 0;
        int c;
        while ((c = fgetc(file)) != EOF && c != '\n') {
            line[len++] = (char)c;
            if (len == capacity) {
                line = allocate(line, capacity *= 2);
            }
        }
        if (c == EOF && len == 0) {
            break;
        }
        line[len] = 0;
        CHECK(len >= 2 && line[1] == ' ');
        if (line[0] == 'H') {
            /* Grows by doubling. */
            if ((haystack_count & (haystack_count - 1)) == 0) {
                haystacks = allocate(haystacks, sizeof *haystacks * (haystack_count == 0 ? 1 : 2 * haystack_count));
            }
            haystack *new = &haystacks[haystack_count++];
            new->len = (len - 2) / 2;
            /* No longer than it is, so that tools see what is read behind its end. */
            new->data = allocate(NULL, new->len);
            new->findings = NULL;
            new->count = 0;
            for (size_t i = 0; i < new->len; i++) {
                new->data[i] = (unsigned char)(digit(line[2 + 2 * i]) << 4 | digit(line[3 + 2 * i]));
            }
        } else {
            CHECK(line[0] == 'F' && haystack_count > 0);
            haystack *last = &haystacks[haystack_count - 1];
            last->findings = allocate(last->findings, sizeof *last->findings * (last->count + 1));
            expected_finding *new = &last->findings[last->count++];
            CHECK(sscanf(line, "F %127s %zu %zu %32s", new->detector, &new->start, &new->end, new->fingerprint) == 4);
        }
    }
    free(line);
    fclose(file);
}

static bool is_same(const scalr_detect_finding *finding, const expected_finding *expected) {
    return strcmp(finding->detector, expected->detector) == 0 && finding->start == expected->start &&
           finding->end == expected->end && strcmp(finding->fingerprint, expected->fingerprint) == 0;
}

/* The line and column of an offset, by the dullest code. */
static void position(const haystack *in, size_t offset, size_t *line, size_t *column) {
    *line = *column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (in->data[i] == '\n') {
            ++*line;
            *column = 1;
        } else {
            ++*column;
        }
    }
}

static void check_haystack(const haystack *in) {
    /* An array of just the size. */
    scalr_detect_finding *findings = allocate(NULL, sizeof *findings * in->count);
    size_t count;
    CHECK_OK(scalr_detect_scan(scanner, in->data, in->len, findings, in->count, &count));
    CHECK(count == in->count);
    bool is_match;
    CHECK_OK(scalr_detect_is_match(scanner, in->data, in->len, &is_match));
    /* A finding that another one takes in is a match too, so there may be a match without a finding, but not the reverse. */
    CHECK(is_match || count == 0);

    scalr_detect_iter *iter = NULL;
    CHECK_OK(scalr_detect_iter_new(scanner, in->data, in->len, &iter));
    for (size_t i = 0; i < count; i++) {
        scalr_detect_finding finding;
        CHECK(is_same(&findings[i], &in->findings[i]));
        CHECK_OK(scalr_detect_iter_next(iter, &finding));
        CHECK(is_same(&finding, &in->findings[i]));
        CHECK(finding.match_start <= finding.start && finding.end <= finding.match_end && finding.match_end <= in->len);
        size_t line, column;
        position(in, finding.start, &line, &column);
        CHECK(finding.line == line && finding.column == column);
        CHECK_TEXT(finding.detector, finding.info->id);
        const char *secret, *text, *name, *value;
        size_t len;
        CHECK_OK(scalr_detect_iter_secret(iter, &secret, &len));
        CHECK(len > 0);
        if (finding.decoded_by[0] == NULL) {
            CHECK(secret == (const char *)in->data + finding.start && len == finding.end - finding.start);
        }
        CHECK_OK(scalr_detect_iter_masked(iter, &text));
        CHECK(strlen(text) > 0);
        scalr_detect_status status;
        size_t details = 0;
        while ((status = scalr_detect_iter_detail(iter, details, &name, &value)) == SCALR_DETECT_STATUS_OK) {
            CHECK(strlen(name) > 0);
            details++;
        }
        CHECK(status == SCALR_DETECT_STATUS_END);
    }
    scalr_detect_finding finding;
    CHECK_STATUS(scalr_detect_iter_next(iter, &finding), END);
    scalr_detect_iter_free(iter);
    free(findings);

    /* Redacted at once, into a buffer, and in pieces. */
    scalr_detect_buffer whole = {0}, piece = {0};
    CHECK_OK(scalr_detect_redact(scanner, in->data, in->len, &whole));
    char *own = allocate(NULL, whole.len);
    size_t len;
    CHECK_OK(scalr_detect_redact_into(scanner, in->data, in->len, own, whole.len, &len));
    CHECK(len == whole.len && memcmp(own, whole.data, len) == 0);
    free(own);
    CHECK(count == 0 || len != in->len || memcmp(whole.data, in->data, len) != 0);
    scalr_detect_redactor *redactor = NULL;
    CHECK_OK(scalr_detect_redactor_new(scanner, &redactor));
    size_t at = 0;
    for (size_t half = 0; half < 2; half++) {
        size_t from = half == 0 ? 0 : in->len / 2, to = half == 0 ? in->len / 2 : in->len;
        CHECK_OK(scalr_detect_redactor_push(redactor, in->data + from, to - from, &piece));
        CHECK(at + piece.len <= whole.len && memcmp(whole.data + at, piece.data, piece.len) == 0);
        at += piece.len;
        scalr_detect_buffer_free(&piece);
    }
    CHECK_OK(scalr_detect_redactor_finish(redactor, &piece));
    CHECK(at + piece.len == whole.len && memcmp(whole.data + at, piece.data, piece.len) == 0);
    scalr_detect_buffer_free(&piece);
    scalr_detect_redactor_free(redactor);
    scalr_detect_buffer_free(&whole);
}

/* Each thread takes every so many-th haystack; neighbours have the same detectors, so threads meet at them. */
static void *check_share(void *argument) {
    for (size_t i = *(const size_t *)argument; i < haystack_count; i += THREADS) {
        check_haystack(&haystacks[i]);
    }
    return NULL;
}

static void findings_are_those_of_the_library(void) {
    pthread_t threads[THREADS];
    size_t first[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        first[i] = i;
        CHECK(pthread_create(&threads[i], NULL, check_share, &first[i]) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    read_corpus(argv[1]);
    CHECK(haystack_count > 5000);
    scalr_detect_builder *builder = NULL;
    CHECK_OK(scalr_detect_builder_new(&builder));
    CHECK_OK(scalr_detect_builder_min_confidence(builder, "low"));
    CHECK_OK(scalr_detect_builder_build(builder, &scanner));
    scalr_detect_builder_free(builder);

    static const test tests[] = {{"findings_are_those_of_the_library", findings_are_those_of_the_library}};
    int result = run_tests(tests, 1);

    scalr_detect_scanner_free(scanner);
    for (size_t i = 0; i < haystack_count; i++) {
        free(haystacks[i].data);
        free(haystacks[i].findings);
    }
    free(haystacks);
    return result;
}
