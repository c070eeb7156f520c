#include "kernels/skeleton/naming.hpp"
#include "kernels/skeleton/sampling.hpp"

namespace aura::skeleton {

void sampling::aggregation() {
  auto keys = std::vector<dsl::expr>{};
  const auto wanted_keys = d_.choose({28, 56, 16});
  for (std::size_t i = 0; i < wanted_keys; ++i)
    if (auto key = grouping_key(d_); key && !clashes(keys, *key))
      keys.push_back(std::move(*key));
  const auto wanted_items = 1 + d_.choose({76, 21, 3});
  auto items = std::vector<dsl::expr>{};
  auto attempts = 0;
  while (items.size() < wanted_items) {
    auto x = aggregate_item(d_, wanted_items > 1 || !keys.empty());
    if (std::ranges::find(items, x) != items.end())
      break;
    if (aggregates_key(x, keys)) {
      if (++attempts > 6)
        x = call("COUNT");
      else
        continue;
    }
    items.push_back(std::move(x));
  }
  emit_aggregate(std::move(items), std::move(keys));
  if (outputs_.front().is_key)
    after_groups();
}

// Keys of one column, or of one default name, tell groups apart no better.
bool sampling::clashes(const std::vector<dsl::expr>& keys, const dsl::expr& x) {
  return std::ranges::any_of(keys, [&](const dsl::expr& y) {
    return alias_of(x) == alias_of(y)
           || (x.kind == dsl::expr_kind::call
               && y.kind == dsl::expr_kind::call);
  });
}

// Within a group its key is one value.
bool sampling::aggregates_key(const dsl::expr& x,
                              const std::vector<dsl::expr>& keys) {
  return std::ranges::find(keys, x) != keys.end()
         || std::ranges::any_of(x.arguments, [&](const dsl::expr& y) {
              return aggregates_key(y, keys);
            });
}

void sampling::emit_aggregate(std::vector<dsl::expr> items,
                              std::vector<dsl::expr> keys) {
  auto stage = dsl::aggregate{};
  auto taken = taken_names{};
  outputs_.clear();
  for (auto& key : keys) {
    auto out = output{{}, key, true, false};
    stage.keys.push_back(taken.name(std::move(key), &out.name));
    outputs_.push_back(std::move(out));
  }
  for (auto& x : items) {
    auto out = output{{}, x, false, yields_number(x)};
    stage.items.push_back(taken.name(std::move(x), &out.name));
    outputs_.push_back(std::move(out));
  }
  push(std::move(stage));
}

bool sampling::yields_number(const dsl::expr& x) const {
  if (x.kind != dsl::expr_kind::call || x.text == "COUNT" || x.arguments.empty()
      || x.arguments[0].kind != dsl::expr_kind::column)
    return true;
  return std::ranges::none_of(d_.columns, [&](const reachable& y) {
    return y.role == role::moment && as_expr(y) == x.arguments[0];
  });
}

void sampling::after_groups() {
  if (left_ > 0 && d_.random.chance(0.22))
    having();
  if (left_ == 0)
    return;
  const auto keys
    = std::ranges::count_if(outputs_, [](const output& x) { return x.is_key; });
  if (keys == 2 && d_.random.chance(0.12))
    return best_groups();
  if (outputs_.size() == static_cast<std::size_t>(keys) + 1
      && d_.random.chance(0.03) && outputs_.back().is_number)
    return aggregate_again();
  if (d_.random.chance(0.58))
    sort_groups();
}

const output& sampling::pick_item() {
  auto candidates = std::vector<const output*>{};
  for (const auto& x : outputs_)
    if (!x.is_key)
      candidates.push_back(&x);
  return *d_.random.pick(candidates);
}

void sampling::having() {
  const auto& x = pick_item();
  if (!x.is_number)
    return;
  auto left = column({x.name});
  if (x.made_of.kind == dsl::expr_kind::binary) {
    push(dsl::filter{binary(d_.random.chance(0.5) ? ">" : "<", std::move(left),
                            integer(d_.random.between(1, 20)))});
    return;
  }
  static constexpr auto ops = std::array{">", ">=", "<", "<=", "=="};
  const auto count = x.made_of.text == "COUNT" ? 1. : 0.;
  push(dsl::filter{binary(ops[d_.choose({5, 4, 3, 2, count})], std::move(left),
                          threshold(d_, x.made_of))});
}

void sampling::sort_groups() {
  auto stage = dsl::sort{};
  const auto& item = pick_item();
  const auto by_item = d_.random.chance(0.7);
  if (by_item) {
    stage.keys.push_back({column({item.name}), d_.random.chance(0.68)});
    if (d_.random.chance(0.08))
      stage.keys.push_back({column({outputs_.front().name}), false});
  } else {
    for (const auto& x : outputs_)
      if (x.is_key && (stage.keys.empty() || d_.random.chance(0.5)))
        stage.keys.push_back({column({x.name}), d_.random.chance(0.25)});
  }
  const auto cut = left_ > 1 && d_.random.chance(by_item ? 0.6 : 0.25);
  if (cut && d_.random.chance(d_.options.total_order))
    for (const auto& x : outputs_)
      if (x.is_key && !sorts_by(stage, x.name))
        stage.keys.push_back({column({x.name}), false});
  push(std::move(stage));
  if (cut)
    push(dsl::limit{pick_count(), offset()});
}

bool sampling::sorts_by(const dsl::sort& x, const std::string& name) {
  return std::ranges::any_of(x.keys, [&](const dsl::sort_key& key) {
    return key.value == column({name});
  });
}

void sampling::best_groups() {
  auto stage = dsl::top{};
  stage.count = d_.random.between(1, 3);
  const auto& item = pick_item();
  stage.by.push_back({column({item.name}), d_.random.chance(0.75)});
  const auto first = d_.random.chance(0.7);
  stage.per.push_back(column({outputs_[first ? 0 : 1].name}));
  if (d_.random.chance(d_.options.total_order))
    stage.by.push_back({column({outputs_[first ? 1 : 0].name}), false});
  push(std::move(stage));
}

void sampling::aggregate_again() {
  static constexpr auto functions = std::array{"AVG", "MAX", "MIN", "SUM"};
  const auto inner = outputs_;
  auto keys = std::vector<dsl::expr>{};
  if (inner.size() > 2 && inner[1].is_key)
    keys.push_back(column({inner[0].name}));
  auto items = std::vector<dsl::expr>{};
  items.push_back(
    call(functions[d_.choose({5, 3, 2, 1})], {column({inner.back().name})}));
  emit_aggregate(std::move(items), std::move(keys));
}

} // namespace aura::skeleton
