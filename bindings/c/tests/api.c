/* Every function of the header: what it does, and what it says to NULL and to nonsense. */

#include <scalr_detect.h>

#include "check.h"

#include <pthread.h>
#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A token with a checksum, in two pieces: no secret is in this file. */
#define BODY "vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP"
#define TOKEN "npm_" BODY
#define LINE "user=ci token=" TOKEN " ok\n"

/* Detectors of one's own. */
static const char CUSTOM[] =
    "provider = \"Acme\"\n"
    "remediation = \"Revoke it.\"\n"
    "impact = \"Whoever has it reads everything.\"\n"
    "[[detector]]\n"
    "id = \"acme-token\"\n"
    "name = \"Acme token\"\n"
    "kind = \"prefixed\"\n"
    "severity = \"low\"\n"
    "token = 'acmetok_[0-9a-z]{24}'\n"
    "aliases = [\"acme-key\"]\n"
    "hit = ['ACME=«acmetok_{alnum:24}»', '\"acme\": \"«acmetok_{alnum:24}»\"']\n"
    "miss = [{ text = 'acmetok_{alnum:12}', why = \"truncated\" }]\n";
#define ACME "acmetok_" "q7x2mk94p1z8wv36t5r0yn28"

static scalr_detect_scanner *new_scanner(void) {
    scalr_detect_scanner *scanner = NULL;
    CHECK_OK(scalr_detect_scanner_new(&scanner));
    CHECK(scanner != NULL);
    return scanner;
}

static scalr_detect_builder *new_builder(void) {
    scalr_detect_builder *builder = NULL;
    CHECK_OK(scalr_detect_builder_new(&builder));
    return builder;
}

/* Builds and frees the builder. */
static scalr_detect_scanner *build(scalr_detect_builder *builder) {
    scalr_detect_scanner *scanner = NULL;
    CHECK_OK(scalr_detect_builder_build(builder, &scanner));
    scalr_detect_builder_free(builder);
    return scanner;
}

static size_t count(const scalr_detect_scanner *scanner, const char *text) {
    size_t count;
    scalr_detect_status status = scalr_detect_scan(scanner, text, strlen(text), NULL, 0, &count);
    CHECK(status == (count == 0 ? SCALR_DETECT_STATUS_OK : SCALR_DETECT_STATUS_BUFFER_TOO_SMALL));
    return count;
}

static void versions(void) {
    CHECK_TEXT(scalr_detect_version(), SCALR_DETECT_VERSION);
    /* EXPECTED_VERSION is Cargo's. */
    CHECK_TEXT(SCALR_DETECT_VERSION, EXPECTED_VERSION);
    char parts[64];
    snprintf(parts, sizeof parts, "%d.%d.%d", SCALR_DETECT_VERSION_MAJOR, SCALR_DETECT_VERSION_MINOR,
             SCALR_DETECT_VERSION_PATCH);
    CHECK(strncmp(parts, SCALR_DETECT_VERSION, strlen(parts)) == 0);
}

static void findings_fill_an_array(void) {
    scalr_detect_scanner *scanner = new_scanner();
    scalr_detect_finding findings[2];
    size_t found = 99;
    memset(findings, 0xa5, sizeof findings);
    CHECK_OK(scalr_detect_scan(scanner, "\n" LINE, strlen("\n" LINE), findings, COUNT(findings), &found));
    CHECK(found == 1);
    const scalr_detect_finding *finding = &findings[0];
    CHECK_TEXT(finding->detector, "npm-access-token");
    CHECK(finding->start == 15 && finding->end == 15 + strlen(TOKEN));
    CHECK(finding->match_start <= finding->start && finding->match_end >= finding->end);
    CHECK(finding->line == 2 && finding->column == 15);
    CHECK_TEXT(finding->confidence, "checked");
    CHECK(finding->confidence_level == SCALR_DETECT_CONFIDENCE_CHECKED);
    CHECK_TEXT(finding->severity, finding->info->severity);
    CHECK(finding->severity_level == finding->info->severity_level);
    CHECK(finding->info == scalr_detect_detector_get("npm-access-token"));
    CHECK(finding->decoded_by[0] == NULL && finding->decoded_by[3] == NULL);
    CHECK(strlen(finding->fingerprint) == 32 && strspn(finding->fingerprint, "0123456789abcdef") == 32);
    /* What was not found was not written. */
    unsigned char untouched[sizeof *findings];
    memset(untouched, 0xa5, sizeof untouched);
    CHECK(memcmp(&findings[1], untouched, sizeof untouched) == 0);
    /* A finding outlives its scanner. */
    scalr_detect_scanner_free(scanner);
    CHECK_TEXT(findings[0].detector, "npm-access-token");
    CHECK_TEXT(findings[0].info->provider, "npm");
}

static void weak_passwords_and_placeholders_are_told(void) {
    scalr_detect_builder *builder = new_builder();
    CHECK_OK(scalr_detect_builder_min_confidence(builder, "low"));
    scalr_detect_scanner *scanner = build(builder);
    const char text[] = "stripe = 'sk_test_" "4eC39HqLyjWD" "arjtT1zdp7dc'\n$mail->Password = 'secret';\n";
    scalr_detect_finding findings[3];
    size_t found;
    CHECK_OK(scalr_detect_scan(scanner, text, strlen(text), findings, 3, &found));
    CHECK(found == 2);
    CHECK(!findings[0].weak && findings[0].placeholder);
    CHECK(findings[1].weak && !findings[1].placeholder);
    scalr_detect_scanner_free(scanner);
}

