#include "kernels/dsl/lints.hpp"

#include "kernels/base/nearest.hpp"
#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/plan_visit.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

constexpr std::size_t most_diagnostics = 100;

class linter {
public:
  linter(const plan::query& x, diagnostics& out) : plan_{x}, out_{out} {
  }

  void run() {
    for (const auto& pipeline : plan_.pipelines) {
      for (const auto& step : pipeline.steps)
        plan::visit_values(step, [&](const value& v) { look(v); });
      look_at_sorts(pipeline);
      look_at_uses(pipeline);
    }
  }

private:
  diagnostic& warn(const char* code, span where, std::string message) {
    if (out_.size() >= most_diagnostics) {
      spare_ = {};
      return spare_;
    }
    auto& d = out_.emplace_back();
    d.code = code;
    d.severity = severity::warning;
    d.where = where;
    d.message = std::move(message);
    return d;
  }

  const schema::column* origin(const value& x) const {
    return x.form == value::kind::column ? plan_.columns[x.column].origin
                                         : nullptr;
  }

  std::string name(const value& x) const {
    return "`" + plan_.columns[x.column].name + "`";
  }

  void look(const value& x) {
    for (const auto& argument : x.arguments)
      look(argument);
    if (x.form != value::kind::call)
      return;
    switch (x.what) {
    case op::not_equal:
      look_at_nulls(x);
      [[fallthrough]];
    case op::equal:
    case op::less:
    case op::less_equal:
    case op::greater:
    case op::greater_equal:
      if (x.arguments[1].form == value::kind::literal)
        look_at_literal(x.arguments[0], x.arguments[1], x.what);
      else if (x.arguments[0].form == value::kind::literal)
        look_at_literal(x.arguments[1], x.arguments[0], mirrored(x.what));
      break;
    case op::in_list:
      for (std::size_t i = 1; i < x.arguments.size(); ++i)
        if (x.arguments[i].form == value::kind::literal)
          look_at_literal(x.arguments[0], x.arguments[i], op::equal);
      break;
    case op::between:
      look_at_last_day(x);
      look_at_bounds(x);
      break;
    default:
      break;
    }
  }

  static op mirrored(op x) {
    switch (x) {
    case op::less:
      return op::greater;
    case op::less_equal:
      return op::greater_equal;
    case op::greater:
      return op::less;
    case op::greater_equal:
      return op::less_equal;
    default:
      return x;
    }
  }

  void look_at_literal(const value& column, const value& literal, op what) {
    const auto* declared = origin(column);
    if (!declared)
      return;
    if (what == op::equal || what == op::not_equal)
      look_at_values(column, *declared, literal);
    if (declared->range)
      look_at_range(column, *declared, literal, what);
  }

  void look_at_values(const value& column, const schema::column& declared,
                      const value& literal) {
    if (declared.values.empty() || is_null(literal.literal)
        || literal.type == data_type::boolean)
      return;
    auto texts = std::vector<std::string>{};
    for (const auto& known : declared.values) {
      if (known.stored == literal.literal)
        return;
      texts.push_back(to_display(known.stored));
    }
    const auto near = nearest(to_display(literal.literal), texts);
    auto& d = warn("AUR-W0301", literal.where,
                   to_literal(literal.literal)
                     + " is not among the declared values of " + name(column)
                     + (near.empty() ? "" : "; nearest is " + quote(near)));
    if (!near.empty())
      d.fixes.push_back({literal.where, quote(near), 0.8});
    d.candidates = std::move(texts);
  }

  static std::string quote(const std::string& text) {
    return to_literal(datum{text});
  }

  static bool number(const datum& x, double& result) {
    if (const auto* i = std::get_if<std::int64_t>(&x))
      result = static_cast<double>(*i);
    else if (const auto* d = std::get_if<double>(&x))
      result = *d;
    else
      return false;
    return true;
  }

  void look_at_range(const value& column, const schema::column& declared,
                     const value& literal, op what) {
    auto low = 0.0, high = 0.0, x = 0.0;
    if (literal.type == data_type::date || literal.type == data_type::timestamp
        || !number(declared.range->low, low)
        || !number(declared.range->high, high) || !number(literal.literal, x))
      return;
    const auto never = (what == op::equal && (x < low || x > high))
                       || (what == op::less && x <= low)
                       || (what == op::less_equal && x < low)
                       || (what == op::greater && x >= high)
                       || (what == op::greater_equal && x > high);
    if (never)
      warn("AUR-W0302", literal.where,
           "never true: " + name(column) + " ranges from "
             + to_display(declared.range->low) + " to "
             + to_display(declared.range->high));
  }

