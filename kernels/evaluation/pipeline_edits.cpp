#include "kernels/evaluation/edits.hpp"

#include <utility>

namespace aura::evaluation {

namespace {

using dsl::pipeline;
using list = edits<pipeline>;

// Changes the operator at one place of a pipeline.
class stage_edits {
public:
  stage_edits(list& out, const pipeline& x, std::size_t place,
              const schema::schema& s)
    : out_{out}, pipeline_{x}, place_{place}, schema_{s} {
  }

  void operator()(const dsl::filter&) {
    erase(mutation::dropped_part);
  }

  void operator()(const dsl::distinct&) {
    erase(mutation::distinct);
  }

  void operator()(const dsl::select&) {
    out_.push_back({mutation::distinct, [place = place_](pipeline& p) {
                      p.stages.insert(p.stages.begin()
                                        + static_cast<std::ptrdiff_t>(place)
                                        + 1,
                                      dsl::stage{dsl::distinct{}, {}});
                    }});
  }

  void operator()(const dsl::limit& x) {
    change<dsl::limit>(mutation::limit, [](dsl::limit& l) { ++l.count; });
    if (x.count > 0)
      change<dsl::limit>(mutation::limit, [](dsl::limit& l) { --l.count; });
    if (x.offset)
      change<dsl::limit>(mutation::limit,
                         [](dsl::limit& l) { l.offset.reset(); });
    erase(mutation::limit);
  }

  void operator()(const dsl::top& x) {
    change<dsl::top>(mutation::limit, [](dsl::top& t) { ++t.count; });
    if (x.count > 1)
      change<dsl::top>(mutation::limit, [](dsl::top& t) { --t.count; });
    change<dsl::top>(mutation::limit,
                     [](dsl::top& t) { t.with_ties = !t.with_ties; });
    drop_each<dsl::top>(
      x.per.size(), [](dsl::top & t) -> auto& { return t.per; });
  }

  void operator()(const dsl::aggregate& x) {
    drop_each<dsl::aggregate>(
      x.keys.size(), [](dsl::aggregate & a) -> auto& { return a.keys; });
    if (!x.keys.empty())
      add_keys();
  }

  void operator()(const dsl::window& x) {
    drop_each<dsl::window>(
      x.per.size(), [](dsl::window & w) -> auto& { return w.per; });
  }

  void operator()(const dsl::join& x) {
    using kind = dsl::join::kind;
    for (auto [from, to] :
         {std::pair{kind::inner, kind::left},
          std::pair{kind::left, kind::inner},
          std::pair{kind::right, kind::inner},
          std::pair{kind::full, kind::left}, std::pair{kind::semi, kind::anti},
          std::pair{kind::anti, kind::semi}})
      if (x.how == from)
        change<dsl::join>(mutation::join,
                          [to = to](dsl::join& j) { j.how = to; });
  }

  void operator()(const dsl::set_operation& x) {
    using kind = dsl::set_operation::kind;
    change<dsl::set_operation>(mutation::set_operation,
                               [](dsl::set_operation& o) { o.all = !o.all; });
    for (auto other : {kind::union_rows, kind::intersect, kind::except})
      if (other != x.how)
        change<dsl::set_operation>(
          mutation::set_operation,
          [other](dsl::set_operation& o) { o.how = other; });
  }

  template <class Other>
  void operator()(const Other&) {
  }

private:
  template <class Stage, class Change>
  void change(mutation kind, Change f) {
    out_.push_back({kind, [place = place_, f](pipeline& p) {
                      f(std::get<Stage>(p.stages[place].what));
                    }});
  }

  void erase(mutation kind) {
    out_.push_back({kind, [place = place_](pipeline& p) {
                      p.stages.erase(p.stages.begin()
                                     + static_cast<std::ptrdiff_t>(place));
                    }});
  }

  template <class Stage, class Keys>
  void drop_each(std::size_t count, Keys keys) {
    for (std::size_t i = 0; i < count; ++i)
      change<Stage>(mutation::group_key, [keys, i](Stage& x) {
        auto& all = keys(x);
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
      });
  }

  // Every column of the source that could be grouped by for a reason.
  void add_keys() {
    auto* source = std::get_if<dsl::name>(&pipeline_.source.source);
    auto* table = source ? schema_.find_table(source->text) : nullptr;
    if (!table)
      return;
    for (auto& column : table->columns) {
      if (column.type != schema::type::text
          && column.type != schema::type::boolean)
        continue;
      dsl::item key;
      key.value.kind = dsl::expr_kind::column;
      key.value.path.push_back({column.name, {}});
      change<dsl::aggregate>(mutation::group_key, [key](dsl::aggregate& a) {
        a.keys.push_back(key);
      });
    }
  }

  list& out_;
  const pipeline& pipeline_;
  std::size_t place_;
  const schema::schema& schema_;
};

} // namespace

edits<dsl::pipeline> edits_of(const dsl::pipeline& x, const schema::schema& s) {
  list out;
  for (std::size_t i = 0; i < x.stages.size(); ++i) {
    std::visit(stage_edits{out, x, i, s}, x.stages[i].what);
    if (i + 1 < x.stages.size())
      out.push_back({mutation::operator_order, [i](pipeline& p) {
                       std::swap(p.stages[i], p.stages[i + 1]);
                     }});
  }
  return out;
}

} // namespace aura::evaluation
