/*
 * scalr-detect: finds leaked credentials in bytes.
 *
 * Made from the Rust sources by `cargo xtask header`: do not edit.
 *
 * Results. A function that can fail returns a scalr_detect_status, and its results go where the last arguments point. They are
 * written whatever happens, as NULL, 0 or false if there is none, unless they are said to be left alone or the pointer is NULL.
 * scalr_detect_last_error() says what was wrong with the last call of this thread that failed. In the comments, statuses stand
 * without their SCALR_DETECT_STATUS_. A NULL that should not be and a wrong text are told by a status. A pointer to what has
 * been freed, or to less than was promised, cannot be told from a good one: that is what "What the caller answers for" lists.
 *
 * Ownership. What a _new or _build function makes belongs to the caller, who frees it with the _free function of the same
 * type, once. Each _free function takes NULL. A scanner may be freed before what was made from it. Findings are plain values.
 *
 * Threads. Any number of threads may use one scanner at the same time. Builders, iterators and redactors may go from thread to
 * thread, but one at a time uses them. The last error is each thread's own.
 *
 * Texts are UTF-8 and end with a NUL byte, unless a length comes with them. Data that is searched is any bytes.
 *
 * Compatibility. Numbers of statuses, severities and confidences never change, but there may be new ones. Structs and functions
 * are the same in all versions of the same soname: of one major version, and before 1.0 of one minor version.
 */

#ifndef SCALR_DETECT_H
#define SCALR_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The version of this header; that of the library that is loaded is `scalr_detect_version()`. */
#define SCALR_DETECT_VERSION "0.1.0"
#define SCALR_DETECT_VERSION_MAJOR 0
#define SCALR_DETECT_VERSION_MINOR 1
#define SCALR_DETECT_VERSION_PATCH 0
/** The three numbers in one, to be compared: a byte each, the major version's the highest. */
#define SCALR_DETECT_VERSION_NUMBER \
    (SCALR_DETECT_VERSION_MAJOR << 16 | SCALR_DETECT_VERSION_MINOR << 8 | SCALR_DETECT_VERSION_PATCH)

/**
 * How bad a leak is as a rule, as a number to compare. The numbers never change.
 */
typedef enum {
    /**
     * `"info"`: public by design; worth knowing.
     */
    SCALR_DETECT_SEVERITY_INFO = 1,
    /**
     * `"low"`: little harm.
     */
    SCALR_DETECT_SEVERITY_LOW = 2,
    /**
     * `"medium"`: harm within limits.
     */
    SCALR_DETECT_SEVERITY_MEDIUM = 3,
    /**
     * `"high"`: access to data or money.
     */
    SCALR_DETECT_SEVERITY_HIGH = 4,
    /**
     * `"critical"`: control of an account, an organisation or a supply chain.
     */
    SCALR_DETECT_SEVERITY_CRITICAL = 5,
} scalr_detect_severity;

/**
 * How sure a finding is, as a number to compare. The numbers never change.
 */
typedef enum {
    /**
     * `"low"`: a generic shape, or a token whose documented checksum fails.
     */
    SCALR_DETECT_CONFIDENCE_LOW = 1,
    /**
     * `"medium"`: a shape and a word nearby that names it.
     */
    SCALR_DETECT_CONFIDENCE_MEDIUM = 2,
    /**
     * `"high"`: a distinctive shape.
     */
    SCALR_DETECT_CONFIDENCE_HIGH = 3,
    /**
     * `"checked"`: a checksum or decoded claims hold.
     */
    SCALR_DETECT_CONFIDENCE_CHECKED = 4,
} scalr_detect_confidence;

/**
 * What became of a call. The numbers never change, and a retired one is not used again.
 *
 * All but OK and END come with a message: see `scalr_detect_last_error`.
 */