  // BETWEEN beside the whole range.
  void look_at_bounds(const value& x) {
    const auto* declared = origin(x.arguments[0]);
    if (!declared || !declared->range || x.negated)
      return;
    const auto& low = x.arguments[1];
    const auto& high = x.arguments[2];
    if (low.form == value::kind::literal)
      look_at_range(x.arguments[0], *declared, low, op::greater_equal);
    if (high.form == value::kind::literal)
      look_at_range(x.arguments[0], *declared, high, op::less_equal);
  }

  // Whether somebody asks anywhere whether the column is NULL.
  bool minds_nulls(plan::column_id id) const {
    const auto asks = [id](const auto& self, const value& x) -> bool {
      if (x.form == value::kind::call && x.what == op::is_null
          && x.arguments[0].form == value::kind::column
          && x.arguments[0].column == id)
        return true;
      return std::any_of(x.arguments.begin(), x.arguments.end(),
                         [&](const value& a) { return self(self, a); });
    };
    auto found = false;
    for (const auto& pipeline : plan_.pipelines)
      for (const auto& step : pipeline.steps)
        plan::visit_values(
          step, [&](const value& v) { found = found || asks(asks, v); });
    return found;
  }

  void look_at_nulls(const value& x) {
    const auto& column = x.arguments[0];
    if (column.form != value::kind::column || !column.nullable
        || x.arguments[1].form != value::kind::literal
        || minds_nulls(column.column))
      return;
    warn("AUR-W0303", x.where,
         name(column) + " may be NULL; != drops the rows without a value")
      .hints.push_back("OR " + plan_.columns[column.column].name
                       + " IS NULL keeps them");
  }

  void look_at_last_day(const value& x) {
    const auto& high = x.arguments[2];
    if (x.arguments[0].type != data_type::timestamp
        || high.form != value::kind::literal)
      return;
    if (high.count != 1)
      return;
    auto& d
      = warn("AUR-W0306", x.where,
             "BETWEEN ends as the last day begins; DURING a TO b includes it");
    const auto& low = x.arguments[1];
    const auto* first = std::get_if<std::string>(&low.literal);
    const auto* last = std::get_if<std::string>(&high.literal);
    if (low.form == value::kind::literal && low.count == 1 && first && last)
      d.fixes.push_back({{x.arguments[0].where.end, high.where.end},
                         std::string{x.negated ? " NOT" : ""} + " DURING "
                           + quote(first->substr(0, 10)) + " TO "
                           + quote(last->substr(0, 10)),
                         0.85});
  }

  void look_at_sorts(const plan::pipeline& x) {
    const plan::step* sort = nullptr;
    const auto dead = [&](const char* reason) {
      if (sort)
        warn("AUR-W0305", sort->where,
             std::string{"SORT has no effect: "} + reason)
          .fixes.push_back({sort->where, "", 0.9});
      sort = nullptr;
    };
    for (const auto& step : x.steps) {
      if (std::holds_alternative<plan::sort>(step.what)) {
        dead("another SORT follows");
        sort = &step;
      } else if (std::holds_alternative<plan::limit>(step.what)) {
        sort = nullptr;
      } else if (std::holds_alternative<plan::aggregate>(step.what)) {
        dead("AGGREGATE has no order");
      } else if (std::holds_alternative<plan::distinct>(step.what)) {
        dead("DISTINCT has no order");
      } else if (std::holds_alternative<plan::top>(step.what)) {
        dead("TOP has an order of its own");
      } else if (std::holds_alternative<plan::join>(step.what)) {
        dead("JOIN has no order");
      } else if (std::holds_alternative<plan::set_operation>(step.what)) {
        dead("set operators have no order");
      } else if (std::holds_alternative<plan::unpivot>(step.what)) {
        dead("UNPIVOT has no order");
      }
    }
    if (&x != &plan_.pipelines.back())
      dead("a LET, an operand or a subquery has no order");
  }

  void look_at_uses(const plan::pipeline& x) {
    auto used = std::vector<bool>(plan_.columns.size(), false);
    const auto use = [&](plan::column_id id) { used[id] = true; };
    for (const auto& step : x.steps) {
      plan::visit_columns(step, use);
      if (const auto* sort = std::get_if<plan::sort>(&step.what))
        for (const auto& key : sort->keys)
          use(key.id);
    }
    for (const auto& column : x.columns)
      use(column.id);
    for (const auto& step : x.steps)
      if (const auto* made = std::get_if<plan::compute>(&step.what))
        for (const auto& d : made->definitions)
          if (!used[d.id])
            warn("AUR-W0307", d.expression.where,
                 "column `" + plan_.columns[d.id].name + "` is not used");
  }

  const plan::query& plan_;
  diagnostics& out_;
  diagnostic spare_;
};

} // namespace

void lint(const plan::query& x, diagnostics& out) {
  linter{x, out}.run();
}

} // namespace aura::dsl
