#include "kernels/dsl/resolve.hpp"

#include "kernels/base/nearest.hpp"
#include "kernels/dsl/lint_fixes.hpp"
#include "kernels/dsl/lints.hpp"
#include "kernels/dsl/resolver.hpp"
#include "kernels/dsl/words.hpp"
#include "kernels/schema/words.hpp"

#include <algorithm>
#include <unordered_map>

namespace aura::dsl {

using schema::same_name;

namespace {

constexpr std::size_t most_diagnostics = 100;

std::string quoted(std::string_view name) {
  return "`" + std::string{name} + "`";
}

} // namespace

resolver::resolver(const schema::schema& s, const compile_options& options,
                   plan::query& out, dsl::diagnostics& found,
                   resolve_notes* notes)
  : schema_{s}, options_{options}, out_{out}, diagnostics_{found}, notes_{
                                                                     notes} {
}

diagnostic& resolver::report(const char* code, severity how, span where,
                             std::string message) {
  if (diagnostics_.size() >= most_diagnostics) {
    spare_ = {};
    return spare_;
  }
  auto& d = diagnostics_.emplace_back();
  d.code = code;
  d.severity = how;
  d.message = std::move(message);
  d.where = where;
  return d;
}

diagnostic& resolver::error(const char* code, span where, std::string message) {
  return report(code, severity::error, where, std::move(message));
}

diagnostic& resolver::warn(const char* code, span where, std::string message) {
  return report(code, severity::warning, where, std::move(message));
}

void resolver::add_step(building& b, decltype(plan::step::what) what,
                        span where) {
  b.steps.push_back({std::move(what), where});
}

void resolver::run_stages(const pipeline& x, building& b) {
  begin(x.source, b);
  if (notes_)
    notes_->stages.push_back({x.where, x.source, b.scope});
  for (const auto& stage : x.stages) {
    apply(stage, b);
    if (notes_)
      notes_->stages.push_back({x.where, stage, b.scope});
  }
}

// What SQLite gives at most.
constexpr std::size_t max_columns = 2000;

void resolver::check_duplicates(const dsl::scope& s, const char* place,
                                span where,
                                const std::vector<const item*>& items) {
  // What was not found has been reported.
  const auto is_known = [&](std::size_t i) {
    const auto id = s.columns[i].id;
    return id != plan::no_column
           && out_.columns[id].type != plan::data_type::unknown;
  };
  // Few columns are compared faster than hashed.
  const auto few = s.columns.size() <= 24;
  auto seen = std::unordered_map<std::string, std::size_t>{};
  const auto first_of = [&](std::size_t i) {
    const auto& name = s.columns[i].name;
    if (!few)
      return seen.emplace(schema::to_lower(name), i).first->second;
    auto first = std::size_t{0};
    while (!same_name(s.columns[first].name, name))
      ++first;
    return first;
  };
  for (std::size_t i = 0; i < s.columns.size(); ++i) {
    const auto& name = s.columns[i].name;
    const auto first = first_of(i);
    if (first == i || !is_known(i) || !is_known(first))
      continue;
    const auto* item = i < items.size() ? items[i] : nullptr;
    auto& d = error("AUR-E0210", item ? item->value.where : where,
                    "two columns are named " + quoted(name) + " at " + place);
    for (auto at : {first, i})
      if (s.columns[at].alias != no_alias)
        d.candidates.push_back(s.aliases[s.columns[at].alias].name + "."
                               + name);
    // A path is told apart by its relation.
    if (item && !item->alias && item->value.kind == expr_kind::column
        && item->value.path.size() > 1) {
      const auto& path = item->value.path;
      const auto end = item->value.where.end;
      d.fixes.push_back(
        {{end, end},
         " AS "
           + spell_name(path[path.size() - 2].text + "_" + path.back().text),
         0.9});
    }
    return;
  }
  if (s.columns.size() > max_columns)
    error("AUR-E0297", where,
          "more than " + std::to_string(max_columns) + " columns at " + place);
}

void resolver::check_end(const dsl::scope& s, span where) {
  // After another error the names at the end are no news.
  if (!has_errors(diagnostics_))
    check_duplicates(s, "the end", where);
}

std::uint32_t resolver::add_pipeline(const pipeline& x, std::string name) {
  auto b = building{};
  run_stages(x, b);
  const auto where = x.stages.empty() ? x.source.where : x.stages.back().where;
  check_end(b.scope, where);
  auto made = plan::pipeline{};
  made.steps = std::move(b.steps);
  for (const auto& column : b.scope.columns)
    made.columns.push_back({column.name, column.id});
  made.order = b.scope.order;
  made.name = std::move(name);
  out_.pipelines.push_back(std::move(made));
  b.scope.former.clear();
  ends_.push_back(std::move(b.scope));
  return static_cast<std::uint32_t>(out_.pipelines.size() - 1);
}

scope resolver::run_open(const query& x) {
  for (const auto& let : x.lets)
    all_lets_.push_back(let.name);
  for (const auto& let : x.lets) {
    if (schema_.find_table(let.name.text))
      error("AUR-E0232", let.name.where,
            "LET " + quoted(let.name.text)
              + " would hide the table of this "
                "name");
    for (const auto& other : lets_)
      if (same_name(other.name, let.name.text)) {
        auto& d = error("AUR-E0232", let.name.where,
                        "LET " + quoted(let.name.text) + " is defined twice");
        d.related.push_back({other.where, "first here"});
      }
    const auto pipeline = add_pipeline(let.value, let.name.text);
    lets_.push_back({let.name.text, pipeline, let.name.where});
  }
  auto b = building{};
  run_stages(x.main, b);
  auto made = plan::pipeline{};
  made.steps = std::move(b.steps);
  for (const auto& column : b.scope.columns)
    made.columns.push_back({column.name, column.id});
  made.order = b.scope.order;
  out_.pipelines.push_back(std::move(made));
  // After an error a use may have been lost.
  for (std::size_t i = 0; i < lets_.size() && !has_errors(diagnostics_); ++i) {
    if (lets_[i].used)
      continue;
    auto& d = warn("AUR-W0309", lets_[i].where,
                   "LET " + quoted(lets_[i].name) + " is not used");
    if (const auto where = span_of_let(x, i); where.end > where.start)
      d.fixes.push_back({where, "", 0.9});
  }
  return std::move(b.scope);
}

void resolver::run(const query& x) {
  const auto end = run_open(x);
  const auto& stages = x.main.stages;
  check_end(end, stages.empty() ? x.main.source.where : stages.back().where);
}

resolved resolve(const query& x, const schema::schema& s,
                 const compile_options& options, resolve_notes* notes) {
  auto result = resolved{};
  auto plan = plan::query{};
  plan.columns.reserve(32);
  resolver{s, options, plan, result.diagnostics, notes}.run(x);
  if (!has_errors(result.diagnostics)) {
    lint(plan, result.diagnostics);
    offer_lint_fixes(x, result.diagnostics);
    result.query = std::move(plan);
  }
  return result;
}

visible visible_so_far(const query& q, const schema::schema& s,
                       dsl::diagnostics& found, const std::string& now) {
  auto plan = plan::query{};
  auto options = compile_options{};
  options.now = now;
  const auto end = resolver{s, options, plan, found}.run_open(q);
  auto result = visible{};
  for (const auto& column : end.columns) {
    // What an error left without a number has no type either.
    const auto known = column.id < plan.columns.size() ? plan.columns[column.id]
                                                       : plan::column{};
    const auto typed = known.type != plan::data_type::null
                       && known.type != plan::data_type::unknown;
    result.columns.push_back(
      {column.name, typed ? plan::to_schema(known.type) : schema::type::text,
       known.nullable,
       column.alias == no_alias ? "" : end.aliases[column.alias].name,
       known.origin, typed});
  }
  for (const auto& alias : end.aliases)
    if (alias.instance != plan::instance::none)
      result.tables.push_back(
        {alias.name, plan.instances[alias.instance].table});
  return result;
}

std::optional<visible> visible_after(const query& q, const schema::schema& s,
                                     const std::string& now) {
  auto found = dsl::diagnostics{};
  auto result = visible_so_far(q, s, found, now);
  if (has_errors(found))
    return std::nullopt;
  return result;
}

} // namespace aura::dsl