static void an_array_may_be_too_small(void) {
    scalr_detect_scanner *scanner = new_scanner();
    const char text[] = LINE LINE LINE;
    scalr_detect_finding findings[3], again[3];
    size_t found;
    CHECK_OK(scalr_detect_scan(scanner, text, strlen(text), findings, 3, &found));
    CHECK(found == 3);
    for (size_t capacity = 0; capacity < 3; capacity++) {
        memset(again, 0xa5, sizeof again);
        scalr_detect_finding untouched = again[capacity];
        CHECK_STATUS(scalr_detect_scan(scanner, text, strlen(text), again, capacity, &found), BUFFER_TOO_SMALL);
        CHECK(found == 3);
        for (size_t i = 0; i < capacity; i++) {
            CHECK(again[i].start == findings[i].start && again[i].line == i + 1);
        }
        CHECK(memcmp(&again[capacity], &untouched, sizeof untouched) == 0);
        CHECK_HAS(scalr_detect_last_error(), "there are 3 findings");
    }
    CHECK_STATUS(scalr_detect_scan(scanner, text, strlen(text), NULL, 0, &found), BUFFER_TOO_SMALL);
    CHECK(found == 3);
    scalr_detect_scanner_free(scanner);
}

static void an_iterator_tells_all(void) {
    scalr_detect_scanner *scanner = new_scanner();
    char text[] = LINE "and " LINE;
    scalr_detect_iter *iter = NULL;
    CHECK_OK(scalr_detect_iter_new(scanner, text, strlen(text), &iter));
    /* It keeps what it needs of the scanner. */
    scalr_detect_scanner_free(scanner);
    const char *secret, *masked, *name, *value;
    size_t len;
    CHECK_STATUS(scalr_detect_iter_secret(iter, &secret, &len), NO_FINDING);
    CHECK(secret == NULL && len == 0);
    CHECK_STATUS(scalr_detect_iter_masked(iter, &masked), NO_FINDING);
    CHECK(masked == NULL);
    CHECK_STATUS(scalr_detect_iter_detail(iter, 0, &name, &value), NO_FINDING);
    CHECK_HAS(scalr_detect_last_error(), "scalr_detect_iter_next");
    scalr_detect_finding finding;
    for (size_t i = 1; i <= 2; i++) {
        CHECK_OK(scalr_detect_iter_next(iter, &finding));
        CHECK(finding.line == i);
        CHECK_OK(scalr_detect_iter_secret(iter, &secret, &len));
        CHECK(len == strlen(TOKEN) && memcmp(secret, TOKEN, len) == 0);
        CHECK(secret == text + finding.start);
        CHECK_OK(scalr_detect_iter_masked(iter, &masked));
        CHECK_HAS(masked, "npm_");
        CHECK_HAS_NOT(masked, BODY);
        CHECK(strlen(masked) < 20);
        CHECK_STATUS(scalr_detect_iter_detail(iter, 1000, &name, &value), END);
        CHECK(name == NULL && value == NULL);
    }
    memset(&finding, 0xa5, sizeof finding);
    scalr_detect_finding untouched = finding;
    for (size_t i = 0; i < 2; i++) {
        CHECK_STATUS(scalr_detect_iter_next(iter, &finding), END);
        CHECK(memcmp(&finding, &untouched, sizeof finding) == 0);
        CHECK_STATUS(scalr_detect_iter_secret(iter, &secret, &len), NO_FINDING);
    }
    scalr_detect_iter_free(iter);
}

static void details_are_told(void) {
    /* The other parts of a credential are details: here of a detector of one's own. */
    const char toml[] =
        "provider = \"Acme\"\n"
        "remediation = \"Revoke it.\"\n"
        "impact = \"Whoever has it reads everything.\"\n"
        "[[detector]]\n"
        "id = \"acme-client-secret\"\n"
        "name = \"Acme client secret\"\n"
        "kind = \"prefixed\"\n"
        "severity = \"high\"\n"
        "token = 'acmesec_[0-9a-z]{24}'\n"
        "parts = [{ name = \"client_id\", token = 'ac-[0-9]{8}' }]\n"
        "hit = ['acme ac-{digits:8} «acmesec_{alnum:24}»', 'acme «acmesec_{alnum:24}»']\n"
        "miss = [{ text = 'acmesec_{alnum:12}', why = \"truncated\" }]\n";
    scalr_detect_builder *builder = new_builder();
    CHECK_OK(scalr_detect_builder_custom(builder, toml, strlen(toml)));
    scalr_detect_scanner *scanner = build(builder);
    const char text[] = "id: ac-73920518 secret: acmesec_" "q7x2mk94p1z8wv36t5r0yn28";
    scalr_detect_iter *iter = NULL;
    CHECK_OK(scalr_detect_iter_new(scanner, text, strlen(text), &iter));
    scalr_detect_finding finding;
    CHECK_OK(scalr_detect_iter_next(iter, &finding));
    const char *name, *value;
    CHECK_OK(scalr_detect_iter_detail(iter, 0, &name, &value));
    CHECK_TEXT(name, "client_id");
    CHECK_TEXT(value, "ac-73920518");
    CHECK_STATUS(scalr_detect_iter_detail(iter, 1, &name, &value), END);
    CHECK_TEXT(finding.info->parts[0], "client_id");
    CHECK(finding.info->parts[1] == NULL);
    scalr_detect_iter_free(iter);
    scalr_detect_scanner_free(scanner);
}

