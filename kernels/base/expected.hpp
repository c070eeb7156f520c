#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace aura {

/// What went wrong, for code that wants to branch on it. Append only: the
/// numbers appear in run reports.
enum class errc : std::uint8_t {
  none = 0,
  invalid_option,   // a configuration that cannot mean anything
  missing_file,     // a file that should be there is not
  io_error,         // the operating system refused to read or write
  disk_full,        // there is no room left to write
  damaged_file,     // a file is there, but its content does not hold together
  unknown_stage,    // a pipeline names a stage that nobody wrote
  invalid_graph,    // stages and edges that do not form a pipeline
  invalid_schema,   // a domain schema that contradicts itself
  syntax_error,     // a query that does not parse
  resolve_error,    // a query that parses but means nothing in its schema
  sql_error,        // SQLite refused or failed
  resource_limit,   // a query produced or used more than it may
  timeout,          // a deadline passed
  denied,           // a statement that must not run
  unknown_token,    // text that the vocabulary cannot spell
  too_long,         // more tokens than a model or a stage accepts
  shape_mismatch,   // tensors or matrices that do not fit together
  invalid_model,    // a checkpoint that does not fit its configuration
  duplicate,        // a row that is there already
  degenerate,       // a query whose answers tell nothing
  unfaithful,       // a question that does not say what its query does
  invalid_reply,    // a language model answered something unusable
  refusal,          // a language model declined to answer
  network,          // a connection could not be had or did not last
  tls_verification, // a server is not who it should be
  http_status,      // a server answered with a status that is not success
  authentication,   // a server does not accept the key
  budget_exhausted, // money, requests or tokens are spent
  cancelled,        // somebody stopped it
  accounting,       // the numbers of a run do not add up
  unsupported,      // known, but not in this version
  internal,         // a bug of ours, reported instead of crashing
};

/// What went wrong, for code (errc) and for a person (message).
struct fault {
  errc code = errc::none;
  std::string message;

  bool operator==(const fault&) const = default;
};

/// The name of `code` as it appears in reports: `missing_file`.
const char* to_string(errc code);

/// A value or the reason there is none. Offers the part of `std::expected` we
/// use under the same names, so that C++23 turns this file into one alias.
template <class T>
class [[nodiscard]] expected {
public:
  expected(T value) : data_{std::in_place_index<0>, std::move(value)} {
  }

  expected(fault reason) : data_{std::in_place_index<1>, std::move(reason)} {
  }

  bool has_value() const noexcept {
    return data_.index() == 0;
  }

  explicit operator bool() const noexcept {
    return has_value();
  }

  /// @pre has_value()
  T& operator*() & {
    assert(has_value());
    return *std::get_if<0>(&data_);
  }

  const T& operator*() const& {
    assert(has_value());
    return *std::get_if<0>(&data_);
  }

  T&& operator*() && {
    assert(has_value());
    return std::move(*std::get_if<0>(&data_));
  }

  T* operator->() {
    return &**this;
  }

  const T* operator->() const {
    return &**this;
  }

  /// @pre !has_value()
  const fault& error() const {
    assert(!has_value());
    return *std::get_if<1>(&data_);
  }

private:
  std::variant<T, fault> data_;
};

/// What a function returns that has nothing to say but whether it worked.
using status = expected<std::monostate>;

/// Success of a `status`.
inline constexpr auto ok = std::monostate{};

} // namespace aura
