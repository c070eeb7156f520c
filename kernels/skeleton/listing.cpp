#include "kernels/skeleton/naming.hpp"
#include "kernels/skeleton/sampling.hpp"

namespace aura::skeleton {

std::vector<dsl::expr> sampling::some_columns(std::size_t count) {
  auto result = std::vector<dsl::expr>{};
  for (auto attempt = 0; attempt < 12 && result.size() < count; ++attempt) {
    const auto* x = d_.pick([](const reachable&) { return true; });
    const auto same = [&](const dsl::expr& y) {
      return y.path.back().text == x->path.back();
    };
    if (std::ranges::none_of(result, same))
      result.push_back(as_expr(*x));
  }
  return result;
}

dsl::select sampling::as_select(std::vector<dsl::expr> values) {
  auto stage = dsl::select{};
  auto taken = taken_names{};
  outputs_.clear();
  for (auto& x : values) {
    auto out = output{{}, x, false, false};
    stage.items.push_back(taken.name(std::move(x), &out.name));
    outputs_.push_back(std::move(out));
  }
  return stage;
}

void sampling::listing() {
  const auto everything = d_.random.chance(0.25);
  auto extra = std::string{};
  if (left_ > 1 && everything && d_.random.chance(0.4))
    extra = extend();
  const auto room = everything ? 0u : 1u;
  if (left_ > room && d_.random.chance(everything && extra.empty() ? 0.7 : 0.5))
    sort_rows(extra, room);
  if (everything)
    return;
  auto values = some_columns(1 + d_.choose({30, 42, 22, 6}));
  if (d_.random.chance(0.15))
    if (auto x = computed(d_))
      values.push_back(std::move(*x));
  push(as_select(std::move(values)));
}

std::string sampling::extend() {
  auto x = computed(d_);
  if (!x)
    return {};
  auto taken = taken_names{};
  for (const auto& c : d_.table->columns)
    taken.add(c.name);
  auto name = std::string{};
  auto stage = dsl::extend{};
  stage.items.push_back(taken.name(std::move(*x), &name));
  push(std::move(stage));
  return name;
}

bool sampling::can_sort(const reachable& x) {
  return x.role != role::flag;
}

void sampling::sort_rows(const std::string& extra, std::size_t room) {
  auto stage = dsl::sort{};
  if (!extra.empty() && d_.random.chance(0.6)) {
    stage.keys.push_back({column({extra}), d_.random.chance(0.6)});
  } else {
    const auto* x = d_.random.chance(0.75)
                      ? d_.pick_role({role::measure, role::moment})
                      : d_.pick(can_sort);
    if (!x)
      return;
    const auto wordy = x->column->type == schema::type::text;
    stage.keys.push_back({as_expr(*x), d_.random.chance(wordy ? 0.25 : 0.6)});
  }
  if (d_.random.chance(0.12))
    if (const auto* y = d_.pick(can_sort); y && !has_key(stage, *y))
      stage.keys.push_back({as_expr(*y), d_.random.chance(0.4)});
  const auto cut = left_ > room + 1 && d_.random.chance(0.55);
  if (cut && d_.random.chance(d_.options.total_order))
    add_primary_key(stage.keys);
  push(std::move(stage));
  if (cut)
    push(dsl::limit{pick_count(), offset()});
}

bool sampling::has_key(const dsl::sort& stage, const reachable& x) {
  const auto value = as_expr(x);
  return std::ranges::any_of(
    stage.keys, [&](const dsl::sort_key& key) { return key.value == value; });
}

void sampling::add_primary_key(std::vector<dsl::sort_key>& keys) {
  const auto& key = d_.table->primary_key;
  if (key.size() > 2)
    return;
  for (const auto& name : key) {
    const auto value = column({name});
    if (std::ranges::none_of(
          keys, [&](const dsl::sort_key& x) { return x.value == value; }))
      keys.push_back({value, false});
  }
}

void sampling::distinct_values() {
  auto columns = std::vector<dsl::expr>{};
  for (auto attempt = 0; attempt < 6 && columns.size() < 2; ++attempt) {
    const auto* x = d_.pick_kind();
    if (!x)
      break;
    const auto value = as_expr(*x);
    if (columns.empty() || columns[0].path.back() != value.path.back())
      columns.push_back(value);
    if (d_.random.chance(0.65))
      break;
  }
  if (columns.empty() || left_ < 2)
    return listing();
  push(as_select(std::move(columns)));
  push(dsl::distinct{});
  if (left_ == 0 || d_.random.chance(0.5))
    return;
  auto stage = dsl::sort{};
  stage.keys.push_back(
    {column({d_.random.pick(outputs_).name}), d_.random.chance(0.3)});
  const auto cut = left_ > 1 && d_.random.chance(0.3);
  if (cut && d_.random.chance(d_.options.total_order))
    for (const auto& x : outputs_)
      if (!sorts_by(stage, x.name))
        stage.keys.push_back({column({x.name}), false});
  push(std::move(stage));
  if (cut)
    push(dsl::limit{pick_count(), std::nullopt});
}

void sampling::best_of_each() {
  const auto* by = d_.pick_role({role::measure, role::moment});
  const auto* per = d_.pick_kind();
  if (!by || !per)
    return listing();
  auto stage = dsl::top{};
  stage.count = d_.random.between(1, 5);
  stage.by.push_back({as_expr(*by), d_.random.chance(0.7)});
  stage.per.push_back(as_expr(*per));
  if (d_.random.chance(d_.options.total_order))
    add_primary_key(stage.by);
  stage.with_ties = stage.by.size() == 1 && d_.random.chance(0.15);
  push(std::move(stage));
  if (left_ > 0 && d_.random.chance(0.75)) {
    auto values = some_columns(1 + d_.choose({1, 3, 2}));
    push(as_select(std::move(values)));
  }
}

std::int64_t sampling::pick_count() {
  static const auto counts = std::vector<std::int64_t>{
    1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 8, 10, 10, 12, 15, 20};
  return d_.random.pick(counts);
}

std::optional<std::int64_t> sampling::offset() {
  if (!d_.random.chance(0.05))
    return std::nullopt;
  return d_.random.between(1, 5);
}

} // namespace aura::skeleton