typedef enum {
    /**
     * Done.
     */
    SCALR_DETECT_STATUS_OK = 0,
    /**
     * There is no further finding, or no further detail. Not an error.
     */
    SCALR_DETECT_STATUS_END = 1,
    /**
     * The caller's array or buffer is too small. How much is needed was written to the count or length.
     */
    SCALR_DETECT_STATUS_BUFFER_TOO_SMALL = 2,
    /**
     * A pointer is NULL that must not be.
     */
    SCALR_DETECT_STATUS_NULL_POINTER = 10,
    /**
     * A length is greater than any object in memory: mostly a negative number.
     */
    SCALR_DETECT_STATUS_INVALID_LENGTH = 11,
    /**
     * A text is not UTF-8. Data that is searched need not be.
     */
    SCALR_DETECT_STATUS_INVALID_UTF8 = 12,
    /**
     * A text is none of those that the option takes.
     */
    SCALR_DETECT_STATUS_INVALID_OPTION = 13,
    /**
     * A detector is named that does not exist. The message has the nearest that does.
     */
    SCALR_DETECT_STATUS_UNKNOWN_DETECTOR = 14,
    /**
     * Detectors of one's own cannot be used. The message says where and why.
     */
    SCALR_DETECT_STATUS_INVALID_CUSTOM = 15,
    /**
     * The iterator stands on no finding: call `scalr_detect_iter_next` first, and stop at END.
     */
    SCALR_DETECT_STATUS_NO_FINDING = 16,
    /**
     * The redactor has been finished: make a new one.
     */
    SCALR_DETECT_STATUS_FINISHED = 17,
    /**
     * A mistake in the library. The message says where; please report it. The process can go on.
     */
    SCALR_DETECT_STATUS_PANIC = 90,
} scalr_detect_status;

/**
 * Builds a scanner that looks for other than the default. Opaque; made by `scalr_detect_builder_new`.
 *
 * One thread at a time may use it; which one does not matter.
 */
typedef struct scalr_detect_builder scalr_detect_builder;

/**
 * The findings in some data, one by one. Opaque; made by `scalr_detect_iter_new`.
 *
 * One thread at a time may use it; which one does not matter.
 */
typedef struct scalr_detect_iter scalr_detect_iter;

/**
 * Redacts a stream as it passes: bytes in, bytes out that are safe to show. Opaque; made by `scalr_detect_redactor_new`.
 *
 * What comes out is what `scalr_detect_redact` makes of the whole. A byte is held back only as long as it may still belong
 * to a secret: the last word of what was pushed, or a private key that has begun and not ended. Memory is bounded.
 *
 * One thread at a time may use it; which one does not matter.
 */
typedef struct scalr_detect_redactor scalr_detect_redactor;

/**
 * Finds secrets in bytes. Opaque; made by `scalr_detect_scanner_new` or `scalr_detect_builder_build`.
 *
 * A scanner never changes: any number of threads may use one at the same time.
 */
typedef struct scalr_detect_scanner scalr_detect_scanner;

/**
 * A kind of secret: who issues it, how bad its leak is, what to do about it.
 *
 * Detectors and all they point at belong to the library and are there, unchanged, as long as it is loaded; any thread may
 * read them. All texts are UTF-8, and lists end with NULL.
 */
typedef struct {
    /**
     * Stable identifier, `provider-kind` in kebab-case.
     */
    const char *id;
    /**
     * What people call it.
     */
    const char *name;
    /**
     * Who issues it.
     */
    const char *provider;
    /**
     * How it is recognised: `prefixed`, `structured`, `keyword`, `uri`, `pem` or `generic`.
     */
    const char *kind;
    /**
     * How bad a leak is: `info`, `low`, `medium`, `high` or `critical`.
     */
    const char *severity;
    /**
     * The confidence of a finding on which no check decides: `low`, `medium`, `high` or `checked`.
     */
    const char *confidence;
    /**
     * What somebody can do who has it, in a sentence.
     */
    const char *impact;
    /**
     * How to revoke or rotate it, in a sentence or two.
     */
    const char *remediation;
    /**
     * The name of the offline validator; NULL if there is none.
     */
    const char *check;
    /**
     * Pages of the vendor's documentation.
     */
    const char *const *references;
    /**
     * Ids under which others know it, or by which it was known before.
     */
    const char *const *aliases;
    /**
     * Names of the other parts of the credential, which are looked for around the secret.
     */
    const char *const *parts;
    /**
     * `severity` as a number.
     */
    scalr_detect_severity severity_level;
    /**
     * `confidence` as a number.
     */
    scalr_detect_confidence confidence_level;
} scalr_detect_detector;

/**
 * A secret that was found. A plain value: copy it, keep it, forget it, from any thread. Nothing in it has to be freed: its
 * pointers are to static texts of the library, and it does not point at the data. The secret itself is not in it: it is
 * what stands from `start` to `end` in the data, decoded if `decoded_by` is not empty.
 *
 * Its layout is the same in all versions of the library with the same soname (the same major version; before 1.0, the
 * same minor version). What is added meanwhile is told by new functions.
 */
