#include "kernels/dsl/syntax_dump.hpp"

#include "kernels/dsl/print_expression.hpp"

#include <array>

namespace aura::dsl {

namespace {

constexpr auto kinds = std::to_array<const char*>(
  {"null",      "boolean",   "integer",   "real",        "text",  "date",
   "timestamp", "duration",  "parameter", "column",      "unary", "binary",
   "is_null",   "in_list",   "in_query",  "between",     "like",  "during",
   "call",      "case_when", "cast",      "scalar_query"});

static_assert(kinds.size()
              == static_cast<std::size_t>(expr_kind::scalar_query) + 1);

class dumper {
public:
  void query(const dsl::query& x) {
    for (const auto& l : x.lets) {
      out += "let " + l.name.text + '\n';
      pipeline(l.value, 1);
    }
    pipeline(x.main, 0);
    for (const auto& c : x.comments)
      out += "comment " + place(c.where) + ' ' + c.text + '\n';
  }

  std::string out;

private:
  static std::string place(span x) {
    return std::to_string(x.start) + ".." + std::to_string(x.end);
  }

  void pipeline(const dsl::pipeline& x, std::size_t depth) {
    const auto indent = std::string(depth * 2, ' ');
    out += indent + "source";
    reference(x.source, depth);
    out += '\n';
    for (const auto& s : x.stages) {
      out += indent + place(s.where) + ' ';
      std::visit([&](const auto& what) { operation(what, depth); }, s.what);
      out += '\n';
    }
  }

  void reference(const dsl::reference& x, std::size_t depth) {
    if (const auto* n = std::get_if<name>(&x.source)) {
      out += ' ' + n->text;
    } else {
      out += '\n';
      pipeline(*std::get<box<dsl::pipeline>>(x.source), depth + 1);
    }
    alias(x.alias);
  }

  void alias(const std::optional<name>& x) {
    if (x)
      out += " as " + x->text;
  }

  void expression(const expr& x) {
    out += " (";
    out += kinds[static_cast<std::size_t>(x.kind)];
    out += ' ' + place(x.where);
    if (x.negated)
      out += " negated";
    if (x.distinct)
      out += " distinct";
    if (!x.text.empty())
      out += ' ' + print_text(x.text);
    if (x.kind == expr_kind::duration)
      out += ' ' + print_units(x.text, x.unit);
    for (const auto& n : x.path)
      out += ' ' + n.text;
    for (const auto& a : x.arguments)
      expression(a);
    for (const auto& p : x.when)
      out += ' ' + print_period(p);
    for (const auto& c : x.condition) {
      out += " where";
      expression(c);
    }
    keys(" sort", x.sort);
    if (x.query) {
      out += '\n';
      pipeline(*x.query, 2);
    }
    out += ')';
  }

  void expressions(const char* word, const std::vector<expr>& xs) {
    if (!xs.empty())
      out += word;
    for (const auto& x : xs)
      expression(x);
  }

  void items(const char* word, const std::vector<item>& xs) {
    if (!xs.empty())
      out += word;
    for (const auto& x : xs) {
      expression(x.value);
      alias(x.alias);
    }
  }

  void keys(const char* word, const std::vector<sort_key>& xs) {
    if (!xs.empty())
      out += word;
    for (const auto& x : xs) {
      expression(x.value);
      if (x.descending)
        out += " desc";
      if (x.nulls != nulls::unspecified)
        out += x.nulls == nulls::first ? " nulls-first" : " nulls-last";
    }
  }

  void operation(const filter& x, std::size_t) {
    out += "filter";
    expression(x.predicate);
  }
  void operation(const select& x, std::size_t) {
    items("select", x.items);
  }
  void operation(const extend& x, std::size_t) {
    items("extend", x.items);
  }
  void operation(const drop& x, std::size_t) {
    expressions("drop", x.columns);
  }
  void operation(const rename& x, std::size_t) {
    out += "rename";
    for (const auto& c : x.changes) {
      expression(c.from);
      out += " as " + c.to.text;
    }
  }
  void operation(const set& x, std::size_t) {
    out += "set";
    for (const auto& c : x.changes) {
      expression(c.column);
      out += " =";
      expression(c.value);
    }
  }
  void operation(const aggregate& x, std::size_t) {
    items("aggregate", x.items);
    items(" by", x.keys);
  }
  void operation(const sort& x, std::size_t) {
    keys("sort", x.keys);
  }
  void operation(const limit& x, std::size_t) {
    out += "limit " + std::to_string(x.count);
    if (x.offset)
      out += " offset " + std::to_string(*x.offset);
  }
  void operation(const distinct&, std::size_t) {
    out += "distinct";
  }
  void operation(const top& x, std::size_t) {
    out += "top " + std::to_string(x.count);
    keys(" by", x.by);
    expressions(" per", x.per);
    if (x.with_ties)
      out += " with-ties";
  }
  void operation(const rename_rows& x, std::size_t) {
    out += "as " + x.alias.text;
  }
  void operation(const join& x, std::size_t depth) {
    static constexpr const char* how[]
      = {"inner", "left", "right", "full", "cross", "semi", "anti"};
    out += std::string{how[static_cast<std::size_t>(x.how)]} + " join";
    reference(x.other, depth);
    if (x.on) {
      out += " on";
      expression(*x.on);
    }
    for (const auto& n : x.using_columns)
      out += " using " + n.text;
  }
  void operation(const set_operation& x, std::size_t depth) {
    static constexpr const char* how[] = {"union", "intersect", "except"};
    out += how[static_cast<std::size_t>(x.how)];
    if (x.all)
      out += " all";
    reference(x.other, depth);
  }
  void operation(const window& x, std::size_t) {
    items("window", x.items);
    expressions(" per", x.per);
    keys(" sort", x.sort);
    if (!x.frame)
      return;
    const auto& f = *x.frame;
    if (f.how == frame::kind::running)
      out += " running";
    else if (f.how == frame::kind::rows)
      out += " rows " + std::to_string(f.from) + " to " + std::to_string(f.to);
    else
      out += " rolling "
             + (f.how == frame::kind::rolling_time
                  ? print_units(std::to_string(f.count), f.unit)
                  : std::to_string(f.count));
  }
  void operation(const pivot& x, std::size_t) {
    out += "pivot";
    expression(x.value);
    out += " for";
    expression(x.column);
    items(" in", x.cells);
    items(" by", x.keys);
  }
  void operation(const unpivot& x, std::size_t) {
    out += "unpivot " + x.value.text + " for " + x.label.text;
    expressions(" in", x.columns);
  }
};

} // namespace

std::string dump(const query& x) {
  auto d = dumper{};
  d.query(x);
  return std::move(d.out);
}

} // namespace aura::dsl
