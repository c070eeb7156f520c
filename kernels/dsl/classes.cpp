#include "kernels/dsl/classes.hpp"

#include "kernels/dsl/period_text.hpp"

#include <algorithm>

namespace aura::dsl {

namespace {

using kind = function_shape::kind;

std::vector<function_shape> sorted_shapes() {
  constexpr auto scalar = kind::scalar;
  constexpr auto group = kind::aggregate;
  constexpr auto over = kind::window;
  auto result = std::vector<function_shape>{
    {"ABS", scalar, "n", 1, 's'},
    {"SIGN", scalar, "n", 1, 'i'},
    {"ROUND", scalar, "nL", 1, 's'},
    {"FLOOR", scalar, "n", 1, 's'},
    {"CEIL", scalar, "n", 1, 's'},
    {"SQRT", scalar, "n", 1, 'r'},
    {"POWER", scalar, "nn", 2, 'r'},
    {"EXP", scalar, "n", 1, 'r'},
    {"LN", scalar, "n", 1, 'r'},
    {"LOG10", scalar, "n", 1, 'r'},
    {"LOWER", scalar, "t", 1, 't'},
    {"UPPER", scalar, "t", 1, 't'},
    {"TRIM", scalar, "t", 1, 't'},
    {"LTRIM", scalar, "t", 1, 't'},
    {"RTRIM", scalar, "t", 1, 't'},
    {"LENGTH", scalar, "t", 1, 'i'},
    {"SUBSTR", scalar, "tii", 2, 't'},
    {"REPLACE", scalar, "ttt", 3, 't'},
    {"POSITION", scalar, "tt", 2, 'i'},
    {"CONCAT", scalar, "t", 1, 't', true},
    {"CONTAINS", scalar, "tt", 2, 'b'},
    {"STARTS_WITH", scalar, "tt", 2, 'b'},
    {"ENDS_WITH", scalar, "tt", 2, 'b'},
    {"NOW", scalar, "", 0, 'm'},
    {"TODAY", scalar, "", 0, 'D'},
    {"YEAR", scalar, "d", 1, 'i'},
    {"QUARTER", scalar, "d", 1, 'i'},
    {"MONTH", scalar, "d", 1, 'i'},
    {"WEEK", scalar, "d", 1, 'i'},
    {"DAY", scalar, "d", 1, 'i'},
    {"HOUR", scalar, "d", 1, 'i'},
    {"MINUTE", scalar, "d", 1, 'i'},
    {"DAY_OF_WEEK", scalar, "d", 1, 'i'},
    {"DAY_OF_YEAR", scalar, "d", 1, 'i'},
    {"TRUNC", scalar, "dU", 2, 's'},
    {"BIN", scalar, "ew", 2, 's'},
    {"DATE_DIFF", scalar, "ddU", 3, 'i'},
    {"DATE_ADD", scalar, "diU", 3, 's'},
    {"FORMAT_DATE", scalar, "dF", 2, 't'},
    {"IF", scalar, "bas", 3, 's'},
    {"COALESCE", scalar, "as", 1, 's', true},
    {"NULLIF", scalar, "as", 2, 's'},
    {"COUNT", group, "a", 0, 'i'},
    {"SUM", group, "n", 1, 's'},
    {"AVG", group, "n", 1, 'r'},
    {"MIN", group, "c", 1, 's'},
    {"MAX", group, "c", 1, 's'},
    {"MEDIAN", group, "n", 1, 'r'},
    {"PERCENTILE", group, "np", 2, 'r'},
    {"STDDEV", group, "n", 1, 'r'},
    {"STDDEV_POP", group, "n", 1, 'r'},
    {"VARIANCE", group, "n", 1, 'r'},
    {"VARIANCE_POP", group, "n", 1, 'r'},
    {"STRING_AGG", group, "tt", 2, 't'},
    {"ARG_MAX", group, "ac", 2, 's'},
    {"ARG_MIN", group, "ac", 2, 's'},
    {"ANY", group, "b", 1, 'b'},
    {"ALL", group, "b", 1, 'b'},
    {"ANY_VALUE", group, "a", 1, 's'},
    {"ROW_NUMBER", over, "", 0, 'i'},
    {"RANK", over, "", 0, 'i'},
    {"DENSE_RANK", over, "", 0, 'i'},
    {"PERCENT_RANK", over, "", 0, 'r'},
    {"NTILE", over, "L", 1, 'i'},
    {"LAG", over, "aLs", 1, 's'},
    {"LEAD", over, "aLs", 1, 's'},
    {"FIRST", over, "a", 1, 's'},
    {"LAST", over, "a", 1, 's'},
  };
  std::sort(result.begin(), result.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return result;
}

// Reads `pattern` with d for a digit; the number of characters that fit.
std::size_t fits(std::string_view x, std::string_view pattern) {
  auto i = std::size_t{0};
  for (; i < x.size() && i < pattern.size(); ++i) {
    const auto digit = x[i] >= '0' && x[i] <= '9';
    if (pattern[i] == 'd' ? !digit : x[i] != pattern[i])
      break;
  }
  return i;
}

// The types of a column in which values of both can stand.
classes together(classes a, classes b) {
  auto result = static_cast<classes>(a & b);
  if ((a & number_classes) && (b & number_classes))
    result |= (a | b) & real_class;
  if ((a & time_classes) && (b & time_classes))
    result |= (a | b) & timestamp_class;
  return result;
}

classes class_of_branches(const expr& x, const column_finder& columns) {
  auto result = value_classes;
  for (std::size_t i = 0; i < x.arguments.size(); ++i) {
    const auto is_value
      = i % 2 == 1 || (i + 1 == x.arguments.size() && i % 2 == 0);
    const auto type = class_of(x.arguments[i], columns);
    if (!is_value && !(type & boolean_class))
      return no_class;
    if (is_value)
      result = together(result, type);
  }
  return result;
}

classes class_of_call(const expr& x, const column_finder& columns) {
  const auto* f = find_shape(x.text);
  if (!f)
    return no_class;
  for (const auto& argument : x.arguments)
    if (class_of(argument, columns) == no_class)
      return no_class;
  if (f->result != 's')
    return class_of_call(*f);
  if (f->name == "IF" && x.arguments.size() == 3)
    return together(class_of(x.arguments[1], columns),
                    class_of(x.arguments[2], columns));
  if (x.arguments.empty())
    return no_class;
  auto type = class_of(x.arguments.front(), columns);
  if (f->name == "COALESCE")
    for (const auto& argument : x.arguments)
      type = together(type, class_of(argument, columns));
  // A text that is a date may be meant as one beside dates only.
  return type;
}

} // namespace

classes class_of(schema::type x) {
  switch (x) {
  case schema::type::integer:
    return integer_class;
  case schema::type::real:
    return real_class;
  case schema::type::text:
    return text_class;
  case schema::type::boolean:
    return boolean_class;
  case schema::type::date:
    return date_class;
  case schema::type::timestamp:
    return timestamp_class;
  }
  return no_class;
}

const std::vector<function_shape>& function_shapes() {
  static const auto table = sorted_shapes();
  return table;
}

const function_shape* find_shape(std::string_view name) {
  const auto& table = function_shapes();
  const auto i = std::lower_bound(
    table.begin(), table.end(), name,
    [](const function_shape& x, std::string_view n) { return x.name < n; });
  return i != table.end() && i->name == name ? &*i : nullptr;
}

char argument_letter(const function_shape& f, std::size_t index) {
  if (index < f.arguments.size())
    return f.arguments[index];
  return f.open ? f.arguments.back() : '\0';
}

classes class_of_call(const function_shape& f) {
  switch (f.result) {
  case 'i':
    return integer_class;
  case 'r':
    return real_class;
  case 't':
    return text_class;
  case 'b':
    return boolean_class;
  case 'm':
    return timestamp_class;
  case 'D':
    return date_class;
  default:
    break;
  }
  // Like the argument: whatever that may be.
  const auto letter = f.name == "IF" ? 'a' : f.arguments.front();
  switch (letter) {
  case 'n':
    return number_classes;
  case 'd':
    return time_classes;
  case 'e':
    return number_classes | time_classes;
  case 'c':
    return value_classes & static_cast<classes>(~boolean_class);
  default:
    return value_classes;
  }
}

classes class_of(std::string_view op, classes left, classes right) {
  if (left == no_class || right == no_class)
    return no_class;
  if (op == "AND" || op == "OR")
    return left & right & boolean_class;
  if (op == "||")
    return left & right & text_class;
  if (op == "\?\?")
    return together(left, right);
  if (op == "*" || op == "/" || op == "//" || op == "%" || op == "+"
      || op == "-") {
    const auto numbers = (left & number_classes) && (right & number_classes);
    if (numbers && op == "/")
      return real_class;
    if (numbers)
      return (left & right & number_classes) ? (left & right & number_classes)
                                             : real_class;
    if ((op == "+" || op == "-") && (left & time_classes)
        && (right & duration_class))
      return left & time_classes;
    if (op == "+" && (left & duration_class) && (right & time_classes))
      return right & time_classes;
    return no_class;
  }
  return comparable(left) & comparable(right)
             & static_cast<classes>(~duration_class)
           ? boolean_class
           : no_class;
}

classes class_of(const expr& x, const column_finder& columns) {
  switch (x.kind) {
  case expr_kind::null:
  case expr_kind::parameter:
    return value_classes;
  case expr_kind::boolean:
    return boolean_class;
  case expr_kind::integer:
    return integer_class;
  case expr_kind::real:
    return real_class;
  case expr_kind::text:
    return text_class
           | (is_date_text(x.text)        ? time_classes
              : is_timestamp_text(x.text) ? timestamp_class
                                          : no_class);
  case expr_kind::date:
    return date_class;
  case expr_kind::timestamp:
    return timestamp_class;
  case expr_kind::duration:
    return duration_class;
  case expr_kind::column: {
    const auto found = columns.find_column(x.path);
    return found ? found->type : no_class;
  }
  case expr_kind::unary:
    return class_of(x.arguments.front(), columns)
           & (x.text == "NOT" ? boolean_class
                              : number_classes | duration_class);
  case expr_kind::binary:
    return class_of(x.text, class_of(x.arguments[0], columns),
                    class_of(x.arguments[1], columns));
  case expr_kind::is_null:
  case expr_kind::in_query:
  case expr_kind::during:
    return class_of(x.arguments.front(), columns) ? boolean_class : no_class;
  case expr_kind::in_list:
  case expr_kind::between:
  case expr_kind::like: {
    const auto left = class_of(x.arguments.front(), columns);
    for (std::size_t i = 1; i < x.arguments.size(); ++i)
      if (class_of("==", left, class_of(x.arguments[i], columns)) == no_class)
        return no_class;
    return boolean_class;
  }
  case expr_kind::call:
    return class_of_call(x, columns);
  case expr_kind::case_when:
    return class_of_branches(x, columns);
  case expr_kind::cast:
    if (class_of(x.arguments.front(), columns) == no_class)
      return no_class;
    return x.text == "INTEGER"   ? integer_class
           : x.text == "REAL"    ? real_class
           : x.text == "TEXT"    ? text_class
           : x.text == "BOOLEAN" ? boolean_class
           : x.text == "DATE"    ? date_class
                                 : timestamp_class;
  case expr_kind::scalar_query:
    return columns.find_query(x);
  }
  return no_class;
}

bool is_date_text(std::string_view x) {
  return x.size() == 10 && is_period(x);
}

bool is_timestamp_text(std::string_view x) {
  // A day alone is its first moment.
  if (is_date_text(x))
    return true;
  return x.size() > 10 && is_date_text(x.substr(0, 10))
         && (x[10] == ' ' || x[10] == 'T')
         && (fits(x.substr(11), "dd:dd:dd") == 8
             || (x.size() == 16 && fits(x.substr(11), "dd:dd") == 5));
}

bool may_have_frame(const expr& x) {
  if (x.kind == expr_kind::call) {
    const auto* f = find_shape(x.text);
    if (x.text == "FIRST" || x.text == "LAST"
        || (f && f->what == kind::aggregate))
      return true;
  }
  return std::any_of(x.arguments.begin(), x.arguments.end(), may_have_frame);
}

bool has_call_over_rows(const expr& x) {
  if (x.kind == expr_kind::call) {
    const auto* f = find_shape(x.text);
    if (f && f->what != kind::scalar)
      return true;
  }
  return std::any_of(x.arguments.begin(), x.arguments.end(),
                     has_call_over_rows);
}

} // namespace aura::dsl
