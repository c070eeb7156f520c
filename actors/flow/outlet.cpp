#include "actors/flow/outlet.hpp"

#include <algorithm>
#include <utility>

namespace aura::flow {

outlet::outlet(stage_actor::pointer self, edge downstream,
               std::function<void()> on_room)
  : self_{self}, downstream_{std::move(downstream)}, on_room_{
                                                       std::move(on_room)} {
}

bool outlet::fits(std::size_t rows, std::size_t size) const {
  const auto& limit = downstream_.window;
  return unanswered_ == 0
         || (owed_rows_ + rows <= limit.rows
             && owed_bytes_ + size <= limit.bytes);
}

bool outlet::has_room() const {
  return parked_.empty() && !failed_ && fits(1, 1);
}

void outlet::push(batch output, promise upstream) {
  if (failed_)
    return;
  if (parked_.empty() && fits(output.samples.size(), bytes(output))) {
    send(std::move(output));
    if (upstream.pending())
      upstream.deliver(caf::ok_atom_v);
    return;
  }
  parked_.push_back({std::move(output), std::move(upstream)});
}

void outlet::close(bool cancelled, promise upstream,
                   std::function<void()> on_confirmed) {
  closing_ = true;
  cancelled_ = cancelled;
  on_confirmed_ = std::move(on_confirmed);
  upstream_ = std::move(upstream);
  advance();
}

void outlet::send(batch output) {
  if (!downstream_.next)
    return;
  const auto rows = output.samples.size();
  const auto size = bytes(output);
  ++unanswered_;
  owed_rows_ += rows;
  owed_bytes_ += size;
  peak_rows_ = std::max(peak_rows_, owed_rows_);
  peak_bytes_ = std::max(peak_bytes_, owed_bytes_);
  largest_rows_ = std::max(largest_rows_, rows);
  largest_bytes_ = std::max(largest_bytes_, size);
  self_->request(downstream_.next, caf::infinite, std::move(output))
    .then(
      [this, rows, size](caf::ok_atom) {
        --unanswered_;
        owed_rows_ -= rows;
        owed_bytes_ -= size;
        advance();
      },
      [this](const caf::error& reason) { fail(reason); });
}

void outlet::advance() {
  while (!parked_.empty()
         && fits(parked_.front().output.samples.size(),
                 bytes(parked_.front().output))) {
    auto first = std::move(parked_.front());
    parked_.pop_front();
    send(std::move(first.output));
    if (first.upstream.pending())
      first.upstream.deliver(caf::ok_atom_v);
  }
  if (parked_.empty() && !closing_)
    on_room_();
  if (!closing_ || !parked_.empty() || unanswered_ > 0)
    return;
  if (!downstream_.next) {
    confirm();
    return;
  }
  auto confirmed = [this](caf::ok_atom) { confirm(); };
  auto failed = [this](const caf::error& reason) { fail(reason); };
  if (cancelled_)
    self_->request(downstream_.next, caf::infinite, atom::cancel_v)
      .then(confirmed, failed);
  else
    self_->request(downstream_.next, caf::infinite, atom::done_v)
      .then(confirmed, failed);
}

void outlet::confirm() {
  on_confirmed_();
  if (upstream_.pending())
    upstream_.deliver(caf::ok_atom_v);
  self_->quit();
}

// A receiver that died has told the runner why, and the runner will end us too:
// quitting here would only race its reason with a lesser one.
void outlet::fail(const caf::error& reason) {
  failed_ = true;
  for (auto& entry : parked_)
    if (entry.upstream.pending())
      entry.upstream.deliver(reason);
  parked_.clear();
  if (upstream_.pending())
    upstream_.deliver(reason);
  if (reason.category() != caf::atom("system")
      && reason.category() != caf::atom("exit"))
    self_->quit(reason);
}

void outlet::measure(tally& x) const {
  x.owed_rows = owed_rows_;
  x.owed_bytes = owed_bytes_;
  x.granted_rows = downstream_.next ? downstream_.window.rows : 0;
  x.granted_bytes = downstream_.next ? downstream_.window.bytes : 0;
  x.peak_rows = peak_rows_;
  x.peak_bytes = peak_bytes_;
  x.largest_rows = largest_rows_;
  x.largest_bytes = largest_bytes_;
  x.parked_rows = 0;
  for (const auto& entry : parked_)
    x.parked_rows += entry.output.samples.size();
}

} // namespace aura::flow
