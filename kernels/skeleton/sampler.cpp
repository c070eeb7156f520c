#include "kernels/skeleton/sampler.hpp"

#include "kernels/skeleton/build.hpp"
#include "kernels/skeleton/draw.hpp"
#include "kernels/skeleton/naming.hpp"

#include <algorithm>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;

// A column of the result so far, after AGGREGATE or SELECT.
struct output {
  std::string name;
  dsl::expr made_of;
  bool is_key = false;
  bool is_number = false;
};

class sampling {
public:
  sampling(draw& d, std::size_t operators) : d_{d}, left_{operators} {
  }

  dsl::pipeline run() {
    query_.source.source = dsl::name{d_.table->name, {}};
    const auto core = d_.choose({62, 28, 6, 4});
    if (left_ > 1 && d_.random.chance(core == 0 ? 0.6 : 0.7))
      if (auto p = predicate(d_, 3)) {
        d_.settle(*p);
        push(dsl::filter{std::move(*p)});
      }
    switch (core) {
    case 0:
      aggregation();
      break;
    case 1:
      listing();
      break;
    case 2:
      distinct_values();
      break;
    default:
      best_of_each();
      break;
    }
    return std::move(query_);
  }

private:
  template <class Stage>
  void push(Stage x) {
    add(query_, std::move(x));
    left_ -= std::min<std::size_t>(left_, 1);
  }

  // -- AGGREGATE and what follows it ----------------------------------------

  void aggregation() {
    auto keys = std::vector<dsl::expr>{};
    const auto wanted_keys = d_.choose({28, 53, 19});
    for (std::size_t i = 0; i < wanted_keys; ++i)
      if (auto key = grouping_key(d_); key && !clashes(keys, *key))
        keys.push_back(std::move(*key));
    const auto wanted_items = 1 + d_.choose({70, 25, 5});
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
  static bool clashes(const std::vector<dsl::expr>& keys, const dsl::expr& x) {
    return std::ranges::any_of(keys, [&](const dsl::expr& y) {
      return alias_of(x) == alias_of(y)
             || (x.kind == expr_kind::call && y.kind == expr_kind::call);
    });
  }

  // Within a group its key is one value.
  static bool aggregates_key(const dsl::expr& x,
                             const std::vector<dsl::expr>& keys) {
    return std::ranges::find(keys, x) != keys.end()
           || std::ranges::any_of(x.arguments, [&](const dsl::expr& y) {
                return aggregates_key(y, keys);
              });
  }

  void emit_aggregate(std::vector<dsl::expr> items,
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

  bool yields_number(const dsl::expr& x) const {
    if (x.kind != expr_kind::call || x.text == "COUNT" || x.arguments.empty()
        || x.arguments[0].kind != expr_kind::column)
      return true;
    return std::ranges::none_of(d_.columns, [&](const reachable& y) {
      return y.role == role::moment && as_expr(y) == x.arguments[0];
    });
  }

  void after_groups() {
    if (left_ > 0 && d_.random.chance(0.22))
      having();
    if (left_ == 0)
      return;
    const auto keys = std::ranges::count_if(
      outputs_, [](const output& x) { return x.is_key; });
    if (keys == 2 && d_.random.chance(0.12))
      return best_groups();
    if (outputs_.size() == static_cast<std::size_t>(keys) + 1
        && d_.random.chance(0.05) && outputs_.back().is_number)
      return aggregate_again();
    if (d_.random.chance(0.58))
      sort_groups();
  }

  const output& pick_item() {
    auto candidates = std::vector<const output*>{};
    for (const auto& x : outputs_)
      if (!x.is_key)
        candidates.push_back(&x);
    return *d_.random.pick(candidates);
  }

  void having() {
    const auto& x = pick_item();
    if (!x.is_number)
      return;
    auto left = column({x.name});
    if (x.made_of.kind == expr_kind::binary) {
      push(
        dsl::filter{binary(d_.random.chance(0.5) ? ">" : "<", std::move(left),
                           integer(d_.random.between(1, 20)))});
      return;
    }
    static constexpr auto ops = std::array{">", ">=", "<", "<=", "=="};
    const auto count = x.made_of.text == "COUNT" ? 1. : 0.;
    push(dsl::filter{binary(ops[d_.choose({5, 4, 3, 2, count})],
                            std::move(left), threshold(d_, x.made_of))});
  }

  void sort_groups() {
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

  static bool sorts_by(const dsl::sort& x, const std::string& name) {
    return std::ranges::any_of(x.keys, [&](const dsl::sort_key& key) {
      return key.value == column({name});
    });
  }

  void best_groups() {
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

  void aggregate_again() {
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

  // -- rows, no AGGREGATE ----------------------------------------------------

  std::vector<dsl::expr> some_columns(std::size_t count) {
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

  dsl::select as_select(std::vector<dsl::expr> values) {
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

  void listing() {
    const auto everything = d_.random.chance(0.25);
    auto extra = std::string{};
    if (left_ > 1 && everything && d_.random.chance(0.4))
      extra = extend();
    const auto room = everything ? 0u : 1u;
    if (left_ > room
        && d_.random.chance(everything && extra.empty() ? 0.7 : 0.5))
      sort_rows(extra, room);
    if (everything)
      return;
    auto values = some_columns(1 + d_.choose({25, 38, 25, 12}));
    if (d_.random.chance(0.25))
      if (auto x = computed(d_))
        values.push_back(std::move(*x));
    push(as_select(std::move(values)));
  }

  std::string extend() {
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

  static bool can_sort(const reachable& x) {
    return x.role != role::flag;
  }

  void sort_rows(const std::string& extra, std::size_t room) {
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

  static bool has_key(const dsl::sort& stage, const reachable& x) {
    const auto value = as_expr(x);
    return std::ranges::any_of(
      stage.keys, [&](const dsl::sort_key& key) { return key.value == value; });
  }

  void add_primary_key(std::vector<dsl::sort_key>& keys) {
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

  void distinct_values() {
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

  void best_of_each() {
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

  std::int64_t pick_count() {
    static const auto counts = std::vector<std::int64_t>{
      1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 8, 10, 10, 12, 15, 20};
    return d_.random.pick(counts);
  }

  std::optional<std::int64_t> offset() {
    if (!d_.random.chance(0.05))
      return std::nullopt;
    return d_.random.between(1, 5);
  }

  draw& d_;
  std::size_t left_;
  dsl::pipeline query_;
  std::vector<output> outputs_;
};

} // namespace

draw::draw(const schema::schema& schema, const sampler_options& how,
           random_stream& stream)
  : s{schema}, options{how}, random{stream} {
  table = &random.pick(s.tables);
  columns = reach(s, *table);
}

void draw::settle(const dsl::expr& predicate) {
  if (predicate.kind == expr_kind::binary && predicate.text == "AND") {
    for (const auto& x : predicate.arguments)
      settle(x);
    return;
  }
  const auto* held = &predicate;
  if (held->kind == expr_kind::unary
      || (held->kind == expr_kind::binary && held->text == "==")
      || (held->kind == expr_kind::is_null && !held->negated))
    held = &held->arguments[0];
  if (held->kind == expr_kind::column)
    std::erase_if(columns,
                  [&](const reachable& x) { return as_expr(x) == *held; });
}

dsl::query sample(const schema::schema& s, const sampler_options& options,
                  random_stream& random) {
  auto d = draw{s, options, random};
  auto result = dsl::query{};
  result.main
    = sampling{d, std::max<std::size_t>(options.max_operators, 1)}.run();
  return result;
}

} // namespace aura::skeleton
