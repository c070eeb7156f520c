#include "kernels/dsl/lint_fixes.hpp"

#include "kernels/dsl/printer.hpp"
#include "kernels/schema/schema.hpp"

#include <algorithm>

namespace aura::dsl {

namespace {

bool same_place(const span& a, const span& b) {
  return a.start == b.start && a.end == b.end;
}

bool has_comment(const query& x, const span& where) {
  return std::any_of(
    x.comments.begin(), x.comments.end(), [&](const comment& c) {
      return c.where.start < where.end && where.start < c.where.end;
    });
}

std::uint32_t end_of(const item& x) {
  return std::max(x.value.where.end, x.alias ? x.alias->where.end : 0);
}

class fixer {
public:
  fixer(const query& x, diagnostics& out) : query_{x}, out_{out} {
  }

  void run() {
    for (const auto& let : query_.lets)
      look(let.value);
    look(query_.main);
  }

private:
  void look(const reference& x) {
    if (const auto* inner = std::get_if<box<pipeline>>(&x.source))
      look(**inner);
  }

  void look(const pipeline& x) {
    look(x.source);
    for (std::size_t i = 0; i < x.stages.size(); ++i) {
      const auto& what = x.stages[i].what;
      if (const auto* made = std::get_if<extend>(&what))
        look(*made, x, i);
      else if (const auto* kept = std::get_if<filter>(&what))
        look(kept->predicate);
      else if (const auto* joined = std::get_if<join>(&what))
        look(joined->other);
      else if (const auto* both = std::get_if<set_operation>(&what))
        look(both->other);
    }
  }

  diagnostic* warning(std::string_view code, const span& where) {
    for (auto& d : out_)
      if (d.code == code && same_place(d.where, where))
        return &d;
    return nullptr;
  }

  // Whether an operator after number `at` that edits columns names this one.
  static bool is_edited(const pipeline& x, std::size_t at,
                        std::string_view name) {
    const auto names = [&](const expr& column) {
      return !column.path.empty()
             && schema::same_name(column.path.back().text, name);
    };
    for (auto i = at + 1; i < x.stages.size(); ++i) {
      const auto& what = x.stages[i].what;
      auto found = false;
      if (const auto* gone = std::get_if<drop>(&what))
        found = std::any_of(gone->columns.begin(), gone->columns.end(), names);
      else if (const auto* renamed = std::get_if<rename>(&what))
        for (const auto& change : renamed->changes)
          found = found || names(change.from);
      else if (const auto* changed = std::get_if<set>(&what))
        for (const auto& change : changed->changes)
          found = found || names(change.column);
      if (found)
        return true;
    }
    return false;
  }

  void look(const extend& x, const pipeline& owner, std::size_t at) {
    for (std::size_t i = 0; i < x.items.size(); ++i) {
      const auto& item = x.items[i];
      auto* d = warning("AUR-W0307", item.value.where);
      if (!d || (item.alias && is_edited(owner, at, item.alias->text)))
        continue;
      // With the comma before it, or with the one behind the first.
      auto where = span{item.value.where.start, end_of(item)};
      if (x.items.size() == 1)
        where = owner.stages[at].where;
      else if (i > 0)
        where.start = end_of(x.items[i - 1]);
      else
        where.end = x.items[1].value.where.start;
      if (!has_comment(query_, where))
        d->fixes.push_back({where, "", 0.9});
    }
  }

  // Conditions that a row either meets or not, so that NULL is FALSE there.
  void look(const expr& x) {
    if (x.kind == expr_kind::binary && (x.text == "AND" || x.text == "OR")) {
      look(x.arguments[0]);
      look(x.arguments[1]);
      return;
    }
    auto* d = warning("AUR-W0303", x.where);
    if (!d || x.kind != expr_kind::binary)
      return;
    const auto column = print(x.arguments[0]);
    d->fixes.push_back(
      {{x.where.end, x.where.end}, " AND " + column + " IS NOT NULL", 0.6});
    d->fixes.push_back(
      {x.where, "(" + print(x) + " OR " + column + " IS NULL)", 0.4});
  }

  const query& query_;
  diagnostics& out_;
};

} // namespace

void offer_lint_fixes(const query& x, diagnostics& out) {
  if (!out.empty())
    fixer{x, out}.run();
}

span span_of_let(const query& x, std::size_t i) {
  auto where = span{0, x.main.where.start};
  if (i + 1 < x.lets.size())
    where = {x.lets[i].name.where.start, x.lets[i + 1].name.where.start};
  else if (i > 0)
    where = {x.lets[i - 1].value.where.end, x.lets[i].value.where.end};
  return has_comment(x, where) ? span{} : where;
}

} // namespace aura::dsl
