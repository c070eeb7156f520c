#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/plan.hpp"
#include "kernels/dsl/words.hpp"

#include <array>

namespace aura::dsl::plan {

namespace {

/// Writes a plan the way it is read aloud: columns are `name#id`.
class dumper {
public:
  explicit dumper(const query& x) : plan_{x} {
  }

  std::string run() {
    for (std::size_t i = 0; i < plan_.pipelines.size(); ++i) {
      const auto& x = plan_.pipelines[i];
      out_ += "pipeline " + std::to_string(i)
              + (x.name.empty() ? "" : " " + x.name) + "\n";
      for (const auto& step : x.steps) {
        out_ += "  ";
        std::visit([&](const auto& what) { write(what); }, step.what);
        out_ += "\n";
      }
      out_ += "  output ";
      list(x.columns, [&](const output& column) {
        out_ += column.name + " = " + name(column.id) + " "
                + to_string(plan_.columns[column.id].type)
                + (plan_.columns[column.id].nullable ? "?" : "");
      });
      if (!x.order.empty()) {
        out_ += " order ";
        write(x.order);
      }
      out_ += "\n";
    }
    return std::move(out_);
  }

private:
  std::string name(column_id id) const {
    return id < plan_.columns.size()
             ? plan_.columns[id].name + "#" + std::to_string(id)
             : "?";
  }

  template <class Items, class Write>
  void list(const Items& items, const Write& write_one) {
    auto first = true;
    for (const auto& x : items) {
      if (!first)
        out_ += ", ";
      first = false;
      write_one(x);
    }
  }

  void ids(const std::vector<column_id>& columns) {
    list(columns, [&](auto id) { out_ += name(id); });
  }

  void write(const std::vector<order_key>& order) {
    list(order, [&](const order_key& key) {
      out_ += name(key.id) + (key.descending ? " DESC" : "")
              + (key.nulls_first ? " NULLS FIRST" : "");
    });
  }

  void write(const value& x) {
    switch (x.form) {
    case value::kind::literal:
      out_ += to_literal(x.literal);
      return;
    case value::kind::column:
      out_ += name(x.column);
      return;
    case value::kind::call:
      break;
    }
    if (x.negated)
      out_ += "NOT ";
    out_ += dsl::to_string(x.what);
    if (x.what == op::cast)
      out_ += std::string{":"} + to_string(x.type);
    if (x.what >= op::trunc && x.what <= op::date_add
        && x.what != op::bin_number)
      out_ += ":" + std::string{dsl::to_string(x.unit)};
    if (x.what == op::bin || x.what == op::round)
      out_ += ":" + std::to_string(x.count);
    out_ += "(";
    if (x.what == op::in_query || x.what == op::scalar_query)
      out_ += "pipeline " + std::to_string(x.query)
              + (x.arguments.empty() ? "" : ", ");
    list(x.arguments, [&](const value& argument) { write(argument); });
    out_ += ")";
  }

  void write(const function_call& x) {
    out_ += name(x.id) + " = " + std::string{dsl::to_string(x.what)} + "("
            + (x.distinct ? "DISTINCT " : "");
    list(x.arguments, [&](const value& argument) { write(argument); });
    for (const auto& condition : x.condition) {
      out_ += " WHERE ";
      write(condition);
    }
    for (std::size_t i = 0; i < x.sort.size(); ++i) {
      out_ += i > 0 ? ", " : " SORT ";
      write(x.sort[i]);
      out_ += x.directions[i].descending ? " DESC" : "";
      out_ += x.directions[i].nulls_first ? " NULLS FIRST" : "";
    }
    out_ += ")";
  }

  void write(const definition& x) {
    out_ += name(x.id) + " = ";
    write(x.expression);
  }

  void write(const scan& x) {
    out_ += "scan " + plan_.instances[x.instance].table->name;
    for (std::uint32_t i = 0; i < plan_.instances.size(); ++i)
      if (const auto path = path_from(i, x.instance); !path.empty())
        out_ += ", path " + path;
  }

