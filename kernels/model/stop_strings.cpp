#include "kernels/model/stop_strings.hpp"

#include <algorithm>
#include <utility>

namespace aura::model {

stop_strings::stop_strings(std::vector<std::string> stops)
  : stops_{std::move(stops)} {
  std::erase_if(stops_, [](const std::string& x) { return x.empty(); });
}

std::string stop_strings::push(std::string_view more) {
  if (stopped_)
    return {};
  held_ += more;
  auto end = std::string::npos;
  for (const auto& x : stops_)
    end = std::min(end, held_.find(x));
  if (end != std::string::npos) {
    stopped_ = true;
    held_.resize(end);
    return std::exchange(held_, {});
  }
  // The longest end of the text that a string begins with.
  auto kept = std::size_t{0};
  for (const auto& x : stops_)
    for (auto n = std::min(held_.size(), x.size() - 1); n > kept; --n)
      if (held_.ends_with(std::string_view{x}.substr(0, n)))
        kept = n;
  auto result = held_.substr(0, held_.size() - kept);
  held_.erase(0, held_.size() - kept);
  return result;
}

std::string stop_strings::finish() {
  return std::exchange(held_, {});
}

} // namespace aura::model
