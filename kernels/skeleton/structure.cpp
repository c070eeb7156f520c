#include "kernels/skeleton/sampler.hpp"

#include <array>
#include <string>
#include <string_view>
#include <variant>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;

const char* to_string(dsl::unit x) {
  constexpr auto names = std::array{"second", "minute", "hour",    "day",
                                    "week",   "month",  "quarter", "year"};
  return names[static_cast<std::size_t>(x)];
}

// Functions whose last text argument is a unit, part of what they do.
bool takes_unit(std::string_view function) {
  return function == "TRUNC" || function == "DATE_DIFF"
         || function == "DATE_ADD";
}

class key_writer {
public:
  std::string text;

  void write(const dsl::query& x) {
    for (const auto& y : x.lets) {
      text += "LET(";
      write(y.value);
      text += ')';
    }
    write(x.main);
  }

private:
  void write(const dsl::pipeline& x) {
    write(x.source);
    for (const auto& stage : x.stages) {
      text += '|';
      std::visit([this](const auto& y) { write(y); }, stage.what);
    }
  }

  void write(const dsl::reference& x) {
    if (const auto* inner = std::get_if<box<dsl::pipeline>>(&x.source)) {
      text += '(';
      write(**inner);
      text += ')';
    } else {
      text += 'T';
    }
    if (x.alias)
      text += "=A";
  }

  void write(const dsl::period& x) {
    using kind = dsl::period::kind;
    switch (x.form) {
    case kind::literal:
      // '2024', '2024-03', '2024-Q1' and '2024-03-05' differ in size.
      text += 'p' + std::to_string(x.text.size());
      break;
    case kind::today:
      text += "today";
      break;
    case kind::yesterday:
      text += "yesterday";
      break;
    case kind::calendar:
      text += x.direction < 0 ? "last-" : x.direction > 0 ? "next-" : "this-";
      text += to_string(x.unit);
      break;
    case kind::rolling:
      text += x.direction < 0 ? "past-" : "coming-";
      text += to_string(x.unit);
      break;
    case kind::range:
      for (const auto& end : x.ends) {
        text += "..";
        write(end);
      }
      break;
    }
  }

  void write(const dsl::expr& x) {
    if (x.negated)
      text += '!';
    switch (x.kind) {
    case expr_kind::null:
      text += "null";
      return;
    case expr_kind::boolean:
      text += "bool";
      return;
    case expr_kind::integer:
    case expr_kind::real:
      text += 'n';
      return;
    case expr_kind::text:
      text += 's';
      return;
    case expr_kind::date:
    case expr_kind::timestamp:
      text += 'd';
      return;
    case expr_kind::duration:
      text += "n-";
      text += to_string(x.unit);
      return;
    case expr_kind::parameter:
      text += '$';
      return;
    case expr_kind::column:
      text += 'C';
      for (std::size_t i = 1; i < x.path.size(); ++i)
        text += '.';
      return;
    case expr_kind::in_list:
      // How many values there are is no matter of structure.
      text += "in(";
      write(x.arguments[0]);
      text += ',';
      write(x.arguments[1]);
      text += ')';
      return;
    default:
      write_operation(x);
    }
  }

  void write_operation(const dsl::expr& x) {
    text += head(x);
    text += '(';
    if (x.distinct)
      text += "distinct ";
    for (std::size_t i = 0; i < x.arguments.size(); ++i) {
      if (i > 0)
        text += ',';
      const auto& y = x.arguments[i];
      if (y.kind == expr_kind::text && i > 0 && takes_unit(x.text))
        text += y.text;
      else
        write(y);
    }
    for (const auto& y : x.condition) {
      text += " where ";
      write(y);
    }
    write_keys(" sort ", x.sort);
    for (const auto& y : x.when)
      write(y);
    if (x.query)
      write(*x.query);
    text += ')';
  }

  static std::string head(const dsl::expr& x) {
    switch (x.kind) {
    case expr_kind::is_null:
      return "isnull";
    case expr_kind::in_query:
      return "in";
    case expr_kind::between:
      return "between";
    case expr_kind::like:
      return "like";
    case expr_kind::during:
      return "during";
    case expr_kind::case_when:
      return "case";
    case expr_kind::cast:
      return "cast " + x.text;
    default:
      return x.text;
    }
  }

  void write_keys(const char* before, const std::vector<dsl::sort_key>& keys) {
    for (const auto& y : keys) {
      text += before;
      write(y.value);
      if (y.descending)
        text += " desc";
      if (y.nulls != dsl::nulls::unspecified)
        text += y.nulls == dsl::nulls::first ? " first" : " last";
    }
  }

  void write_items(const char* before, const std::vector<dsl::item>& items) {
    for (const auto& y : items) {
      text += before;
      write(y.value);
    }
  }

  void write_all(const char* before, const std::vector<dsl::expr>& items) {
    for (const auto& y : items) {
      text += before;
      write(y);
    }
  }

  void write(const dsl::filter& x) {
    text += "filter ";
    write(x.predicate);
  }

  void write(const dsl::select& x) {
    text += "select";
    write_items(" ", x.items);
  }

  void write(const dsl::extend& x) {
    text += "extend";
    write_items(" ", x.items);
  }

  void write(const dsl::drop& x) {
    text += "drop";
    write_all(" ", x.columns);
  }

  void write(const dsl::rename& x) {
    text += "rename " + std::to_string(x.changes.size());
  }

  void write(const dsl::set& x) {
    text += "set";
    for (const auto& y : x.changes) {
      text += ' ';
      write(y.value);
    }
  }

  void write(const dsl::aggregate& x) {
    text += "aggregate";
    write_items(" ", x.items);
    write_items(" by ", x.keys);
  }

  void write(const dsl::sort& x) {
    text += "sort";
    write_keys(" ", x.keys);
  }

  void write(const dsl::limit& x) {
    text += x.offset ? "limit offset" : "limit";
  }

  void write(const dsl::distinct&) {
    text += "distinct";
  }

  void write(const dsl::top& x) {
    text += "top";
    write_keys(" ", x.by);
    write_all(" per ", x.per);
    if (x.with_ties)
      text += " ties";
  }

  void write(const dsl::rename_rows&) {
    text += "as";
  }

  void write(const dsl::join& x) {
    text += "join " + std::to_string(static_cast<int>(x.how)) + ' ';
    write(x.other);
    if (x.on) {
      text += " on ";
      write(*x.on);
    }
    if (!x.using_columns.empty())
      text += " using";
  }

  void write(const dsl::set_operation& x) {
    text += "set-operation " + std::to_string(static_cast<int>(x.how));
    text += x.all ? " all " : " ";
    write(x.other);
  }

  void write(const dsl::window& x) {
    text += "window";
    write_items(" ", x.items);
    write_all(" per ", x.per);
    write_keys(" sort ", x.sort);
    if (x.frame)
      text += " frame " + std::to_string(static_cast<int>(x.frame->how));
  }

  void write(const dsl::pivot& x) {
    text += "pivot ";
    write(x.value);
    text += " for ";
    write(x.column);
    write_items(" by ", x.keys);
  }

  void write(const dsl::unpivot& x) {
    text += "unpivot " + std::to_string(x.columns.size());
  }
};

} // namespace

std::string structure(const dsl::query& x) {
  auto writer = key_writer{};
  writer.write(x);
  return std::move(writer.text);
}

} // namespace aura::skeleton
