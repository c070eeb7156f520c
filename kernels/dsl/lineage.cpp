#include "kernels/dsl/lineage.hpp"

#include "kernels/base/json.hpp"
#include "kernels/dsl/functions.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace aura::dsl {

namespace {

using plan::column_id;
using plan::op;
using plan::value;

using place = std::pair<std::string, std::string>; // table, column

/// What one column of the plan is made of.
struct ancestry {
  std::map<place, influence> values;
  std::set<lineage_source> influences;

  /// Takes over what a part is made of, `how` being the step from there.
  void add(const ancestry& part, influence how) {
    for (const auto& [from, step] : part.values) {
      const auto strongest = std::max(step, how);
      auto& known = values.emplace(from, strongest).first->second;
      known = std::max(known, strongest);
    }
    influences.insert(part.influences.begin(), part.influences.end());
  }

  /// Takes over what only decides about the value.
  void influence_by(const ancestry& part, influence how) {
    for (const auto& [from, step] : part.values)
      influences.insert({from.first, from.second, how});
    influences.insert(part.influences.begin(), part.influences.end());
  }
};

/// Walks the pipelines in their order, in which everything is defined before
/// it is used, and keeps the ancestry of every column.
class tracer {
public:
  explicit tracer(const plan::query& x)
    : plan_{x}, columns_(x.columns.size()), rows_(x.pipelines.size()) {
  }

  lineage run() {
    for (std::uint32_t i = 0; i < plan_.instances.size(); ++i)
      trace_instance(i);
    for (std::size_t i = 0; i < plan_.pipelines.size(); ++i)
      for (const auto& step : plan_.pipelines[i].steps)
        std::visit([&](const auto& what) { trace(what, rows_[i]); }, step.what);
    auto result = lineage{};
    const auto& main = plan_.pipelines.back();
    for (const auto& output : main.columns) {
      const auto& from = columns_[output.id];
      auto& made = result.outputs.emplace_back();
      made.column = output.name;
      made.type = plan_.columns[output.id].type;
      for (const auto& [where, how] : from.values)
        made.values.push_back({where.first, where.second, how});
      made.influences.assign(from.influences.begin(), from.influences.end());
    }
    const auto& rows = rows_.back();
    result.rows.assign(rows.influences.begin(), rows.influences.end());
    result.tables.assign(rows.tables.begin(), rows.tables.end());
    return result;
  }

private:
  /// What decides about the rows of a pipeline.
  struct row_influences {
    std::set<lineage_source> influences;
    std::set<std::string> tables;

    void add(const row_influences& x) {
      influences.insert(x.influences.begin(), x.influences.end());
      tables.insert(x.tables.begin(), x.tables.end());
    }
  };

  void trace_instance(std::uint32_t i) {
    const auto& x = plan_.instances[i];
    auto keys = std::set<lineage_source>{};
    for (auto step = i; plan_.instances[step].parent != plan::instance::none;
         step = plan_.instances[step].parent) {
      const auto& here = plan_.instances[step];
      const auto& parent = plan_.instances[here.parent];
      for (const auto& [from, to] : here.relation->match) {
        keys.insert({parent.table->name, from, influence::join});
        keys.insert({here.table->name, to, influence::join});
      }
    }
    for (std::size_t k = 0; k < x.columns.size(); ++k)
      if (x.columns[k] != plan::no_column) {
        auto& made = columns_[x.columns[k]];
        made.values.emplace(place{x.table->name, x.table->columns[k].name},
                            influence::identity);
        made.influences = keys;
      }
  }

  /// The ancestry of an expression. Its subqueries bear on `rows`.
  ancestry trace(const value& x, row_influences& rows) {
    auto result = ancestry{};
    switch (x.form) {
    case value::kind::literal:
      return result;
    case value::kind::column:
      return columns_[x.column];
    case value::kind::call:
      break;
    }
    if (x.what == op::scalar_query || x.what == op::in_query) {
      const auto& inner = plan_.pipelines[x.query];
      rows.add(rows_[x.query]);
      if (!inner.columns.empty())
        result.add(columns_[inner.columns.front().id],
                   x.what == op::scalar_query ? influence::identity
                                              : influence::transformation);
    }
    // How a date is stored is no change of its value.
    const auto how = x.what == op::normalise ? influence::identity
                                             : influence::transformation;
    const auto& parts = x.arguments;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto part = trace(parts[i], rows);
      if (x.what == op::case_when && i % 2 == 0 && i + 1 < parts.size())
        result.influence_by(part, influence::conditional);
      else
        result.add(part, how);
    }
    return result;
  }

  void trace(const plan::function_call& x, row_influences& rows) {
    auto& made = columns_[x.id];
    for (const auto& argument : x.arguments)
      made.add(trace(argument, rows), influence::aggregation);
    for (const auto& condition : x.condition)
      made.influence_by(trace(condition, rows), influence::conditional);
    for (const auto& key : x.sort)
      made.influence_by(trace(key, rows), influence::window);
  }

  void decide(const ancestry& by, influence how, row_influences& rows) {
    auto all = ancestry{};
    all.influence_by(by, how);
    rows.influences.insert(all.influences.begin(), all.influences.end());
  }

  void decide(const std::vector<plan::order_key>& keys, row_influences& rows) {
    for (const auto& key : keys)
      decide(columns_[key.id], influence::sort, rows);
  }

  void decide(const std::vector<column_id>& ids, influence how,
              row_influences& rows) {
    for (auto id : ids)
      decide(columns_[id], how, rows);
  }

