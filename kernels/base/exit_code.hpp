#pragma once

#include "kernels/base/expected.hpp"

namespace aura {

/// What our programs answer to the shell, by class of outcome. Documented in
/// README.md; append only.
enum class exit_code : int {
  success = 0,
  negative = 1,      // it ran, and the answer is no: an invalid query, say
  usage = 2,         // command line or configuration; nothing was started
  input = 3,         // a schema, database, model or dataset that is unusable
  provider = 4,      // a language model or the network to it
  storage = 5,       // disk full, or a file that cannot be read or written
  internal = 6,      // a bug of ours, or numbers that do not add up
  limit = 7,         // a deadline, a budget or a resource limit
  interrupted = 130, // stopped by a signal, as shells count
};

/// The class that `code` belongs to.
constexpr exit_code to_exit_code(errc code) noexcept {
  switch (code) {
  case errc::none:
    return exit_code::success;
  case errc::invalid_option:
  case errc::unknown_stage:
  case errc::invalid_graph:
    return exit_code::usage;
  case errc::missing_file:
  case errc::damaged_file:
  case errc::invalid_schema:
  case errc::invalid_model:
  case errc::shape_mismatch:
  case errc::unknown_token:
  case errc::too_long:
  case errc::unsupported:
    return exit_code::input;
  case errc::network:
  case errc::tls_verification:
  case errc::http_status:
  case errc::authentication:
  case errc::invalid_reply:
  case errc::refusal:
    return exit_code::provider;
  case errc::io_error:
  case errc::disk_full:
    return exit_code::storage;
  case errc::timeout:
  case errc::resource_limit:
  case errc::budget_exhausted:
    return exit_code::limit;
  case errc::cancelled:
    return exit_code::interrupted;
  case errc::syntax_error:
  case errc::resolve_error:
  case errc::sql_error:
  case errc::denied:
  case errc::duplicate:
  case errc::degenerate:
  case errc::unfaithful:
    return exit_code::negative;
  case errc::accounting:
  case errc::internal:
    break;
  }
  return exit_code::internal;
}

} // namespace aura
