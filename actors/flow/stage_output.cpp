// How batches leave a stage: in the order of their tickets.

#include "actors/flow/stage_work.hpp"

#include <algorithm>

namespace aura::flow {

void stage::release() {
  for (auto first = jobs_.begin();
       first != jobs_.end() && first->first == next_out_ && first->second.ready;
       first = jobs_.begin()) {
    auto x = std::move(first->second);
    jobs_.erase(first);
    ++next_out_;
    emit(std::move(x));
  }
}

void stage::emit(job x) {
  if (x.lost) {
    if (x.upstream.pending())
      x.upstream.deliver(caf::ok_atom_v);
    return;
  }
  switch (spec_.shape) {
  case shape::map:
    cut(x.content);
    ledger_.count(x.content);
    ledger_.numbers().out += x.content.samples.size();
    out_.push(std::move(x.content), std::move(x.upstream));
    return;
  case shape::source:
    if (x.content.samples.empty()) {
      exhausted_ = true;
      return;
    }
    if (exhausted_)
      return; // asked for ahead of time, beyond the end
    ledger_.numbers().made += x.content.samples.size();
    ledger_.count(x.content);
    ledger_.numbers().out += x.content.samples.size();
    out_.push(std::move(x.content));
    return;
  case shape::collect: {
    if (spec_.store) {
      collected_.context = std::move(x.content.context);
      draining_.emplace(*spec_.store);
      drain();
      return;
    }
    ledger_.count(x.content);
    auto rows = std::move(x.content.samples);
    const auto end = std::remove_if(rows.begin(), rows.end(), [](auto& row) {
      return row.rejected != errc::none;
    });
    ledger_.numbers().dropped += static_cast<std::uint64_t>(rows.end() - end);
    rows.erase(end, rows.end());
    ledger_.numbers().out += rows.size();
    std::uint64_t sequence = 0;
    std::size_t at = 0;
    do {
      const auto n = std::min(setting_.batch_rows, rows.size() - at);
      auto part = batch{sequence++, {}, x.content.context};
      part.samples.reserve(n);
      for (std::size_t i = 0; i < n; ++i)
        part.samples.push_back(std::move(rows[at + i]));
      at += n;
      out_.push(std::move(part));
    } while (at < rows.size());
    return;
  }
  }
}

// Sends on what the step left in the store, as fast as it is taken.
void stage::drain() {
  while (draining_ && out_.has_room()) {
    auto part = batch{drained_++, {}, collected_.context};
    for (auto row = sample{}; part.samples.size() < setting_.batch_rows;) {
      const auto more = draining_->next(row);
      if (!more)
        return stop_with(more.error());
      if (!*more) {
        draining_.reset();
        *spec_.store = spec_.store->another(); // gives the disk back
        break;
      }
      --stored_;
      part.samples.push_back(std::move(row));
    }
    ledger_.mark(part);
    ledger_.count(part);
    ledger_.numbers().dropped
      += std::erase_if(part.samples, [](const sample& row) {
           return row.rejected != errc::none;
         });
    ledger_.numbers().out += part.samples.size();
    // The first goes on even if it is empty: it carries the context.
    if (!part.samples.empty() || drained_ == 1)
      out_.push(std::move(part));
  }
}

void stage::cut(batch& x) {
  if (ledger_.cut(x))
    tell_runner_enough();
}

} // namespace aura::flow