  void trace(const plan::scan& x, row_influences& rows) {
    for (std::uint32_t i = 0; i < plan_.instances.size(); ++i) {
      auto root = i;
      while (plan_.instances[root].parent != plan::instance::none)
        root = plan_.instances[root].parent;
      if (root == x.instance)
        rows.tables.insert(plan_.instances[i].table->name);
    }
  }

  void trace(const plan::derived& x, row_influences& rows) {
    const auto& inner = plan_.pipelines[x.pipeline];
    for (std::size_t i = 0; i < x.columns.size(); ++i)
      columns_[x.columns[i]] = columns_[inner.columns[i].id];
    rows.add(rows_[x.pipeline]);
  }

  void trace(const plan::filter& x, row_influences& rows) {
    const auto by = trace(x.predicate, rows);
    decide(by, influence::filter, rows);
  }

  void trace(const plan::compute& x, row_influences& rows) {
    for (const auto& d : x.definitions)
      columns_[d.id] = trace(d.expression, rows);
  }

  void trace(const plan::project&, row_influences&) {
  }

  void trace(const plan::aggregate& x, row_influences& rows) {
    for (const auto& key : x.keys) {
      columns_[key.id] = trace(key.expression, rows);
      decide(columns_[key.id], influence::group, rows);
    }
    for (const auto& call : x.calls)
      trace(call, rows);
  }

  void trace(const plan::sort& x, row_influences& rows) {
    decide(x.keys, rows);
  }

  void trace(const plan::limit& x, row_influences& rows) {
    decide(x.order, rows);
  }

  void trace(const plan::distinct& x, row_influences& rows) {
    decide(x.columns, influence::distinct, rows);
  }

  void trace(const plan::top& x, row_influences& rows) {
    decide(x.order, rows);
    decide(x.per, influence::group, rows);
  }

  void trace(const plan::join& x, row_influences& rows) {
    std::visit([&](const auto& other) { trace(other, rows); }, x.other);
    for (const auto& on : x.on) {
      const auto by = trace(on, rows);
      decide(by, influence::join, rows);
    }
  }

  void trace(const plan::set_operation& x, row_influences& rows) {
    const auto& other = plan_.pipelines[x.other];
    const auto keeps_all
      = x.how == dsl::set_operation::kind::union_rows && x.all;
    rows.add(rows_[x.other]);
    for (std::size_t i = 0; i < x.columns.size(); ++i) {
      const auto& left = columns_[x.left[i]];
      const auto& right = columns_[other.columns[x.right[i]].id];
      auto made = ancestry{};
      made.add(left, influence::identity);
      // EXCEPT shows nothing of the right side.
      if (x.how != dsl::set_operation::kind::except)
        made.add(right, influence::identity);
      if (!keeps_all) {
        decide(left, influence::distinct, rows);
        decide(right, influence::distinct, rows);
      }
      columns_[x.columns[i]] = std::move(made);
    }
  }

  void trace(const plan::window& x, row_influences& rows) {
    auto around = ancestry{};
    for (auto id : x.per)
      around.influence_by(columns_[id], influence::window);
    for (const auto& key : x.order)
      around.influence_by(columns_[key.id], influence::window);
    for (const auto& call : x.calls) {
      trace(call, rows);
      columns_[call.id].influences.insert(around.influences.begin(),
                                          around.influences.end());
    }
  }

  void trace(const plan::unpivot& x, row_influences&) {
    auto& made = columns_[x.value];
    for (auto id : x.columns)
      made.add(columns_[id], influence::identity);
  }

  const plan::query& plan_;
  std::vector<ancestry> columns_;
  std::vector<row_influences> rows_; // parallel to the pipelines
};

nlohmann::ordered_json to_json(const std::vector<lineage_source>& xs) {
  auto result = nlohmann::ordered_json::array();
  for (const auto& x : xs)
    result.push_back(
      {{"table", x.table}, {"column", x.column}, {"how", to_string(x.how)}});
  return result;
}

void render(std::string& out, const char* what,
            const std::vector<lineage_source>& xs) {
  for (const auto& x : xs)
    out += std::string{"  "} + what + ' ' + x.table + '.' + x.column + " ("
           + to_string(x.how) + ")\n";
}

} // namespace

const char* to_string(influence x) {
  static constexpr auto names = std::to_array<const char*>(
    {"identity", "transformation", "aggregation", "conditional", "window",
     "group", "filter", "join", "sort", "distinct"});
  static_assert(names.size()
                == static_cast<std::size_t>(influence::distinct) + 1);
  return names[static_cast<std::size_t>(x)];
}

lineage lineage_of(const plan::query& x) {
  return tracer{x}.run();
}

std::string render(const lineage& x) {
  auto out = std::string{};
  for (const auto& output : x.outputs) {
    out += output.column + ' ' + plan::to_string(output.type) + '\n';
    if (output.values.empty())
      out += "  of no column\n";
    render(out, "from", output.values);
    render(out, "by  ", output.influences);
  }
  out += "rows\n";
  for (const auto& table : x.tables)
    out += "  of   " + table + '\n';
  render(out, "by  ", x.rows);
  return out;
}

std::string render_json(const lineage& x) {
  auto outputs = nlohmann::ordered_json::array();
  for (const auto& output : x.outputs)
    outputs.push_back({{"column", output.column},
                       {"type", plan::to_string(output.type)},
                       {"values", to_json(output.values)},
                       {"influences", to_json(output.influences)}});
  const auto document = nlohmann::ordered_json{{"outputs", std::move(outputs)},
                                               {"rows", to_json(x.rows)},
                                               {"tables", x.tables}};
  return document.dump(-1, ' ', false,
                       nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace aura::dsl