static void encoded_secrets_are_decoded(void) {
    scalr_detect_scanner *scanner = new_scanner();
    /* UTF-16. */
    char text[2 * sizeof LINE];
    for (size_t i = 0; i < sizeof LINE; i++) {
        text[2 * i] = LINE[i];
        text[2 * i + 1] = 0;
    }
    scalr_detect_iter *iter = NULL;
    CHECK_OK(scalr_detect_iter_new(scanner, text, sizeof text, &iter));
    scalr_detect_finding finding;
    CHECK_OK(scalr_detect_iter_next(iter, &finding));
    CHECK_TEXT(finding.decoded_by[0], "utf16");
    CHECK(finding.decoded_by[1] == NULL);
    CHECK(finding.end - finding.start == 2 * strlen(TOKEN) || finding.end - finding.start == 2 * strlen(TOKEN) - 1);
    const char *secret;
    size_t len;
    CHECK_OK(scalr_detect_iter_secret(iter, &secret, &len));
    CHECK(len == strlen(TOKEN) && memcmp(secret, TOKEN, len) == 0);
    scalr_detect_iter_free(iter);
    /* The same secret has the same fingerprint. */
    scalr_detect_finding plain;
    size_t found;
    CHECK_OK(scalr_detect_scan(scanner, LINE, strlen(LINE), &plain, 1, &found));
    CHECK_TEXT(plain.fingerprint, finding.fingerprint);
    scalr_detect_scanner_free(scanner);
    /* And without the decoders, nothing is found. */
    scalr_detect_builder *builder = new_builder();
    CHECK_OK(scalr_detect_builder_decoders(builder, false));
    scanner = build(builder);
    bool is_match = true;
    CHECK_OK(scalr_detect_is_match(scanner, text, sizeof text, &is_match));
    CHECK(!is_match);
    scalr_detect_scanner_free(scanner);
}

static void nothing_is_in_nothing(void) {
    scalr_detect_scanner *scanner = new_scanner();
    const char *empty[] = {NULL, ""};
    for (size_t i = 0; i < COUNT(empty); i++) {
        size_t found = 99;
        bool is_match = true;
        scalr_detect_iter *iter = NULL;
        scalr_detect_finding finding;
        scalr_detect_buffer buffer = {0};
        scalr_detect_redactor *redactor = NULL;
        CHECK_OK(scalr_detect_scan(scanner, empty[i], 0, NULL, 0, &found));
        CHECK(found == 0);
        CHECK_OK(scalr_detect_is_match(scanner, empty[i], 0, &is_match));
        CHECK(!is_match);
        CHECK_OK(scalr_detect_iter_new(scanner, empty[i], 0, &iter));
        CHECK_STATUS(scalr_detect_iter_next(iter, &finding), END);
        scalr_detect_iter_free(iter);
        CHECK_OK(scalr_detect_redact(scanner, empty[i], 0, &buffer));
        CHECK(buffer.len == 0 && buffer.data != NULL);
        scalr_detect_buffer_free(&buffer);
        CHECK_OK(scalr_detect_redact_into(scanner, empty[i], 0, NULL, 0, &found));
        CHECK(found == 0);
        CHECK_OK(scalr_detect_redactor_new(scanner, &redactor));
        CHECK_OK(scalr_detect_redactor_push(redactor, empty[i], 0, &buffer));
        CHECK(buffer.len == 0);
        scalr_detect_buffer_free(&buffer);
        CHECK_OK(scalr_detect_redactor_finish(redactor, &buffer));
        CHECK(buffer.len == 0);
        scalr_detect_buffer_free(&buffer);
        scalr_detect_redactor_free(redactor);
    }
    scalr_detect_scanner_free(scanner);
}

static void huge_data_and_any_bytes(void) {
    scalr_detect_scanner *scanner = new_scanner();
    /* 20 MB of what is not UTF-8, with NUL bytes, and a secret at its end. */
    size_t len = 20u << 20;
    unsigned char *data = malloc(len);
    CHECK(data != NULL);
    for (size_t i = 0; i < len; i++) {
        data[i] = (unsigned char)(i % 61 == 0 ? 0 : 0x80 + i % 97);
    }
    memcpy(data + len - strlen(LINE), LINE, strlen(LINE));
    data[len - strlen(LINE) - 1] = '\n';
    scalr_detect_finding finding;
    size_t found;
    CHECK_OK(scalr_detect_scan(scanner, data, len, &finding, 1, &found));
    CHECK(found == 1 && finding.start == len - strlen(LINE) + 14);
    scalr_detect_buffer buffer = {0};
    CHECK_OK(scalr_detect_redact(scanner, data, len, &buffer));
    CHECK(buffer.len == len - strlen(TOKEN) + strlen("[npm-access-token:123456]"));
    CHECK(memcmp(buffer.data, data, finding.start) == 0);
    scalr_detect_buffer_free(&buffer);
    /* Many findings, one by one. */
    size_t lines = 20000;
    char *text = malloc(lines * strlen(LINE));
    CHECK(text != NULL);
    for (size_t i = 0; i < lines; i++) {
        memcpy(text + i * strlen(LINE), LINE, strlen(LINE));
    }
    scalr_detect_iter *iter = NULL;
    CHECK_OK(scalr_detect_iter_new(scanner, text, lines * strlen(LINE), &iter));
    scalr_detect_status status;
    for (found = 0; (status = scalr_detect_iter_next(iter, &finding)) == SCALR_DETECT_STATUS_OK; found++) {
        CHECK(finding.line == found + 1 && finding.column == 15);
    }
    CHECK(status == SCALR_DETECT_STATUS_END && found == lines);
    scalr_detect_iter_free(iter);
    free(text);
    free(data);
    scalr_detect_scanner_free(scanner);
}

