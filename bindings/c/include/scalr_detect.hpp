/*
 * scalr-detect for C++17: scalr_detect.h with owners, exceptions and containers. Nothing is found here that is not found there.
 *
 * Owners can be moved and not copied. One that was moved from may only be assigned to or destroyed; whatever else is called on
 * it throws. A Scanner is used by any number of threads at the same time, everything else by one at a time.
 *
 * Texts to be searched are std::string_view over any bytes.
 */

#ifndef SCALR_DETECT_HPP
#define SCALR_DETECT_HPP

#include "scalr_detect.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scalr_detect {

using Status = scalr_detect_status;
/** A plain value, see scalr_detect.h. */
using Finding = scalr_detect_finding;
/** Lives as long as the library is loaded, see scalr_detect.h. */
using Detector = scalr_detect_detector;

/** What is thrown when a call fails. what() says what to do, and has no secret in it. */
class Error : public std::runtime_error {
public:
    Error(Status status, const std::string &message) : std::runtime_error(message), status_(status) {}

    /** Why it failed. */
    Status status() const noexcept { return status_; }

private:
    Status status_;
};

namespace detail {

/** Throws what the status tells, unless it is OK. */
inline void check(Status status) {
    if (status != SCALR_DETECT_STATUS_OK) {
        throw Error(status, scalr_detect_last_error());
    }
}

/** Frees handles by the functions of the C interface. */
struct Free {
    void operator()(scalr_detect_scanner *scanner) const noexcept { scalr_detect_scanner_free(scanner); }
    void operator()(scalr_detect_builder *builder) const noexcept { scalr_detect_builder_free(builder); }
    void operator()(scalr_detect_iter *iter) const noexcept { scalr_detect_iter_free(iter); }
    void operator()(scalr_detect_redactor *redactor) const noexcept { scalr_detect_redactor_free(redactor); }
};

template <typename Handle>
using Owner = std::unique_ptr<Handle, Free>;

/** A buffer of the library, freed at the end of its scope. */
struct Buffer {
    scalr_detect_buffer buffer{};

    Buffer() = default;
    Buffer(const Buffer &) = delete;
    Buffer &operator=(const Buffer &) = delete;
    ~Buffer() { scalr_detect_buffer_free(&buffer); }

    std::string text() const { return std::string(buffer.data, buffer.len); }
};

}  // namespace detail

/** The findings in some data, one by one. The data must stay as it is as long as this lives; the scanner need not. */
class Findings {
public:
    Findings(const scalr_detect_scanner *scanner, std::string_view data) {
        scalr_detect_iter *iter = nullptr;
        detail::check(scalr_detect_iter_new(scanner, data.data(), data.size(), &iter));
        iter_.reset(iter);
    }

    /** Goes on to the next finding; nothing if there is none any more. */
    std::optional<Finding> next() {
        Finding finding;
        const Status status = scalr_detect_iter_next(iter_.get(), &finding);
        if (status == SCALR_DETECT_STATUS_END) {
            return std::nullopt;
        }
        detail::check(status);
        return finding;
    }

    /** The secret of the finding last returned, decoded. Handle with care. Valid until the next call of next(). */
    std::string_view secret() const {
        const char *secret = nullptr;
        std::size_t len = 0;
        detail::check(scalr_detect_iter_secret(iter_.get(), &secret, &len));
        return std::string_view(secret, len);
    }

    /** That secret with all but its first and last few characters hidden, to be shown. */
    std::string masked() const {
        const char *masked = nullptr;
        detail::check(scalr_detect_iter_masked(iter_.get(), &masked));
        return masked;
    }

    /** Facts that can be read from that secret and its surroundings: names and values. */
    std::vector<std::pair<std::string, std::string>> details() const {
        std::vector<std::pair<std::string, std::string>> details;
        const char *name = nullptr;
        const char *value = nullptr;
        for (;;) {
            const Status status = scalr_detect_iter_detail(iter_.get(), details.size(), &name, &value);
            if (status == SCALR_DETECT_STATUS_END) {
                return details;
            }
            detail::check(status);
            details.emplace_back(name, value);
        }
    }

private:
    detail::Owner<scalr_detect_iter> iter_;
};

/** Redacts a stream as it passes. */
class Redactor {
public:
    explicit Redactor(const scalr_detect_scanner *scanner) {
        scalr_detect_redactor *redactor = nullptr;
        detail::check(scalr_detect_redactor_new(scanner, &redactor));
        redactor_.reset(redactor);
    }