typedef struct {
    /**
     * What kind of secret it is: the id of its detector.
     */
    const char *detector;
    /**
     * How sure it is: `low`, `medium`, `high` or `checked`.
     */
    const char *confidence;
    /**
     * How bad a leak is: `info`, `low`, `medium`, `high` or `critical`.
     */
    const char *severity;
    /**
     * All there is to say about that kind of secret. Never NULL.
     */
    const scalr_detect_detector *info;
    /**
     * Names of the encodings around the secret, the outermost first: `base64`, `hex`, `percent`, `escape`, `utf16`. Behind the
     * last is NULL; mostly it is the first.
     */
    const char *decoded_by[4];
    /**
     * Where the secret starts, in bytes from the start of the data; of the encoded text, if it was decoded.
     */
    size_t start;
    /**
     * Where the secret ends: the offset behind its last byte.
     */
    size_t end;
    /**
     * Where the whole match starts, which may have more than the secret in it.
     */
    size_t match_start;
    /**
     * Where the whole match ends.
     */
    size_t match_end;
    /**
     * The line of `start`, from 1. Lines end with `\n`.
     */
    size_t line;
    /**
     * The column of `start`, from 1, in bytes.
     */
    size_t column;
    /**
     * `confidence` as a number.
     */
    scalr_detect_confidence confidence_level;
    /**
     * `severity` as a number.
     */
    scalr_detect_severity severity_level;
    /**
     * The identity of the secret, the same wherever it is found: 32 lower-case hexadecimal digits and a NUL byte. It does not
     * tell the secret.
     */
    char fingerprint[33];
    /**
     * Whether the secret is a password that is guessed by whoever tries.
     */
    bool weak;
    /**
     * Whether the secret is known to stand for another: published for everyone's use, or made up.
     */
    bool placeholder;
} scalr_detect_finding;

/**
 * Bytes that the library allocated and the caller frees, with `scalr_detect_buffer_free`. They are not ended by a NUL byte.
 */
typedef struct {
    /**
     * The bytes. Never NULL if the call returned OK; NULL otherwise.
     */
    char *data;
    /**
     * How many.
     */
    size_t len;
    /**
     * How many were allocated. Leave it as it is.
     */
    size_t capacity;
} scalr_detect_buffer;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the library that is loaded, such as `"1.2.3"`, to be compared with `SCALR_DETECT_VERSION` of the header that
 * was compiled against. The text is static. Any thread may call it.
 */
const char *scalr_detect_version(void);

/**
 * What went wrong in the last call of this thread that returned neither OK nor END: what is the matter and what to do, in
 * English, UTF-8. No secret is in it. An empty text if no call has failed yet. A call that succeeds leaves it as it is.
 *
 * The text belongs to the library. It is valid until the next call in this thread that fails, or the thread's end: copy it
 * to keep it.
 */
const char *scalr_detect_last_error(void);

/**
 * How many kinds of secret the built-in catalogue has. Any thread may call it.
 */
size_t scalr_detect_detector_count(void);

/**
 * A kind of secret of the built-in catalogue, by index from 0 up; they are sorted by id. NULL if there are not so many. Any
 * thread may call it.
 */
const scalr_detect_detector *scalr_detect_detector_at(size_t index);

/**
 * The kind of secret of the built-in catalogue with this id or alias. NULL if there is none: `scalr_detect_last_error` then
 * names the nearest. Those of one's own are not in it; a finding has its detector in `info`. Any thread may call it.
 *
 * What the caller answers for:
 *
 * `id` ends with a NUL byte.
 */
const scalr_detect_detector *scalr_detect_detector_get(const char *id);

/**
 * Makes a scanner for everything in the catalogue: findings of confidence medium and up, decoders on. It costs nearly
 * nothing. `*scanner` then belongs to the caller, to be freed with `scalr_detect_scanner_free`.
 *
 * What the caller answers for:
 *
 * `scanner` is NULL or points at room for a pointer.
 */
scalr_detect_status scalr_detect_scanner_new(scalr_detect_scanner **scanner);