static void redaction(void) {
    scalr_detect_scanner *scanner = new_scanner();
    scalr_detect_buffer buffer = {0};
    CHECK_OK(scalr_detect_redact(scanner, LINE, strlen(LINE), &buffer));
    char expected[128];
    scalr_detect_finding finding;
    size_t found, len;
    CHECK_OK(scalr_detect_scan(scanner, LINE, strlen(LINE), &finding, 1, &found));
    snprintf(expected, sizeof expected, "user=ci token=[npm-access-token:%.6s] ok\n", finding.fingerprint);
    CHECK(buffer.len == strlen(expected) && memcmp(buffer.data, expected, buffer.len) == 0);
    scalr_detect_buffer_free(&buffer);
    CHECK(buffer.data == NULL && buffer.len == 0 && buffer.capacity == 0);
    scalr_detect_buffer_free(&buffer);
    /* Into a buffer of one's own: too small, … */
    char own[128];
    memset(own, '#', sizeof own);
    for (size_t capacity = 0; capacity < strlen(expected); capacity++) {
        CHECK_STATUS(scalr_detect_redact_into(scanner, LINE, strlen(LINE), own, capacity, &len), BUFFER_TOO_SMALL);
        CHECK(len == strlen(expected) && own[0] == '#');
    }
    CHECK_STATUS(scalr_detect_redact_into(scanner, LINE, strlen(LINE), NULL, 0, &len), BUFFER_TOO_SMALL);
    CHECK(len == strlen(expected));
    /* … large enough, … */
    CHECK_OK(scalr_detect_redact_into(scanner, LINE, strlen(LINE), own, strlen(expected), &len));
    CHECK(len == strlen(expected) && memcmp(own, expected, len) == 0 && own[len] == '#');
    /* … and in place, with a secret and without. */
    char place[128] = LINE;
    CHECK_OK(scalr_detect_redact_into(scanner, place, strlen(LINE), place, sizeof place, &len));
    CHECK(len == strlen(expected) && memcmp(place, expected, len) == 0);
    CHECK_OK(scalr_detect_redact_into(scanner, place, len, place, sizeof place, &len));
    CHECK(len == strlen(expected) && memcmp(place, expected, len) == 0);
    scalr_detect_scanner_free(scanner);
}

static void streams_are_redacted(void) {
    scalr_detect_scanner *scanner = new_scanner();
    const char text[] = LINE "nothing here\n" LINE "and the last line token=" TOKEN;
    scalr_detect_buffer whole = {0}, piece = {0};
    CHECK_OK(scalr_detect_redact(scanner, text, strlen(text), &whole));
    for (size_t step = 1; step < 40; step += 3) {
        scalr_detect_redactor *redactor = NULL;
        CHECK_OK(scalr_detect_redactor_new(scanner, &redactor));
        size_t at = 0;
        for (size_t from = 0; from < strlen(text); from += step) {
            size_t len = strlen(text) - from < step ? strlen(text) - from : step;
            CHECK_OK(scalr_detect_redactor_push(redactor, text + from, len, &piece));
            CHECK(at + piece.len <= whole.len && memcmp(whole.data + at, piece.data, piece.len) == 0);
            at += piece.len;
            scalr_detect_buffer_free(&piece);
        }
        CHECK_OK(scalr_detect_redactor_finish(redactor, &piece));
        CHECK(at + piece.len == whole.len && memcmp(whole.data + at, piece.data, piece.len) == 0);
        scalr_detect_buffer_free(&piece);
        CHECK_STATUS(scalr_detect_redactor_push(redactor, text, 1, &piece), FINISHED);
        CHECK(piece.data == NULL && piece.len == 0);
        CHECK_STATUS(scalr_detect_redactor_finish(redactor, &piece), FINISHED);
        CHECK_HAS(scalr_detect_last_error(), "make a new one");
        scalr_detect_redactor_free(redactor);
    }
    scalr_detect_buffer_free(&whole);
    /* One that outlives its scanner, and is never finished. */
    scalr_detect_redactor *redactor = NULL;
    CHECK_OK(scalr_detect_redactor_new(scanner, &redactor));
    scalr_detect_scanner_free(scanner);
    CHECK_OK(scalr_detect_redactor_push(redactor, text, strlen(text), &piece));
    scalr_detect_buffer_free(&piece);
    scalr_detect_redactor_free(redactor);
}