    /** Takes the next bytes of the stream; returns those that are safe now, redacted. */
    std::string push(std::string_view data) {
        detail::Buffer redacted;
        detail::check(
            scalr_detect_redactor_push(redactor_.get(), data.data(), data.size(), &redacted.buffer));
        return redacted.text();
    }

    /** Ends the stream; returns what was held back, redacted. */
    std::string finish() {
        detail::Buffer redacted;
        detail::check(scalr_detect_redactor_finish(redactor_.get(), &redacted.buffer));
        return redacted.text();
    }

private:
    detail::Owner<scalr_detect_redactor> redactor_;
};

class Builder;

/** Finds secrets in bytes. */
class Scanner {
public:
    /** A scanner for everything in the catalogue: findings of confidence medium and up, decoders on. */
    Scanner() {
        scalr_detect_scanner *scanner = nullptr;
        detail::check(scalr_detect_scanner_new(&scanner));
        scanner_.reset(scanner);
    }

    /** Whether there is a secret in the data. */
    bool is_match(std::string_view data) const {
        bool is_match = false;
        detail::check(scalr_detect_is_match(scanner_.get(), data.data(), data.size(), &is_match));
        return is_match;
    }

    /** All findings, by the offset at which they start. */
    std::vector<Finding> scan(std::string_view data) const {
        std::vector<Finding> all;
        Findings findings = find(data);
        while (const std::optional<Finding> finding = findings.next()) {
            all.push_back(*finding);
        }
        return all;
    }

    /** The findings one by one, with secrets and details. The data must stay as it is meanwhile. */
    Findings find(std::string_view data) const { return Findings(scanner_.get(), data); }

    /** A copy of the data with a stable placeholder, `[detector-id:fingerprint]`, in the place of each secret. */
    std::string redact(std::string_view data) const {
        detail::Buffer redacted;
        detail::check(scalr_detect_redact(scanner_.get(), data.data(), data.size(), &redacted.buffer));
        return redacted.text();
    }

    /** Starts to redact a stream. */
    Redactor redactor() const { return Redactor(scanner_.get()); }

    /** The handle, for functions of the C interface. It stays this object's. */
    const scalr_detect_scanner *get() const noexcept { return scanner_.get(); }

private:
    friend class Builder;
    explicit Scanner(scalr_detect_scanner *scanner) : scanner_(scanner) {}

    detail::Owner<scalr_detect_scanner> scanner_;
};

/** Builds a scanner that looks for other than the default. See scalr_detect.h for the options. */
class Builder {
public:
    Builder() {
        scalr_detect_builder *builder = nullptr;
        detail::check(scalr_detect_builder_new(&builder));
        builder_.reset(builder);
    }

    Builder &only(const std::string &id) {
        detail::check(scalr_detect_builder_only(builder_.get(), id.c_str()));
        return *this;
    }

    Builder &exclude(const std::string &id) {
        detail::check(scalr_detect_builder_exclude(builder_.get(), id.c_str()));
        return *this;
    }

    Builder &min_confidence(const std::string &confidence) {
        detail::check(scalr_detect_builder_min_confidence(builder_.get(), confidence.c_str()));
        return *this;
    }

    Builder &decoders(bool on) {
        detail::check(scalr_detect_builder_decoders(builder_.get(), on));
        return *this;
    }

    Builder &custom(std::string_view toml) {
        detail::check(scalr_detect_builder_custom(builder_.get(), toml.data(), toml.size()));
        return *this;
    }

    Scanner build() const {
        scalr_detect_scanner *scanner = nullptr;
        detail::check(scalr_detect_builder_build(builder_.get(), &scanner));
        return Scanner(scanner);
    }

private:
    detail::Owner<scalr_detect_builder> builder_;
};

/** The kind of secret of the built-in catalogue with this id or alias; nullptr if there is none. */
inline const Detector *detector(const std::string &id) { return scalr_detect_detector_get(id.c_str()); }

/** All kinds of secret of the built-in catalogue, by id. */
inline std::vector<const Detector *> catalog() {
    std::vector<const Detector *> all(scalr_detect_detector_count());
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = scalr_detect_detector_at(i);
    }
    return all;
}

/** The version of the library that is loaded. */
inline std::string version() { return scalr_detect_version(); }

}  // namespace scalr_detect

#endif  // SCALR_DETECT_HPP