  /// `device.room` for an instance reached from `root`, else nothing.
  std::string path_from(std::uint32_t i, std::uint32_t root) const {
    auto path = std::string{};
    for (; i != root; i = plan_.instances[i].parent) {
      if (plan_.instances[i].parent == instance::none)
        return "";
      path
        = plan_.instances[i].relation->name + (path.empty() ? "" : ".") + path;
    }
    return path;
  }

  void write(const derived& x) {
    out_ += "pipeline " + std::to_string(x.pipeline) + " as ";
    ids(x.columns);
  }

  void write(const filter& x) {
    out_ += "filter ";
    write(x.predicate);
  }

  void write(const compute& x) {
    out_ += "compute ";
    list(x.definitions, [&](const definition& d) { write(d); });
  }

  void write(const project& x) {
    out_ += "project ";
    list(x.columns, [&](const output& column) {
      out_ += column.name + " = " + name(column.id);
    });
  }

  void write(const aggregate& x) {
    out_ += "aggregate ";
    list(x.calls, [&](const function_call& call) { write(call); });
    if (x.keys.empty())
      return;
    out_ += " by ";
    list(x.keys, [&](const definition& key) { write(key); });
  }

  void write(const sort& x) {
    out_ += "sort ";
    write(x.keys);
  }

  void write(const limit& x) {
    out_ += "limit " + std::to_string(x.count);
    if (x.offset > 0)
      out_ += " offset " + std::to_string(x.offset);
    if (!x.order.empty()) {
      out_ += " order ";
      write(x.order);
    }
    out_ += x.total ? " total" : "";
  }

  void write(const distinct& x) {
    out_ += "distinct ";
    ids(x.columns);
  }

  void write(const top& x) {
    out_ += "top " + std::to_string(x.count) + " by ";
    write(x.order);
    if (!x.per.empty()) {
      out_ += " per ";
      ids(x.per);
    }
    out_ += x.with_ties ? " with ties" : "";
    out_ += x.total ? " total" : "";
  }

  void write(const join& x) {
    constexpr std::array names
      = {"inner", "left", "right", "full", "cross", "semi", "anti"};
    out_ += std::string{names[static_cast<std::size_t>(x.how)]} + " join ";
    std::visit([&](const auto& other) { write(other); }, x.other);
    for (const auto& on : x.on) {
      out_ += " on ";
      write(on);
    }
  }

  void write(const set_operation& x) {
    constexpr std::array names = {"union", "intersect", "except"};
    out_ += std::string{names[static_cast<std::size_t>(x.how)]}
            + (x.all ? " all" : "") + " pipeline " + std::to_string(x.other)
            + " as ";
    ids(x.columns);
    out_ += " from ";
    ids(x.left);
  }

  void write(const window& x) {
    out_ += "window ";
    list(x.calls, [&](const function_call& call) { write(call); });
    if (!x.per.empty()) {
      out_ += " per ";
      ids(x.per);
    }
    if (!x.order.empty()) {
      out_ += " order ";
      write(x.order);
    }
    if (x.frame)
      write(*x.frame);
  }

  void write(const frame& x) {
    switch (x.how) {
    case frame::kind::running:
      out_ += " running";
      break;
    case frame::kind::rolling_rows:
      out_ += " rolling " + std::to_string(x.count);
      break;
    case frame::kind::rolling_time:
      out_ += " rolling " + std::to_string(x.count) + " "
              + std::string{dsl::to_string(x.unit)};
      break;
    case frame::kind::rows:
      out_ += " rows " + std::to_string(x.from) + " to " + std::to_string(x.to);
      break;
    }
  }

  void write(const unpivot& x) {
    out_ += "unpivot " + name(x.value) + " for " + name(x.label) + " in ";
    ids(x.columns);
  }

  const query& plan_;
  std::string out_;
};

} // namespace

std::string dump(const query& x) {
  return dumper{x}.run();
}

} // namespace aura::dsl::plan