static void options_choose(void) {
    static const struct {
        const char *only[3], *exclude[3];
        size_t expected;
    } cases[] = {
        {{NULL}, {NULL}, 1},
        {{"npm-access-token"}, {NULL}, 1},
        {{"npm-*"}, {NULL}, 1},
        {{"scalr-api-token"}, {NULL}, 0},
        {{"scalr-api-token", "npm-access-token"}, {NULL}, 1},
        {{NULL}, {"npm-access-token"}, 0},
        {{NULL}, {"npm-*", "generic-*"}, 0},
        {{"npm-*"}, {"npm-access-token"}, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        scalr_detect_builder *builder = new_builder();
        CHECK_OK(scalr_detect_builder_exclude(builder, "generic-*"));
        for (size_t j = 0; cases[i].only[j] != NULL; j++) {
            CHECK_OK(scalr_detect_builder_only(builder, cases[i].only[j]));
        }
        for (size_t j = 0; cases[i].exclude[j] != NULL; j++) {
            CHECK_OK(scalr_detect_builder_exclude(builder, cases[i].exclude[j]));
        }
        scalr_detect_scanner *scanner = build(builder);
        CHECK(count(scanner, "x " TOKEN "\n") == cases[i].expected);
        scalr_detect_scanner_free(scanner);
    }
    /* A password in a command line is believed so much and no more. */
    const char weak[] = "DB_PASSWORD=" "kT9#vQ2m!zR7\n";
    size_t last = 2;
    const char *confidences[] = {"low", "medium", "high", "checked"};
    for (size_t i = 0; i < COUNT(confidences); i++) {
        scalr_detect_builder *builder = new_builder();
        CHECK_OK(scalr_detect_builder_min_confidence(builder, confidences[i]));
        scalr_detect_scanner *scanner = build(builder);
        CHECK(count(scanner, LINE) == 1);
        CHECK(count(scanner, weak) <= last);
        last = count(scanner, weak);
        CHECK(last == (i < 2 ? 1 : last));
        scalr_detect_scanner_free(scanner);
    }
    CHECK(last == 0);
    /* A builder builds more than once. */
    scalr_detect_builder *builder = new_builder();
    scalr_detect_scanner *first = NULL, *second = NULL;
    CHECK_OK(scalr_detect_builder_build(builder, &first));
    CHECK_OK(scalr_detect_builder_exclude(builder, "npm-*"));
    CHECK_OK(scalr_detect_builder_exclude(builder, "generic-*"));
    CHECK_OK(scalr_detect_builder_build(builder, &second));
    scalr_detect_builder_free(builder);
    CHECK(count(first, LINE) == 1 && count(second, LINE) == 0);
    scalr_detect_scanner_free(first);
    scalr_detect_scanner_free(second);
}

static void wrong_options_are_told(void) {
    scalr_detect_scanner *scanner = (scalr_detect_scanner *)&scanner;
    static const struct {
        const char *id, *message;
    } unknown[] = {
        {"npm-acess-token", "npm-access-token"},
        {"", "unknown detector \"\""},
        {"*x", "unknown detector"},
        {"npm_*", "unknown detector"},
        {"zzzzzzzzzzzzzzz", "unknown detector"},
        /* Something is wrong with it, but it is not repeated. */
        {TOKEN, "[npm-access-token:"},
    };
    for (size_t i = 0; i < COUNT(unknown); i++) {
        for (int exclude = 0; exclude < 2; exclude++) {
            scalr_detect_builder *builder = new_builder();
            CHECK_OK((exclude ? scalr_detect_builder_exclude : scalr_detect_builder_only)(builder, unknown[i].id));
            scanner = (scalr_detect_scanner *)&scanner;
            CHECK_STATUS(scalr_detect_builder_build(builder, &scanner), UNKNOWN_DETECTOR);
            CHECK(scanner == NULL);
            CHECK_HAS(scalr_detect_last_error(), unknown[i].message);
            CHECK_HAS_NOT(scalr_detect_last_error(), BODY);
            scalr_detect_builder_free(builder);
        }
    }
    const char *confidences[] = {"", "Medium", "medium ", "certain", TOKEN};
    for (size_t i = 0; i < COUNT(confidences); i++) {
        scalr_detect_builder *builder = new_builder();
        CHECK_STATUS(scalr_detect_builder_min_confidence(builder, confidences[i]), INVALID_OPTION);
        CHECK_HAS(scalr_detect_last_error(), "low, medium, high or checked");
        CHECK_HAS_NOT(scalr_detect_last_error(), BODY);
        /* It is as it was. */
        scanner = build(builder);
        CHECK(count(scanner, LINE) == 1);
        scalr_detect_scanner_free(scanner);
    }
    static const struct {
        const char *toml, *message;
    } customs[] = {
        {"", "custom 1"},
        {"this is = = no TOML", "line 1"},
        {"unknown_key = 1\n", "unknown_key"},
        {"token = " TOKEN "\n", "[npm-access-token:"},
    };
    for (size_t i = 0; i < COUNT(customs); i++) {
        scalr_detect_builder *builder = new_builder();
        CHECK_OK(scalr_detect_builder_custom(builder, customs[i].toml, strlen(customs[i].toml)));
        CHECK_STATUS(scalr_detect_builder_build(builder, &scanner), INVALID_CUSTOM);
        CHECK(scanner == NULL);
        CHECK_HAS(scalr_detect_last_error(), customs[i].message);
        CHECK_HAS_NOT(scalr_detect_last_error(), BODY);
        scalr_detect_builder_free(builder);
    }
    scalr_detect_builder *builder = new_builder();
    CHECK_STATUS(scalr_detect_builder_only(builder, "\xff"), INVALID_UTF8);
    CHECK_STATUS(scalr_detect_builder_exclude(builder, "npm\x80"), INVALID_UTF8);
    CHECK_STATUS(scalr_detect_builder_min_confidence(builder, "\xc3"), INVALID_UTF8);
    CHECK_STATUS(scalr_detect_builder_custom(builder, "a = '\xff'", 8), INVALID_UTF8);
    CHECK_HAS(scalr_detect_last_error(), "toml is not UTF-8");
    scalr_detect_builder_free(builder);
}

static void detectors_of_ones_own(void) {
    scalr_detect_builder *builder = new_builder();
    /* Without the NUL byte. */
    CHECK_OK(scalr_detect_builder_custom(builder, CUSTOM, sizeof CUSTOM - 1));
    scalr_detect_scanner *scanner = build(builder);
    scalr_detect_finding findings[4];
    size_t found;
    const char text[] = "ACME=" ACME "\n" LINE;
    CHECK_OK(scalr_detect_scan(scanner, text, strlen(text), findings, COUNT(findings), &found));
    CHECK(found == 2);
    scalr_detect_scanner_free(scanner);
    /* They are there for ever. */
    CHECK_TEXT(findings[0].detector, "acme-token");
    CHECK_TEXT(findings[0].info->name, "Acme token");
    CHECK_TEXT(findings[0].info->remediation, "Revoke it.");
    CHECK_TEXT(findings[0].info->aliases[0], "acme-key");
    CHECK(findings[0].info->aliases[1] == NULL && findings[0].info->check == NULL);
    CHECK(findings[0].severity_level == SCALR_DETECT_SEVERITY_LOW);
    CHECK_TEXT(findings[1].detector, "npm-access-token");
    CHECK(scalr_detect_detector_get("acme-token") == NULL);
    /* They can be chosen like the built-in ones. */
    builder = new_builder();
    CHECK_OK(scalr_detect_builder_custom(builder, CUSTOM, sizeof CUSTOM - 1));
    CHECK_OK(scalr_detect_builder_only(builder, "acme-key"));
    scanner = build(builder);
    CHECK(count(scanner, text) == 1);
    scalr_detect_scanner_free(scanner);
    /* The same twice. */
    builder = new_builder();
    CHECK_OK(scalr_detect_builder_custom(builder, CUSTOM, sizeof CUSTOM - 1));
    CHECK_OK(scalr_detect_builder_custom(builder, CUSTOM, sizeof CUSTOM - 1));
    CHECK_STATUS(scalr_detect_builder_build(builder, &scanner), INVALID_CUSTOM);
    CHECK_HAS(scalr_detect_last_error(), "acme-token");
    scalr_detect_builder_free(builder);
}

static void detectors_are_looked_up(void) {
    size_t detectors = scalr_detect_detector_count();
    CHECK(detectors > 1800);
    const char *before = "";
    for (size_t i = 0; i < detectors; i++) {
        const scalr_detect_detector *detector = scalr_detect_detector_at(i);
        CHECK(detector != NULL && strcmp(before, detector->id) < 0);
        before = detector->id;
        CHECK(scalr_detect_detector_get(detector->id) == detector);
        const char *texts[] = {detector->name, detector->provider, detector->kind, detector->severity,
                               detector->confidence, detector->impact, detector->remediation};
        for (size_t j = 0; j < COUNT(texts); j++) {
            CHECK(texts[j] != NULL && texts[j][0] != 0);
        }
        const char *severities[] = {"info", "low", "medium", "high", "critical"};
        CHECK_TEXT(detector->severity, severities[detector->severity_level - 1]);
        const char *confidences[] = {"low", "medium", "high", "checked"};
        CHECK_TEXT(detector->confidence, confidences[detector->confidence_level - 1]);
        const char *const *lists[] = {detector->references, detector->aliases, detector->parts};
        for (size_t j = 0; j < COUNT(lists); j++) {
            for (const char *const *text = lists[j]; *text != NULL; text++) {
                CHECK((*text)[0] != 0);
            }
        }
        for (const char *const *alias = detector->aliases; *alias != NULL; alias++) {
            CHECK(scalr_detect_detector_get(*alias) == detector);
        }
    }
    CHECK(scalr_detect_detector_at(detectors) == NULL);
    CHECK_HAS(scalr_detect_last_error(), "scalr_detect_detector_count");
    CHECK(scalr_detect_detector_at(SIZE_MAX) == NULL);
    CHECK_TEXT(scalr_detect_detector_get("scalr-api-token")->provider, "Scalr");
    CHECK(scalr_detect_detector_get("scalr-apitoken") == NULL);
    CHECK_HAS(scalr_detect_last_error(), "did you mean \"scalr-api-token\"?");
    CHECK(scalr_detect_detector_get(TOKEN) == NULL);
    CHECK_HAS_NOT(scalr_detect_last_error(), BODY);
    CHECK(scalr_detect_detector_get("") == NULL);
    CHECK(scalr_detect_detector_get("\xff") == NULL);
    CHECK_HAS(scalr_detect_last_error(), "UTF-8");
    CHECK(scalr_detect_detector_get(NULL) == NULL);
    CHECK_HAS(scalr_detect_last_error(), "id is NULL");
}

/* The status is that of a NULL, and the message names it. */
#define CHECK_NULL(call, name)                                        \
    do {                                                              \
        CHECK_STATUS(call, NULL_POINTER);                             \
        CHECK_HAS(scalr_detect_last_error(), name " is NULL");        \
    } while (0)

static void every_null_is_told(void) {
    scalr_detect_scanner *scanner = new_scanner(), *no_scanner = (scalr_detect_scanner *)&no_scanner;
    scalr_detect_builder *builder = new_builder();
    scalr_detect_iter *iter = NULL;
    scalr_detect_redactor *redactor = NULL;
    scalr_detect_finding finding;
    scalr_detect_buffer buffer = {0};
    bool is_match = true;
    size_t len = 99;
    char own[8];
    const char *text;
    CHECK_OK(scalr_detect_iter_new(scanner, LINE, strlen(LINE), &iter));
    CHECK_OK(scalr_detect_iter_next(iter, &finding));
    CHECK_OK(scalr_detect_redactor_new(scanner, &redactor));

    CHECK_NULL(scalr_detect_scanner_new(NULL), "scanner");
    CHECK_NULL(scalr_detect_is_match(NULL, "x", 1, &is_match), "scanner");
    CHECK(!is_match);
    CHECK_NULL(scalr_detect_is_match(scanner, NULL, 1, &is_match), "data");
    CHECK_NULL(scalr_detect_is_match(scanner, "x", 1, NULL), "is_match");
    CHECK_NULL(scalr_detect_scan(NULL, "x", 1, &finding, 1, &len), "scanner");
    CHECK(len == 0);
    CHECK_NULL(scalr_detect_scan(scanner, NULL, 1, &finding, 1, &len), "data");
    CHECK_NULL(scalr_detect_scan(scanner, "x", 1, NULL, 1, &len), "findings");
    CHECK_NULL(scalr_detect_scan(scanner, "x", 1, &finding, 1, NULL), "count");

    CHECK_NULL(scalr_detect_builder_new(NULL), "builder");
    CHECK_NULL(scalr_detect_builder_only(NULL, "npm-*"), "builder");
    CHECK_NULL(scalr_detect_builder_only(builder, NULL), "id");
    CHECK_NULL(scalr_detect_builder_exclude(NULL, "npm-*"), "builder");
    CHECK_NULL(scalr_detect_builder_exclude(builder, NULL), "id");
    CHECK_NULL(scalr_detect_builder_min_confidence(NULL, "low"), "builder");
    CHECK_NULL(scalr_detect_builder_min_confidence(builder, NULL), "confidence");
    CHECK_NULL(scalr_detect_builder_decoders(NULL, true), "builder");
    CHECK_NULL(scalr_detect_builder_custom(NULL, "", 0), "builder");
    CHECK_NULL(scalr_detect_builder_custom(builder, NULL, 1), "data");
    CHECK_NULL(scalr_detect_builder_build(NULL, &no_scanner), "builder");
    CHECK(no_scanner == NULL);
    CHECK_NULL(scalr_detect_builder_build(builder, NULL), "scanner");

    scalr_detect_iter *no_iter = (scalr_detect_iter *)&no_iter;
    CHECK_NULL(scalr_detect_iter_new(NULL, "x", 1, &no_iter), "scanner");
    CHECK(no_iter == NULL);
    CHECK_NULL(scalr_detect_iter_new(scanner, NULL, 1, &no_iter), "data");
    CHECK_NULL(scalr_detect_iter_new(scanner, "x", 1, NULL), "iter");
    CHECK_NULL(scalr_detect_iter_next(NULL, &finding), "iter");
    CHECK_NULL(scalr_detect_iter_next(iter, NULL), "finding");
    CHECK_NULL(scalr_detect_iter_secret(NULL, &text, &len), "iter");
    CHECK_NULL(scalr_detect_iter_secret(iter, NULL, &len), "secret");
    CHECK_NULL(scalr_detect_iter_secret(iter, &text, NULL), "len");
    CHECK_NULL(scalr_detect_iter_masked(NULL, &text), "iter");
    CHECK_NULL(scalr_detect_iter_masked(iter, NULL), "masked");
    CHECK_NULL(scalr_detect_iter_detail(NULL, 0, &text, &text), "iter");
    CHECK_NULL(scalr_detect_iter_detail(iter, 0, NULL, &text), "name");
    CHECK_NULL(scalr_detect_iter_detail(iter, 0, &text, NULL), "value");

    CHECK_NULL(scalr_detect_redact(NULL, "x", 1, &buffer), "scanner");
    CHECK(buffer.data == NULL);
    CHECK_NULL(scalr_detect_redact(scanner, NULL, 1, &buffer), "data");
    CHECK_NULL(scalr_detect_redact(scanner, "x", 1, NULL), "redacted");
    CHECK_NULL(scalr_detect_redact_into(NULL, "x", 1, own, sizeof own, &len), "scanner");
    CHECK_NULL(scalr_detect_redact_into(scanner, NULL, 1, own, sizeof own, &len), "data");
    CHECK_NULL(scalr_detect_redact_into(scanner, "x", 1, NULL, sizeof own, &len), "out");
    CHECK_NULL(scalr_detect_redact_into(scanner, "x", 1, own, sizeof own, NULL), "out_len");
    scalr_detect_redactor *no_redactor = (scalr_detect_redactor *)&no_redactor;
    CHECK_NULL(scalr_detect_redactor_new(NULL, &no_redactor), "scanner");
    CHECK(no_redactor == NULL);
    CHECK_NULL(scalr_detect_redactor_new(scanner, NULL), "redactor");
    CHECK_NULL(scalr_detect_redactor_push(NULL, "x", 1, &buffer), "redactor");
    CHECK_NULL(scalr_detect_redactor_push(redactor, NULL, 1, &buffer), "data");
    CHECK_NULL(scalr_detect_redactor_push(redactor, "x", 1, NULL), "redacted");
    CHECK_NULL(scalr_detect_redactor_finish(NULL, &buffer), "redactor");
    CHECK_NULL(scalr_detect_redactor_finish(redactor, NULL), "redacted");

    /* A length that was negative. */
    size_t huge = (size_t)-1;
    CHECK_STATUS(scalr_detect_is_match(scanner, "x", huge, &is_match), INVALID_LENGTH);
    CHECK_STATUS(scalr_detect_scan(scanner, "x", huge, &finding, 1, &len), INVALID_LENGTH);
    CHECK_STATUS(scalr_detect_iter_new(scanner, "x", huge, &no_iter), INVALID_LENGTH);
    CHECK_STATUS(scalr_detect_redact(scanner, "x", huge, &buffer), INVALID_LENGTH);
    CHECK_STATUS(scalr_detect_redact_into(scanner, "x", huge, own, sizeof own, &len), INVALID_LENGTH);
    CHECK_STATUS(scalr_detect_redactor_push(redactor, "x", huge, &buffer), INVALID_LENGTH);
    CHECK_STATUS(scalr_detect_builder_custom(builder, "x", huge), INVALID_LENGTH);
    CHECK_STATUS(scalr_detect_builder_custom(builder, NULL, huge), INVALID_LENGTH);
    CHECK_HAS(scalr_detect_last_error(), "negative");

    /* None of that did any harm: the iterator stands where it stood, the redactor goes on. */
    CHECK_OK(scalr_detect_iter_masked(iter, &text));
    CHECK_OK(scalr_detect_redactor_finish(redactor, &buffer));
    scalr_detect_buffer_free(&buffer);

    scalr_detect_scanner_free(NULL);
    scalr_detect_builder_free(NULL);
    scalr_detect_iter_free(NULL);
    scalr_detect_redactor_free(NULL);
    scalr_detect_buffer_free(NULL);
    scalr_detect_scanner_free(scanner);
    scalr_detect_builder_free(builder);
    scalr_detect_iter_free(iter);
    scalr_detect_redactor_free(redactor);
}

static void *fail_in_a_thread(void *argument) {
    (void)argument;
    CHECK_TEXT(scalr_detect_last_error(), "");
    CHECK(scalr_detect_detector_get("scalr-apitoken") == NULL);
    CHECK_HAS(scalr_detect_last_error(), "scalr-api-token");
    return NULL;
}

static void each_thread_has_its_own_error(void) {
    CHECK(scalr_detect_detector_get(NULL) == NULL);
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT(threads); i++) {
        CHECK(pthread_create(&threads[i], NULL, fail_in_a_thread, NULL) == 0);
    }
    for (size_t i = 0; i < COUNT(threads); i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK_HAS(scalr_detect_last_error(), "id is NULL");
    /* A call that succeeds leaves it. */
    scalr_detect_scanner_free(new_scanner());
    CHECK_HAS(scalr_detect_last_error(), "id is NULL");
}

/* What is made in one thread is used and freed in another. */
typedef struct {
    scalr_detect_scanner *scanner;
    scalr_detect_iter *iter;
    scalr_detect_redactor *redactor;
} handles;

static void *use_handles(void *argument) {
    handles *mine = argument;
    scalr_detect_finding finding;
    scalr_detect_buffer buffer = {0};
    CHECK_OK(scalr_detect_iter_next(mine->iter, &finding));
    CHECK_TEXT(finding.detector, "npm-access-token");
    CHECK_OK(scalr_detect_redactor_push(mine->redactor, LINE, strlen(LINE), &buffer));
    scalr_detect_buffer_free(&buffer);
    scalr_detect_iter_free(mine->iter);
    scalr_detect_redactor_free(mine->redactor);
    scalr_detect_scanner_free(mine->scanner);
    return NULL;
}

static void handles_go_from_thread_to_thread(void) {
    handles mine = {new_scanner(), NULL, NULL};
    CHECK_OK(scalr_detect_iter_new(mine.scanner, LINE, strlen(LINE), &mine.iter));
    CHECK_OK(scalr_detect_redactor_new(mine.scanner, &mine.redactor));
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, use_handles, &mine) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

int main(void) {
    CHECK_TEXT(scalr_detect_last_error(), "");
    static const test tests[] = {
        {"versions", versions},
        {"findings_fill_an_array", findings_fill_an_array},
        {"weak_passwords_and_placeholders_are_told", weak_passwords_and_placeholders_are_told},
        {"an_array_may_be_too_small", an_array_may_be_too_small},
        {"an_iterator_tells_all", an_iterator_tells_all},
        {"details_are_told", details_are_told},
        {"encoded_secrets_are_decoded", encoded_secrets_are_decoded},
        {"nothing_is_in_nothing", nothing_is_in_nothing},
        {"huge_data_and_any_bytes", huge_data_and_any_bytes},
        {"redaction", redaction},
        {"streams_are_redacted", streams_are_redacted},
        {"options_choose", options_choose},
        {"wrong_options_are_told", wrong_options_are_told},
        {"detectors_of_ones_own", detectors_of_ones_own},
        {"detectors_are_looked_up", detectors_are_looked_up},
        {"every_null_is_told", every_null_is_told},
        {"each_thread_has_its_own_error", each_thread_has_its_own_error},
        {"handles_go_from_thread_to_thread", handles_go_from_thread_to_thread},
    };
    return run_tests(tests, COUNT(tests));
}
