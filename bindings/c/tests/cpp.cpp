/* The C++ header: owners, exceptions, containers. */

#include <scalr_detect.hpp>

#include "check.h"

#include <atomic>
#include <thread>

namespace {

// In two pieces: no secret is in this file.
const std::string BODY = "vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP";
const std::string TOKEN = "npm_" + BODY;
const std::string LINE = "user=ci token=" + TOKEN + " ok\n";

/** What a call throws. */
template <typename Call>
scalr_detect::Error thrown(Call call) {
    try {
        call();
    } catch (const scalr_detect::Error &error) {
        return error;
    }
    return scalr_detect::Error(SCALR_DETECT_STATUS_OK, "nothing was thrown");
}

void finds() {
    const scalr_detect::Scanner scanner;
    CHECK(scanner.is_match(LINE) && !scanner.is_match("nothing") && !scanner.is_match({}));
    CHECK(scanner.scan({}).empty());
    const std::vector<scalr_detect::Finding> findings = scanner.scan(LINE + LINE);
    CHECK(findings.size() == 2);
    CHECK(std::string(findings[1].detector) == "npm-access-token");
    CHECK(findings[1].line == 2 && findings[1].end - findings[1].start == TOKEN.size());
    CHECK(findings[0].fingerprint == std::string(findings[1].fingerprint));
}

void findings_one_by_one() {
    const std::string text = LINE + LINE;
    // They outlive their scanner.
    scalr_detect::Findings findings = scalr_detect::Scanner().find(text);
    CHECK(thrown([&] { findings.secret(); }).status() == SCALR_DETECT_STATUS_NO_FINDING);
    int count = 0;
    while (const auto finding = findings.next()) {
        CHECK(findings.secret() == TOKEN);
        CHECK(findings.masked().find(BODY) == std::string::npos);
        findings.details();
        ++count;
    }
    CHECK(count == 2 && !findings.next());
    CHECK(thrown([&] { findings.masked(); }).status() == SCALR_DETECT_STATUS_NO_FINDING);
    CHECK(thrown([&] { findings.details(); }).status() == SCALR_DETECT_STATUS_NO_FINDING);
}

void redacts() {
    const scalr_detect::Scanner scanner;
    const std::string redacted = scanner.redact(LINE);
    CHECK(redacted.rfind("user=ci token=[npm-access-token:", 0) == 0);
    CHECK(scanner.redact("nothing") == "nothing" && scanner.redact({}).empty());
    scalr_detect::Redactor redactor = scanner.redactor();
    std::string out;
    for (const char c : LINE) {
        out += redactor.push(std::string_view(&c, 1));
    }
    out += redactor.finish();
    CHECK(out == redacted);
    CHECK(thrown([&] { redactor.push("x"); }).status() == SCALR_DETECT_STATUS_FINISHED);
    CHECK(thrown([&] { redactor.finish(); }).status() == SCALR_DETECT_STATUS_FINISHED);
}

void builds() {
    scalr_detect::Builder builder;
    const scalr_detect::Scanner scanner =
        builder.only("scalr-*").exclude("scalr-api-token").min_confidence("high").decoders(false).build();
    CHECK(!scanner.is_match(LINE));
    const scalr_detect::Error unknown =
        thrown([] { scalr_detect::Builder().only("npm-acess-token").build(); });
    CHECK(unknown.status() == SCALR_DETECT_STATUS_UNKNOWN_DETECTOR);
    CHECK_HAS(unknown.what(), "npm-access-token");
    CHECK(thrown([] { scalr_detect::Builder().min_confidence("much"); }).status() ==
          SCALR_DETECT_STATUS_INVALID_OPTION);
    const scalr_detect::Error custom =
        thrown([] { scalr_detect::Builder().custom("token = " + TOKEN).build(); });
    CHECK(custom.status() == SCALR_DETECT_STATUS_INVALID_CUSTOM);
    CHECK_HAS_NOT(custom.what(), BODY.c_str());
}

void what_was_moved_from_throws() {
    scalr_detect::Scanner scanner;
    scalr_detect::Redactor redactor = scanner.redactor();
    const scalr_detect::Scanner other = std::move(scanner);
    const scalr_detect::Redactor other_redactor = std::move(redactor);
    CHECK(other.is_match(LINE));
    CHECK(thrown([&] { scanner.is_match(LINE); }).status() == SCALR_DETECT_STATUS_NULL_POINTER);
    CHECK(thrown([&] { scanner.find(LINE); }).status() == SCALR_DETECT_STATUS_NULL_POINTER);
    CHECK(thrown([&] { scanner.redactor(); }).status() == SCALR_DETECT_STATUS_NULL_POINTER);
    CHECK(thrown([&] { redactor.push(LINE); }).status() == SCALR_DETECT_STATUS_NULL_POINTER);
    scanner = scalr_detect::Scanner();
    CHECK(scanner.is_match(LINE));
}

void detectors_and_version() {
    CHECK(scalr_detect::catalog().size() == scalr_detect_detector_count());
    CHECK(scalr_detect::detector("scalr-api-token")->provider == std::string("Scalr"));
    CHECK(scalr_detect::detector("scalr-apitoken") == nullptr);
    CHECK(scalr_detect::version() == SCALR_DETECT_VERSION);
}

void threads_share_a_scanner() {
    const scalr_detect::Scanner scanner;
    std::atomic<std::size_t> found{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 50; ++j) {
                found += scanner.scan(LINE).size();
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK(found == 200);
}

}  // namespace

int main() {
    static const test tests[] = {
        {"finds", finds},
        {"findings_one_by_one", findings_one_by_one},
        {"redacts", redacts},
        {"builds", builds},
        {"what_was_moved_from_throws", what_was_moved_from_throws},
        {"detectors_and_version", detectors_and_version},
        {"threads_share_a_scanner", threads_share_a_scanner},
    };
    return run_tests(tests, sizeof tests / sizeof *tests);
}
