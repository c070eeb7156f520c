#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolver.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

bool takes_frame(op x) {
  return x < op::row_number || x == op::first || x == op::last;
}

} // namespace

bool resolver::check_frame(const window& x, const plan::window& made,
                           span where) {
  if (!x.frame)
    return true;
  const auto& f = *x.frame;
  if (made.order.empty()) {
    error("AUR-E0237", where, "a frame needs SORT");
    return false;
  }
  if (std::none_of(made.calls.begin(), made.calls.end(),
                   [](const auto& call) { return takes_frame(call.what); })) {
    error("AUR-E0238", where,
          "a frame applies to aggregates, FIRST and LAST; there is none");
    return false;
  }
  if (f.how == frame::kind::rows && f.from > f.to) {
    error("AUR-E0237", where, "the frame ends before it begins");
    return false;
  }
  const auto rolling
    = f.how == frame::kind::rolling_rows || f.how == frame::kind::rolling_time;
  if (rolling && f.count < 1) {
    error("AUR-E0237", where, "ROLLING takes at least 1");
    return false;
  }
  if (f.how != frame::kind::rolling_time)
    return true;
  const auto type = out_.columns[made.order.front().id].type;
  if (made.order.size() != 1
      || (type != data_type::date && type != data_type::timestamp)) {
    error("AUR-E0237", where,
          "ROLLING by time takes one SORT key, a DATE or TIMESTAMP");
    return false;
  }
  if (type == data_type::date && f.unit < unit::day) {
    error("AUR-E0237", where,
          "a DATE has no " + std::string{to_string(f.unit)});
    return false;
  }
  if (f.count > 1'000'000) {
    error("AUR-E0237", where, "ROLLING takes at most 1000000 units");
    return false;
  }
  return true;
}

void resolver::apply(const window& x, building& b, span where) {
  auto step = plan::window{};
  step.per = columns_of(x.per, b, "PER", where);
  step.order = order_keys(x.sort, b, "SORT", where);
  step.frame = x.frame;
  auto c = context{&b, "WINDOW"};
  c.calls = &step.calls;
  c.over = true;
  auto definitions = std::vector<plan::definition>{};
  auto columns = std::vector<scope_column>{};
  for (const auto& item : x.items) {
    const auto calls = step.calls.size();
    auto v = resolve(item.value, c);
    if (step.calls.size() == calls && v.type != data_type::unknown)
      error("AUR-E0223", item.value.where,
            "no window function in " + print(item.value)
              + "; EXTEND adds columns");
    auto name = name_of(item, c);
    const auto taken
      = std::any_of(columns.begin(), columns.end(), [&](const auto& k) {
          return schema::same_name(k.name, name);
        });
    if (taken || has_column(b.scope, name)) {
      error("AUR-E0210", item.value.where,
            "column `" + name + "` exists already");
      continue;
    }
    if (v.form == value::kind::column && v.column != plan::no_column
        && step.calls.size() > calls)
      out_.columns[v.column].name = name;
    const auto id = define(std::move(v), name, definitions);
    columns.push_back({std::move(name), id, no_alias});
  }
  auto all = step.order;
  for (auto id : step.per)
    all.push_back({id, false, false});
  const auto depends
    = std::any_of(step.calls.begin(), step.calls.end(), [&](const auto& call) {
        const auto ranks = call.what == op::rank || call.what == op::dense_rank
                           || call.what == op::percent_rank;
        return !ranks
               && (x.frame || !takes_frame(call.what) || call.what == op::first
                   || call.what == op::last);
      });
  if (depends && !b.scope.is_total(all)) {
    if (options_.deterministic) {
      // ROLLING by time looks at one key, whatever else might break ties.
      if (!x.frame || x.frame->how != frame::kind::rolling_time)
        step.order = made_total(std::move(step.order), b);
    } else if (!x.frame || x.frame->how != frame::kind::rolling_time) {
      warn("AUR-W0304", where,
           step.order.empty()
             ? "WINDOW without SORT: which row comes first is not defined"
             : "WINDOW goes by an order that may have ties");
    }
  }
  if (!check_frame(x, step, where))
    step.frame.reset();
  b.scope.columns.insert(b.scope.columns.end(), columns.begin(), columns.end());
  add_step(b, std::move(step), where);
  emit(std::move(definitions), b, where);
  project(b, where);
}

} // namespace aura::dsl
