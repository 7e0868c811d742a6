/* Both headers alone, in C++. */

#include <scalr_detect.hpp>
#include <scalr_detect.h>
#include <scalr_detect.hpp>

#include <type_traits>

template <typename T>
constexpr bool moves_only = std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
                            !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;

static_assert(moves_only<scalr_detect::Scanner> && moves_only<scalr_detect::Builder>);
static_assert(moves_only<scalr_detect::Findings> && moves_only<scalr_detect::Redactor>);
static_assert(std::is_trivially_copyable_v<scalr_detect::Finding>);
static_assert(std::is_base_of_v<std::runtime_error, scalr_detect::Error>);

int main() { return 0; }
