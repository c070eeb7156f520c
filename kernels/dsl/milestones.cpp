#include "kernels/dsl/milestones.hpp"

#include <utility>

namespace aura::dsl {

namespace {

/// So many queries are hardly ever written at once.
constexpr std::size_t most = 1024;

} // namespace

std::shared_ptr<const milestone> milestones::last(std::string_view text) const {
  const auto lock = std::lock_guard{mutex_};
  for (auto at = text.rfind("|>"); at != std::string_view::npos && at > 0;
       at = text.rfind("|>", at - 1)) {
    const auto found = known_.find(text.substr(0, at));
    if (found != known_.end())
      return found->second;
  }
  return nullptr;
}

void milestones::add(std::string_view beginning, milestone x) {
  const auto lock = std::lock_guard{mutex_};
  if (known_.size() >= most)
    known_.clear();
  known_.try_emplace(std::string{beginning},
                     std::make_shared<const milestone>(std::move(x)));
}

} // namespace aura::dsl
