#include "actors/net/batch_job.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace aura::net {

namespace {

constexpr const char* names[] = {
  "upload", "create", "find", "poll", "fetch-results", "fetch-errors", "done",
};

static_assert(std::size(names) == static_cast<int>(batch_job::step::done) + 1);

} // namespace

const char* to_string(batch_job::step x) {
  return names[static_cast<std::size_t>(x)];
}

batch_job batch_job::begin(std::string lines) {
  auto result = batch_job{};
  result.lines_ = std::move(lines);
  return result;
}

batch_job batch_job::resume(std::string file, std::string batch) {
  auto result = batch_job{};
  result.file_ = std::move(file);
  result.info_.id = std::move(batch);
  result.step_ = result.info_.id.empty() ? step::find : step::poll;
  return result;
}

http_request batch_job::request() const {
  switch (step_) {
  case step::upload:
    return upload_request(lines_);
  case step::create:
    return create_request(file_);
  case step::find:
    return list_request(after_);
  case step::poll:
    return poll_request(info_.id);
  case step::fetch_results:
    return content_request(info_.output_file);
  case step::fetch_errors:
    return content_request(info_.error_file);
  case step::done:
    break;
  }
  assert(false);
  return {};
}

status batch_job::accept(const http_reply& reply) {
  switch (step_) {
  case step::upload: {
    auto file = read_file_id(reply);
    if (!file)
      return file.error();
    file_ = *std::move(file);
    lines_.clear();
    lines_.shrink_to_fit();
    step_ = step::create;
    return ok;
  }
  case step::find: {
    const auto list = read_batch_list(reply);
    if (!list)
      return list.error();
    for (const auto& x : list->batches)
      if (x.input_file == file_) {
        info_ = x;
        step_ = step::poll;
        return ok;
      }
    after_ = list->more && !list->batches.empty() ? list->batches.back().id
                                                  : std::string{};
    if (after_.empty())
      step_ = step::create;
    return ok;
  }
  case step::create:
  case step::poll: {
    auto info = read_batch(reply);
    if (!info)
      return info.error();
    info_ = *std::move(info);
    if (step_ == step::poll)
      ++polls_;
    step_ = step::poll;
    ended();
    return ok;
  }
  case step::fetch_results:
  case step::fetch_errors:
    fetched_ += reply.body;
    fetched_ += '\n';
    step_ = step_ == step::fetch_results && !info_.error_file.empty()
              ? step::fetch_errors
              : step::done;
    return ok;
  case step::done:
    break;
  }
  return ok;
}

void batch_job::ended() {
  if (info_.state == batch_state::under_way)
    return;
  if (info_.state == batch_state::failed)
    step_ = step::done;
  else if (!info_.output_file.empty())
    step_ = step::fetch_results;
  else if (!info_.error_file.empty())
    step_ = step::fetch_errors;
  else
    step_ = step::done;
}

void batch_job::retry() {
  if (step_ == step::create) {
    step_ = step::find;
    after_.clear();
  }
}

milliseconds batch_job::patience(milliseconds least, milliseconds most) const {
  auto result = static_cast<double>(least.count());
  for (auto i = 1U; i < polls_ && result < static_cast<double>(most.count());
       ++i)
    result *= 1.5;
  return std::min(most, milliseconds{static_cast<std::int64_t>(result)});
}

std::vector<batch_result> batch_job::results() const {
  auto result = std::vector<batch_result>{};
  for (auto rest = std::string_view{fetched_}; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (end > 0)
      if (auto x = read_batch_result(rest.substr(0, end)))
        result.push_back(*std::move(x));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return result;
}

} // namespace aura::net