/**
 * Frees a scanner. Iterators, redactors, findings and detectors that came from it stay as they are. NULL is fine.
 *
 * What the caller answers for:
 *
 * `scanner` is NULL or one that was not freed yet, and no thread is in a call with it.
 */
void scalr_detect_scanner_free(scalr_detect_scanner *scanner);

/**
 * Whether there is a secret in `data`: true or false to `*is_match`. Stops at the first.
 *
 * Any number of threads may search with one scanner at the same time.
 *
 * What the caller answers for:
 *
 * `scanner` is NULL or one that was not freed. `data` points at `len` bytes, or `len` is 0; nobody writes to them meanwhile.
 * `is_match` is NULL or points at room for a bool.
 */
scalr_detect_status scalr_detect_is_match(const scalr_detect_scanner *scanner,
                                          const void *data,
                                          size_t len,
                                          bool *is_match);

/**
 * Finds the secrets in `data`: the first `capacity` of them are written to `findings`, by the offset at which they start, and
 * how many there are to `*count`.
 *
 * BUFFER_TOO_SMALL if there are more than `capacity`: those that had room were written all the same. With a `capacity` of 0,
 * `findings` may be NULL. Where there may be any number, see `scalr_detect_iter_new`.
 *
 * The array is the caller's, and need not be initialised. Nothing in it has to be freed, and nothing in it points at `data`.
 * Any number of threads may search with one scanner at the same time.
 *
 * What the caller answers for:
 *
 * `scanner` is NULL or one that was not freed. `data` points at `len` bytes, or `len` is 0; nobody writes to them meanwhile.
 * `findings` points at room for `capacity` findings, or `capacity` is 0. `count` is NULL or points at room for a size_t.
 */
scalr_detect_status scalr_detect_scan(const scalr_detect_scanner *scanner,
                                      const void *data,
                                      size_t len,
                                      scalr_detect_finding *findings,
                                      size_t capacity,
                                      size_t *count);

/**
 * Starts to build a scanner. `*builder` then belongs to the caller, to be freed with `scalr_detect_builder_free`.
 *
 * What the caller answers for:
 *
 * `builder` is NULL or points at room for a pointer.
 */
scalr_detect_status scalr_detect_builder_new(scalr_detect_builder **builder);

/**
 * Frees a builder; scanners built by it stay. NULL is fine.
 *
 * What the caller answers for:
 *
 * `builder` is NULL or one that was not freed yet and that nobody else uses.
 */
void scalr_detect_builder_free(scalr_detect_builder *builder);

/**
 * Looks for this detector only, by id or alias; `github-*` stands for every id that begins so. Adds to those named before.
 * Whether there is such a detector is seen by `scalr_detect_builder_build`.
 *
 * What the caller answers for:
 *
 * `builder` is NULL or one that nobody else uses now. `id` is NULL or ends with a NUL byte; it is copied.
 */
scalr_detect_status scalr_detect_builder_only(scalr_detect_builder *builder,
                                              const char *id);

/**
 * Does not look for this detector, by id, alias or beginning as in `scalr_detect_builder_only`. Adds to those named before.
 *
 * What the caller answers for:
 *
 * `builder` is NULL or one that nobody else uses now. `id` is NULL or ends with a NUL byte; it is copied.
 */
scalr_detect_status scalr_detect_builder_exclude(scalr_detect_builder *builder,
                                                 const char *id);

/**
 * Leaves out findings of lower confidence than this: `low`, `medium` (the default), `high` or `checked`.
 *
 * What the caller answers for:
 *
 * `builder` is NULL or one that nobody else uses now. `confidence` is NULL or ends with a NUL byte; it is copied.
 */
scalr_detect_status scalr_detect_builder_min_confidence(scalr_detect_builder *builder,
                                                        const char *confidence);

/**
 * Whether encoded text (base64, hexadecimal, percent-encoding, escapes, UTF-16) is decoded and searched as well. The default
 * is yes.
 *
 * What the caller answers for:
 *
 * `builder` is NULL or one that nobody else uses now.
 */
scalr_detect_status scalr_detect_builder_decoders(scalr_detect_builder *builder,
                                                  bool on);

/**
 * Looks for the detectors of this text too, which is a detector file in TOML, in the format of the built-in catalogue (see
 * `CONTRIBUTING.md`). It need not end with a NUL byte. Can be called for several files. What is wrong in it is seen by
 * `scalr_detect_builder_build`.
 *
 * What the caller answers for:
 *
 * `builder` is NULL or one that nobody else uses now. `toml` points at `len` bytes, or `len` is 0; they are copied.
 */
