#include "kernels/evaluation/runner.hpp"

#include <algorithm>

namespace aura::evaluation {

expected<std::unique_ptr<runner>>
runner::make(std::vector<std::string> images,
             const sql::open_options& options) {
  auto out = std::make_unique<runner>();
  out->options_ = options;
  std::vector<std::string> layouts;
  std::vector<std::vector<std::string>> groups;
  for (auto& image : images) {
    auto layout = sql::layout_of(image);
    if (!layout)
      return layout.error();
    auto found = std::ranges::find(layouts, *layout);
    auto set = static_cast<std::size_t>(found - layouts.begin());
    if (found == layouts.end()) {
      layouts.push_back(*std::move(layout));
      groups.emplace_back();
    }
    out->places_.push_back({set, groups[set].size()});
    groups[set].push_back(std::move(image));
  }
  for (auto& group : groups) {
    auto set = sql::image_set::make(std::move(group));
    if (!set)
      return set.error();
    out->sets_.push_back(*std::move(set));
  }
  return out;
}

std::unique_ptr<runner>
runner::reopened(const sql::open_options& options) const {
  auto out = std::make_unique<runner>();
  out->sets_ = sets_;
  out->places_ = places_;
  out->options_ = options;
  return out;
}

runner::lease::lease(const runner& owner) : owner_{owner} {
  std::lock_guard guard{owner.mutex_};
  if (owner.idle_.empty())
    return;
  connections_ = std::move(owner.idle_.back());
  owner.idle_.pop_back();
}

runner::lease::~lease() {
  std::lock_guard guard{owner_.mutex_};
  owner_.idle_.push_back(std::move(connections_));
}

expected<sql::connection*> runner::lease::connect(std::size_t set) {
  connections_.resize(owner_.sets_.size());
  if (!connections_[set]) {
    auto opened
      = sql::connection::open_images(owner_.sets_[set], owner_.options_);
    if (!opened)
      return opened.error();
    connections_[set] = std::make_unique<sql::connection>(*std::move(opened));
  }
  return connections_[set].get();
}

expected<sql::result> runner::lease::run(std::size_t state,
                                         std::string_view sql,
                                         const std::vector<datum>& parameters,
                                         const sql::limits& bounds) {
  auto [set, index] = owner_.places_[state];
  auto connection = connect(set);
  if (!connection)
    return connection.error();
  return (*connection)->run(sql, parameters, bounds, index);
}

expected<sql::digest>
runner::lease::summarise(std::size_t state, std::string_view sql,
                         const std::vector<datum>& parameters,
                         const sql::limits& bounds) {
  auto [set, index] = owner_.places_[state];
  auto connection = connect(set);
  if (!connection)
    return connection.error();
  return (*connection)->summarise(sql, parameters, bounds, index);
}

} // namespace aura::evaluation
