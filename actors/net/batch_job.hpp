#pragma once

#include "actors/net/batch_wire.hpp"
#include "actors/net/policy.hpp"

namespace aura::net {

/// One batch on its way through a server: what to send next, and what a reply
/// means. Knows no clock, no socket and no disk.
///
/// A batch is created once and only once. A reply to `create` that was lost
/// leaves it open whether there is a batch now; then, and after a crash between
/// the upload and the note of the batch's id, the batches at the server are
/// searched for ours, which is the one that reads the file we uploaded.
class batch_job {
public:
  enum class step : std::uint8_t {
    upload,
    create,
    find,
    poll,
    fetch_results,
    fetch_errors,
    done,
  };

  /// A new batch of `lines`.
  static batch_job begin(std::string lines);

  /// One that an earlier process has uploaded as `file`, and perhaps created as
  /// `batch`.
  static batch_job resume(std::string file, std::string batch);

  step next() const {
    return step_;
  }

  /// The request of the next step. @pre `next()` is not `done`
  http_request request() const;

  /// A good reply came. Fails with `invalid_reply` if it means nothing.
  status accept(const http_reply& reply);

  /// The request is going to be sent again, since what came was no good reply.
  void retry();

  /// Whether the next request should wait for a while: the batch is under way.
  bool waits() const {
    return step_ == step::poll && polls_ > 0;
  }

  /// How long, growing from `least` by half each time, up to `most`.
  milliseconds patience(milliseconds least, milliseconds most) const;

  const std::string& file() const {
    return file_;
  }

  const batch_info& info() const {
    return info_;
  }

  /// What was fetched, once done. Lines that mean nothing are left out.
  std::vector<batch_result> results() const;

private:
  void ended();

  step step_ = step::upload;
  std::string lines_;
  std::string file_;
  std::string after_; // of the search
  batch_info info_;
  unsigned polls_ = 0;
  std::string fetched_;
};

const char* to_string(batch_job::step x);

} // namespace aura::net