scalr_detect_status scalr_detect_builder_custom(scalr_detect_builder *builder,
                                                const void *toml,
                                                size_t len);

/**
 * Builds a scanner. `*scanner` then belongs to the caller, to be freed with `scalr_detect_scanner_free`. The builder stays as
 * it is, to build more or to be freed.
 *
 * UNKNOWN_DETECTOR if one was named that does not exist, and INVALID_CUSTOM if detectors of one's own cannot be used.
 * Detectors of one's own are compiled by each call, and what they are compiled to lives as long as the program: build such
 * a scanner once.
 *
 * What the caller answers for:
 *
 * `builder` is NULL or one that nobody else uses now. `scanner` is NULL or points at room for a pointer.
 */
scalr_detect_status scalr_detect_builder_build(const scalr_detect_builder *builder,
                                               scalr_detect_scanner **scanner);

/**
 * Starts to find the secrets in `data`. `*iter` then belongs to the caller, to be freed with `scalr_detect_iter_free`. The
 * scanner may be freed before it; the data must stay as it is until then.
 *
 * What the caller answers for:
 *
 * `scanner` is NULL or one that was not freed. `data` points at `len` bytes, or `len` is 0; they are there, and nobody writes
 * to them, until the iterator is freed. `iter` is NULL or points at room for a pointer.
 */
scalr_detect_status scalr_detect_iter_new(const scalr_detect_scanner *scanner,
                                          const void *data,
                                          size_t len,
                                          scalr_detect_iter **iter);

/**
 * Frees an iterator and the texts that came from it. NULL is fine.
 *
 * What the caller answers for:
 *
 * `iter` is NULL or one that was not freed yet and that nobody else uses.
 */
void scalr_detect_iter_free(scalr_detect_iter *iter);

/**
 * Goes on to the next finding, by the offset at which they start, and writes it to `*finding`. END, and nothing written, if
 * there is none any more; then the iterator stands on no finding.
 *
 * What the caller answers for:
 *
 * `iter` is NULL or one that nobody else uses now. `finding` is NULL or points at room for one.
 */
scalr_detect_status scalr_detect_iter_next(scalr_detect_iter *iter,
                                           scalr_detect_finding *finding);

/**
 * The secret of the finding that the iterator stands on, decoded: where to `*secret`, how many bytes to `*len`. Handle it with
 * care: nothing else shows it. It is not ended by a NUL byte, and may have any bytes in it.
 *
 * It belongs to the library or is a part of the data, and is valid until the next call of `scalr_detect_iter_next` or
 * `scalr_detect_iter_free` with this iterator.
 *
 * What the caller answers for:
 *
 * `iter` is NULL or one that nobody else uses now. `secret` and `len` are NULL or point at room for a pointer and a size_t.
 */
scalr_detect_status scalr_detect_iter_secret(scalr_detect_iter *iter,
                                             const char **secret,
                                             size_t *len);

/**
 * The secret of the finding that the iterator stands on with all but its first and last few characters hidden, to be shown.
 *
 * The text is UTF-8, belongs to the library, and is valid until the next call of `scalr_detect_iter_next` or
 * `scalr_detect_iter_free` with this iterator.
 *
 * What the caller answers for:
 *
 * `iter` is NULL or one that nobody else uses now. `masked` is NULL or points at room for a pointer.
 */
scalr_detect_status scalr_detect_iter_masked(scalr_detect_iter *iter,
                                             const char **masked);

/**
 * A fact that can be read from the secret and its surroundings, such as the id of a token or its host: by index from 0 up,
 * its name to `*name` and its value to `*value`. END, and NULL to both, if there are not so many. The secret is not among them.
 *
 * The texts are UTF-8, belong to the library, and are valid until the next call of `scalr_detect_iter_next` or
 * `scalr_detect_iter_free` with this iterator.
 *
 * What the caller answers for:
 *
 * `iter` is NULL or one that nobody else uses now. `name` and `value` are NULL or point at room for a pointer.
 */
scalr_detect_status scalr_detect_iter_detail(scalr_detect_iter *iter,
                                             size_t index,
                                             const char **name,
                                             const char **value);

