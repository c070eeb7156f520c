#pragma once

#include "actors/net/mock_replies.hpp"

#include <functional>
#include <map>
#include <vector>

namespace aura::net {

/// The part of a server of ours that keeps files and works on batches: pages
/// `/files` and `/batches` of OpenAI's Batch API. A batch is worked on when it
/// is created, and shows its results after a few polls. Mishaps with a
/// percentage befall its rows too. No sockets; not thread-safe.
class mock_batches {
public:
  /// Told of each row that is worked on: its reply and its request.
  using counter
    = std::function<void(const scripted_reply&, const std::string& request)>;

  mock_batches(const mock_llm_options& options, counter count);

  /// Answers a request that concerns files or batches; nothing if `target` is
  /// another page. `x` may expire the batch or let it fail.
  std::optional<scripted_reply> handle(std::string_view method,
                                       std::string_view target,
                                       std::string_view body,
                                       const fault_plan::entry& x);

private:
  struct batch {
    std::string id;
    std::string input_file;
    std::string status;
    std::string output_file;
    std::string error_file;
    std::string problem;
    std::size_t total = 0;
    std::size_t completed = 0;
    std::size_t polls = 0;
  };

  std::string keep(std::string content);
  scripted_reply upload(std::string_view body);
  scripted_reply create(std::string_view body, const fault_plan::entry& x);
  scripted_reply list(std::string_view query) const;
  scripted_reply poll(std::string_view id);
  void work(batch& x, std::size_t most);
  std::string describe(const batch& x, bool finished) const;

  const mock_llm_options& options_;
  counter count_;
  std::map<std::string, std::string, std::less<>> files_;
  std::vector<batch> batches_;
  std::uint64_t rows_ = 0;
};

} // namespace aura::net
