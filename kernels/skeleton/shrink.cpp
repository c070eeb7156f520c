#include "kernels/skeleton/shrink.hpp"

#include "kernels/skeleton/build.hpp"

#include <utility>
#include <variant>
#include <vector>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;

/// Makes the n-th of all possible simplifications, in the order of the text.
class edit {
public:
  explicit edit(std::size_t index) : left_{index} {
  }

  bool done() const {
    return done_;
  }

  void query(dsl::query& x) {
    for (std::size_t i = 0; i < x.lets.size() && !done_; ++i)
      if (here()) {
        x.lets.erase(x.lets.begin() + static_cast<std::ptrdiff_t>(i));
        return;
      }
    pipeline(x.main);
    for (auto& let : x.lets)
      pipeline(let.value);
  }

private:
  bool here() {
    if (done_ || left_-- > 0)
      return false;
    done_ = true;
    return true;
  }

  template <class T>
  void list(std::vector<T>& x, std::size_t least, std::size_t first = 0) {
    for (auto i = first; i < x.size() && x.size() > least && !done_; ++i)
      if (here()) {
        x.erase(x.begin() + static_cast<std::ptrdiff_t>(i));
        return;
      }
  }

  void pipeline(dsl::pipeline& x) {
    // Large pieces first.
    for (std::size_t i = 0; i < x.stages.size() && !done_; ++i)
      if (here()) {
        x.stages.resize(i);
        return;
      }
    list(x.stages, 0);
    reference(x.source, &x);
    for (auto& s : x.stages)
      if (!done_)
        std::visit([this](auto& what) { parts(what); }, s.what);
  }

  void reference(dsl::reference& x, dsl::pipeline* around = nullptr) {
    if (done_)
      return;
    if (x.alias && here()) {
      x.alias.reset();
      return;
    }
    auto* inner = std::get_if<box<dsl::pipeline>>(&x.source);
    if (!inner)
      return;
    if (around && here()) {
      auto stages = std::move((*inner)->stages);
      stages.insert(stages.end(), around->stages.begin(), around->stages.end());
      around->stages = std::move(stages);
      auto source = std::move((*inner)->source);
      x = std::move(source);
      return;
    }
    pipeline(**inner);
  }

  void replaced(dsl::expr& x) {
    const auto offer = [&](dsl::expr simple) {
      if (!done_ && here())
        x = std::move(simple);
    };
    for (std::size_t i = 0; i < x.arguments.size() && !done_; ++i)
      offer(dsl::expr{x.arguments[i]});
    if (x.kind > expr_kind::column) {
      offer(make(expr_kind::boolean, "TRUE"));
      offer(integer(1));
      offer(text("a"));
      offer(make(expr_kind::null, ""));
    }
  }

  void expression(dsl::expr& x) {
    if (done_)
      return;
    replaced(x);
    list(x.condition, 0);
    list(x.sort, 0);
    if (x.kind == expr_kind::in_list)
      list(x.arguments, 2, 1);
    else if (x.kind == expr_kind::case_when && x.arguments.size() > 3) {
      if (!done_ && here())
        x.arguments.erase(x.arguments.begin(), x.arguments.begin() + 2);
    } else if (x.kind == expr_kind::call)
      list(x.arguments, 1);
    if (!done_ && x.negated && here())
      x.negated = false;
    if (!done_ && x.distinct && here())
      x.distinct = false;
    for (auto& argument : x.arguments)
      expression(argument);
    for (auto& c : x.condition)
      expression(c);
    for (auto& key : x.sort)
      sort_key(key);
    if (x.query && !done_)
      pipeline(*x.query);
  }

  void sort_key(dsl::sort_key& x) {
    if (!done_ && x.descending && here())
      x.descending = false;
    if (!done_ && x.nulls != dsl::nulls::unspecified && here())
      x.nulls = dsl::nulls::unspecified;
    expression(x.value);
  }

  void items(std::vector<dsl::item>& x, std::size_t least = 1) {
    list(x, least);
    for (auto& y : x)
      expression(y.value);
  }

  void keys(std::vector<dsl::sort_key>& x, std::size_t least = 1) {
    list(x, least);
    for (auto& y : x)
      sort_key(y);
  }

  void values(std::vector<dsl::expr>& x, std::size_t least) {
    list(x, least);
    for (auto& y : x)
      expression(y);
  }

  void parts(dsl::filter& x) {
    expression(x.predicate);
  }
  void parts(dsl::select& x) {
    items(x.items);
  }
  void parts(dsl::extend& x) {
    items(x.items);
  }
  void parts(dsl::drop& x) {
    list(x.columns, 1);
  }
  void parts(dsl::rename& x) {
    list(x.changes, 1);
  }
  void parts(dsl::set& x) {
    list(x.changes, 1);
    for (auto& c : x.changes)
      expression(c.value);
  }
  void parts(dsl::aggregate& x) {
    items(x.items);
    items(x.keys, 0);
  }
  void parts(dsl::sort& x) {
    keys(x.keys);
  }
  void parts(dsl::limit& x) {
    if (!done_ && x.offset && here())
      x.offset.reset();
  }
  void parts(dsl::distinct&) {
  }
  void parts(dsl::top& x) {
    keys(x.by);
    values(x.per, 0);
    if (!done_ && x.with_ties && here())
      x.with_ties = false;
  }
  void parts(dsl::rename_rows&) {
  }
  void parts(dsl::join& x) {
    reference(x.other);
    list(x.using_columns, 1);
    if (x.on)
      expression(*x.on);
  }
  void parts(dsl::set_operation& x) {
    if (!done_ && x.all && here())
      x.all = false;
    reference(x.other);
  }
  void parts(dsl::window& x) {
    items(x.items);
    values(x.per, 0);
    keys(x.sort, 0);
    if (!done_ && x.frame && here())
      x.frame.reset();
  }
  void parts(dsl::pivot& x) {
    expression(x.value);
    list(x.cells, 1);
    items(x.keys, 0);
  }
  void parts(dsl::unpivot& x) {
    list(x.columns, 1);
  }

  std::size_t left_;
  bool done_ = false;
};

} // namespace

dsl::query shrink(dsl::query x,
                  const std::function<bool(const dsl::query&)>& fails,
                  std::size_t attempts) {
  for (auto smaller = true; smaller;) {
    smaller = false;
    for (std::size_t index = 0; attempts > 0;) {
      auto candidate = x;
      auto next = edit{index};
      next.query(candidate);
      if (!next.done())
        break;
      --attempts;
      if (candidate == x || !fails(candidate)) {
        ++index;
        continue;
      }
      x = std::move(candidate);
      smaller = true;
    }
  }
  return x;
}

} // namespace aura::skeleton