/**
 * Frees the bytes of a buffer and empties it, so that to free it again does nothing. NULL and a buffer of zeros are fine.
 *
 * What the caller answers for:
 *
 * `buffer` is NULL, or points at a buffer of zeros or one that the library filled, of which there is no copy that has been
 * freed. Nobody else uses it.
 */
void scalr_detect_buffer_free(scalr_detect_buffer *buffer);

/**
 * A copy of `data` with a stable placeholder, `[detector-id:fingerprint]`, in the place of each secret, to `*redacted`. No
 * secret is found in the result.
 *
 * The buffer then belongs to the caller, to be freed with `scalr_detect_buffer_free`. What was in it before is not read or
 * freed. Where most of the data has no secret in it, `scalr_detect_is_match` tells so without a copy. Any number of threads
 * may redact with one scanner at the same time.
 *
 * What the caller answers for:
 *
 * `scanner` is NULL or one that was not freed. `data` points at `len` bytes, or `len` is 0; nobody writes to them meanwhile.
 * `redacted` is NULL or points at room for a buffer.
 */
scalr_detect_status scalr_detect_redact(const scalr_detect_scanner *scanner,
                                        const void *data,
                                        size_t len,
                                        scalr_detect_buffer *redacted);

/**
 * As `scalr_detect_redact`, but into the caller's buffer `out` of `capacity` bytes, which may be `data` itself. How long the
 * result is goes to `*out_len`. It is not ended by a NUL byte.
 *
 * BUFFER_TOO_SMALL if it is longer than `capacity`: then nothing was written to `out`. It is seldom longer than the data, but
 * a placeholder may be longer than a short secret. With a `capacity` of 0, `out` may be NULL.
 *
 * What the caller answers for:
 *
 * `scanner` is NULL or one that was not freed. `data` points at `len` bytes, or `len` is 0; nobody else writes to them
 * meanwhile. `out` points at `capacity` bytes, or `capacity` is 0. `out_len` is NULL or points at room for a size_t.
 */
scalr_detect_status scalr_detect_redact_into(const scalr_detect_scanner *scanner,
                                             const void *data,
                                             size_t len,
                                             char *out,
                                             size_t capacity,
                                             size_t *out_len);

/**
 * Starts to redact a stream. `*redactor` then belongs to the caller, to be freed with `scalr_detect_redactor_free`. The scanner
 * may be freed before it.
 *
 * What the caller answers for:
 *
 * `scanner` is NULL or one that was not freed. `redactor` is NULL or points at room for a pointer.
 */
scalr_detect_status scalr_detect_redactor_new(const scalr_detect_scanner *scanner,
                                              scalr_detect_redactor **redactor);

/**
 * Frees a redactor. What it held back, because it was not finished, is lost. NULL is fine.
 *
 * What the caller answers for:
 *
 * `redactor` is NULL or one that was not freed yet and that nobody else uses.
 */
void scalr_detect_redactor_free(scalr_detect_redactor *redactor);

/**
 * Takes the next bytes of the stream, and writes those that are safe now, redacted, to `*redacted`: often fewer, or none.
 * FINISHED if the stream has ended.
 *
 * The buffer then belongs to the caller, to be freed with `scalr_detect_buffer_free`. What was in it before is not read or
 * freed.
 *
 * What the caller answers for:
 *
 * `redactor` is NULL or one that nobody else uses now. `data` points at `len` bytes, or `len` is 0; nobody writes to them
 * meanwhile. `redacted` is NULL or points at room for a buffer.
 */
scalr_detect_status scalr_detect_redactor_push(scalr_detect_redactor *redactor,
                                               const void *data,
                                               size_t len,
                                               scalr_detect_buffer *redacted);

/**
 * Ends the stream, and writes what was held back, redacted, to `*redacted`. FINISHED if it has ended before. The redactor is
 * still to be freed.
 *
 * The buffer then belongs to the caller, to be freed with `scalr_detect_buffer_free`. What was in it before is not read or
 * freed.
 *
 * What the caller answers for:
 *
 * `redactor` is NULL or one that nobody else uses now. `redacted` is NULL or points at room for a buffer.
 */
scalr_detect_status scalr_detect_redactor_finish(scalr_detect_redactor *redactor,
                                                 scalr_detect_buffer *redacted);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SCALR_DETECT_H */
