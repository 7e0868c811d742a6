/*
 * Finds secrets in a file and prints where they are, masked. Exits with 0 if there are none, 1 if there are, 2 on an error.
 *
 *     cc scan.c $(pkg-config --cflags --libs scalr_detect) -o scan
 *     ./scan FILE
 */

#include <scalr_detect.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads a whole file. NULL, and errno set, if it cannot be read. */
static char *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    char *data = NULL;
    size_t capacity = 0;
    *len = 0;
    for (;;) {
        if (*len == capacity) {
            capacity = capacity == 0 ? 1 << 16 : 2 * capacity;
            char *larger = realloc(data, capacity);
            if (larger == NULL) {
                break;
            }
            data = larger;
        }
        size_t read = fread(data + *len, 1, capacity - *len, file);
        *len += read;
        if (read == 0) {
            if (ferror(file)) {
                break;
            }
            fclose(file);
            return data;
        }
    }
    int error = errno;
    free(data);
    fclose(file);
    errno = error;
    return NULL;
}

/* Prints the finding that the iterator stands on. */
static int print(const char *path, scalr_detect_iter *iter, const scalr_detect_finding *finding) {
    const char *masked;
    if (scalr_detect_iter_masked(iter, &masked) != SCALR_DETECT_STATUS_OK) {
        return -1;
    }
    printf("%s:%zu:%zu: %s: %s (%s)\n", path, finding->line, finding->column, finding->severity, finding->info->name,
           finding->detector);
    printf("    %s, confidence %s, fingerprint %s\n", masked, finding->confidence, finding->fingerprint);
    for (const char *const *encoding = finding->decoded_by; *encoding != NULL; encoding++) {
        printf("    inside %s\n", *encoding);
    }
    const char *name, *value;
    scalr_detect_status status;
    for (size_t i = 0; (status = scalr_detect_iter_detail(iter, i, &name, &value)) == SCALR_DETECT_STATUS_OK; i++) {
        printf("    %s: %s\n", name, value);
    }
    printf("    %s\n", finding->info->remediation);
    return status == SCALR_DETECT_STATUS_END ? 0 : -1;
}

/* Prints the findings in some data: 1 if there are any, 0 if not, -1 on an error. */
static int scan(const char *path, const char *data, size_t len) {
    scalr_detect_scanner *scanner = NULL;
    scalr_detect_iter *iter = NULL;
    scalr_detect_finding finding;
    int result = -1;

    if (scalr_detect_scanner_new(&scanner) != SCALR_DETECT_STATUS_OK ||
        scalr_detect_iter_new(scanner, data, len, &iter) != SCALR_DETECT_STATUS_OK) {
        goto done;
    }
    int found = 0;
    scalr_detect_status status;
    while ((status = scalr_detect_iter_next(iter, &finding)) == SCALR_DETECT_STATUS_OK) {
        found = 1;
        if (print(path, iter, &finding) != 0) {
            goto done;
        }
    }
    if (status == SCALR_DETECT_STATUS_END) {
        result = found;
    }
done:
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", path, scalr_detect_last_error());
    }
    scalr_detect_iter_free(iter);
    scalr_detect_scanner_free(scanner);
    return result;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return 2;
    }
    size_t len;
    char *data = read_file(argv[1], &len);
    if (data == NULL) {
        fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
        return 2;
    }
    int result = scan(argv[1], data, len);
    free(data);
    return result < 0 ? 2 : result;
}
