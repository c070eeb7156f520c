#include "kernels/evaluation/walk.hpp"

namespace aura::evaluation {

namespace {

class walker {
public:
  explicit walker(const visitor& f) : f_{f} {
  }

  void operator()(dsl::query& x) {
    for (auto& let : x.lets)
      (*this)(let.value);
    (*this)(x.main);
  }

  void operator()(dsl::pipeline& x) {
    if (f_.pipeline)
      f_.pipeline(x);
    (*this)(x.source);
    for (auto& stage : x.stages)
      std::visit(*this, stage.what);
  }

  void operator()(dsl::reference& x) {
    if (auto* inner = std::get_if<box<dsl::pipeline>>(&x.source))
      if (*inner)
        (*this)(**inner);
  }

  void operator()(dsl::expr& x) {
    if (f_.expression)
      f_.expression(x);
    each(x.arguments);
    each(x.condition);
    each(x.sort);
    if (x.query)
      (*this)(*x.query);
  }

  void operator()(dsl::item& x) {
    if (f_.item)
      f_.item(x);
    (*this)(x.value);
  }

  void operator()(dsl::sort_key& x) {
    if (f_.key)
      f_.key(x);
    (*this)(x.value);
  }

  void operator()(dsl::filter& x) {
    (*this)(x.predicate);
  }

  void operator()(dsl::select& x) {
    each(x.items);
  }

  void operator()(dsl::extend& x) {
    each(x.items);
  }

  void operator()(dsl::drop& x) {
    each(x.columns);
  }

  void operator()(dsl::rename& x) {
    for (auto& change : x.changes)
      (*this)(change.from);
  }

  void operator()(dsl::set& x) {
    for (auto& change : x.changes)
      (*this)(change.value);
  }

  void operator()(dsl::aggregate& x) {
    each(x.items);
    each(x.keys);
  }

  void operator()(dsl::sort& x) {
    each(x.keys);
  }

  void operator()(dsl::limit&) {
  }

  void operator()(dsl::distinct&) {
  }

  void operator()(dsl::top& x) {
    each(x.by);
    each(x.per);
  }

  void operator()(dsl::rename_rows&) {
  }

  void operator()(dsl::join& x) {
    (*this)(x.other);
    if (x.on)
      (*this)(*x.on);
  }

  void operator()(dsl::set_operation& x) {
    (*this)(x.other);
  }

  void operator()(dsl::window& x) {
    each(x.items);
    each(x.per);
    each(x.sort);
  }

  void operator()(dsl::pivot& x) {
    (*this)(x.value);
    (*this)(x.column);
    each(x.cells);
    each(x.keys);
  }

  void operator()(dsl::unpivot& x) {
    each(x.columns);
  }

private:
  template <class List>
  void each(List& items) {
    for (auto& x : items)
      (*this)(x);
  }

  const visitor& f_;
};

} // namespace

void walk(dsl::query& x, const visitor& f) {
  walker{f}(x);
}

void walk(dsl::expr& x, const visitor& f) {
  walker{f}(x);
}

} // namespace aura::evaluation
