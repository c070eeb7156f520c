#pragma once

#include "actors/net/message.hpp"
#include "kernels/base/expected.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aura::net {

/// One line of a file of requests: asks `body` and calls it `key`.
std::string batch_line(std::string_view key, std::string_view body);

/// Uploads `lines` as a file for a batch.
http_request upload_request(std::string_view lines);

/// The id of the file in the reply to an upload. Fails with `invalid_reply`.
expected<std::string> read_file_id(const http_reply& reply);

/// Has the uploaded file `file` worked on within a day.
http_request create_request(std::string_view file);

/// Asks for the batches there are, newest first, after batch `after` (empty:
/// from the start).
http_request list_request(std::string_view after);

http_request poll_request(std::string_view batch);

http_request content_request(std::string_view file);

/// Where a batch is on its way.
enum class batch_state : std::uint8_t {
  under_way,
  ended,  // completed, expired or cancelled: what was done can be fetched
  failed, // refused as a whole; nothing was done
};

/// A batch as its server describes it.
struct batch_info {
  std::string id;
  std::string input_file;
  batch_state state = batch_state::under_way;
  /// The server's word for it: `in_progress`.
  std::string status;
  /// Files of results and of errors; empty if there are none (yet).
  std::string output_file;
  std::string error_file;
  std::uint64_t total = 0;
  std::uint64_t completed = 0;
  /// Why it failed.
  std::string error_code;
  std::string message;
};

/// Fails with `invalid_reply`.
expected<batch_info> read_batch(const http_reply& reply);

struct batch_list {
  std::vector<batch_info> batches;
  bool more = false;
};

/// Fails with `invalid_reply`.
expected<batch_list> read_batch_list(const http_reply& reply);

/// What became of one request of a batch.
struct batch_result {
  std::string key;
  /// As if it had been asked for alone; absent if it never was worked on.
  std::optional<http_reply> reply;
  std::string error_code;
  std::string message;
};

/// Reads a line of a file of results or errors. Fails with `invalid_reply`.
expected<batch_result> read_batch_result(std::string_view line);

} // namespace aura::net
