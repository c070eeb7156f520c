#include "kernels/evaluation/mutants.hpp"

#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/scope.hpp"
#include "kernels/evaluation/edits.hpp"
#include "kernels/evaluation/equivalence.hpp"
#include "kernels/evaluation/walk.hpp"

#include <unordered_set>

namespace aura::evaluation {

namespace {

constexpr std::array<const char*, mutations> names = {
  "aggregate",      "count_form",   "condition",     "comparison", "boundary",
  "connective",     "dropped_part", "negation",      "literal",    "column",
  "direction",      "limit",        "distinct",      "join",       "group_key",
  "operator_order", "granularity",  "set_operation", "arithmetic",
};

// Every item gets the name it has anyway, so that an edit of its expression
// does not rename the column.
dsl::query named(dsl::query x) {
  walk(x, {.item = [](dsl::item& i) {
         if (i.alias)
           return;
         if (auto name = dsl::default_name(i.value); !name.empty())
           i.alias = dsl::name{name, {}};
       }});
  return x;
}

// The same without the names that are needless.
dsl::query bare(dsl::query x) {
  walk(x, {.item = [](dsl::item& i) {
         if (i.alias && i.alias->text == dsl::default_name(i.value))
           i.alias.reset();
       }});
  return x;
}

// Applies `f` to the node at `place`, counted in the order of the walk.
template <class Node, class Change>
dsl::query changed_at(dsl::query x, std::function<void(Node&)> visitor::*which,
                      std::size_t place, const Change& f) {
  std::size_t count = 0;
  visitor v;
  // What an edit adds lies behind it and is counted, but not touched.
  v.*which = [&](Node& node) {
    if (count++ == place)
      f(node);
  };
  walk(x, v);
  return x;
}

// Makes all edits of all nodes of one sort.
template <class Node, class Edits>
void mutate(const dsl::query& x, std::function<void(Node&)> visitor::*which,
            Edits edits_of_node, std::vector<mutant>& out) {
  std::vector<edits<Node>> found;
  auto copy = x;
  visitor v;
  v.*which = [&](Node& node) { found.push_back(edits_of_node(node)); };
  walk(copy, v);
  for (std::size_t place = 0; place < found.size(); ++place)
    for (auto& e : found[place])
      out.push_back({e.kind, bare(changed_at<Node>(x, which, place, e.apply))});
}

std::string key_of(const dsl::compiled& x) {
  auto out = x.sql;
  for (auto& p : x.parameters)
    out += '\x1f' + std::to_string(p.index()) + to_literal(p);
  return out;
}

} // namespace

const char* to_string(mutation x) {
  return names[static_cast<std::size_t>(x)];
}

std::vector<mutant> make_mutants(const dsl::query& x, const schema::schema& s) {
  auto base = named(x);
  std::vector<mutant> out;
  mutate<dsl::pipeline>(
    base, &visitor::pipeline,
    [&s](const dsl::pipeline& p) { return edits_of(p, s); }, out);
  mutate<dsl::sort_key>(
    base, &visitor::key, [](const dsl::sort_key& k) { return edits_of(k); },
    out);
  mutate<dsl::expr>(
    base, &visitor::expression,
    [&s](const dsl::expr& e) { return edits_of(e, s); }, out);
  return out;
}

kill_count kill_report::total() const {
  kill_count out;
  for (auto& x : by_kind) {
    out.made += x.made;
    out.killed += x.killed;
    out.equivalent += x.equivalent;
  }
  return out;
}

double kill_report::kill_rate() const {
  auto all = total();
  auto killable = all.made - all.equivalent;
  return killable == 0
           ? 1
           : static_cast<double>(all.killed) / static_cast<double>(killable);
}

status kill_mutants(std::string_view gold, const schema::schema& s,
                    const state_suite& suite, dsl::compile_options options,
                    kill_report& report) {
  auto parsed = dsl::parse(gold);
  if (!parsed.query)
    return fault{errc::syntax_error, "not AuraDSL: " + std::string{gold}};
  auto& query = *parsed.query;
  options.expose_order = false;
  auto plain = dsl::compile(query, s, options);
  auto ordered = options;
  ordered.expose_order = true;
  auto exposed = dsl::compile(query, s, ordered);
  if (!plain.compiled || !exposed.compiled)
    return fault{errc::resolve_error, "does not resolve: " + std::string{gold}};
  auto right = suite.run(*exposed.compiled);
  for (auto& x : right)
    if (!x)
      return x.error();
  auto shape = shape_of(*exposed.compiled);
  std::unordered_set<std::string> seen = {key_of(*plain.compiled)};
  // Named as its mutants are, so that an edit is all they differ by.
  auto base = bare(query);
  for (auto& x : make_mutants(query, s)) {
    auto compiled = dsl::compile(x.query, s, options).compiled;
    if (!compiled || !seen.insert(key_of(*compiled)).second)
      continue;
    auto& count = report.by_kind[static_cast<std::size_t>(x.kind)];
    ++count.made;
    auto verdict = compare(shape, right, suite.run(*compiled));
    if (verdict.strict != outcome::match) {
      ++count.killed;
      continue;
    }
    auto rule = equivalence_rule(base, x, s);
    count.equivalent += !rule.empty();
    report.survivors.push_back({x.kind, std::string{gold},
                                dsl::print(dsl::canonical(x.query)),
                                std::move(rule)});
  }
  return ok;
}

} // namespace aura::evaluation
