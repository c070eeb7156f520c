#include "kernels/dsl/expecting.hpp"

#include "kernels/dsl/parsing.hpp"

namespace aura::dsl {

namespace {

using kind = function_shape::kind;

// Whether what is read in `f` may still become a comparison.
bool is_open(const frame_of_parse& f) {
  switch (f.what) {
  case slot::operand:
    return f.word == "AND" || f.word == "OR";
  case slot::minus:
  case slot::low:
  case slot::high:
  case slot::pattern:
    return false;
  default:
    return true;
  }
}

} // namespace

const frame_of_parse* expecting::top() const {
  return frames.empty() ? nullptr : &frames.back();
}

classes expecting::wanted() const {
  return frames.empty() ? value_classes : wanted(frames.size() - 1);
}

classes expecting::wanted(std::size_t i) const {
  const auto& f = frames[i];
  switch (f.what) {
  case slot::filter:
  case slot::join_on:
  case slot::condition:
  case slot::negated:
  case slot::when:
    return boolean_class;
  case slot::group:
  case slot::pivot_cell:
    return i > 0 ? wanted(i - 1) : value_classes;
  case slot::minus:
    return number_classes;
  case slot::pattern:
    return text_class;
  case slot::member:
  case slot::low:
  case slot::high:
    return f.left ? comparable(class_of(*f.left, *this)) : value_classes;
  case slot::argument:
    return wanted_argument(f, i);
  case slot::then: {
    auto result = i > 0 ? wanted(i - 1) : value_classes;
    if (f.before && f.before->size() >= 2)
      result &= comparable(class_of((*f.before)[1], *this));
    return result;
  }
  case slot::operand: {
    const auto left = class_of(*f.left, *this);
    if (f.word == "AND" || f.word == "OR")
      return boolean_class;
    if (f.word == "||")
      return text_class;
    if (f.word == "\?\?")
      return comparable(left);
    if (f.word == "+" && (left & duration_class))
      return time_classes;
    if (f.word == "+" || f.word == "-")
      return left & time_classes ? duration_class : number_classes;
    if (f.word == "*" || f.word == "/" || f.word == "//" || f.word == "%")
      return number_classes;
    return comparable(left);
  }
  default:
    return value_classes;
  }
}

classes expecting::wanted_argument(const frame_of_parse& f,
                                   std::size_t i) const {
  const auto* shape = find_shape(f.word);
  if (!shape || !f.before)
    return no_class;
  const auto n = f.before->size();
  // What the call gives decides what it takes, where it gives the same.
  auto same = value_classes;
  if (shape->result == 's' && i > 0) {
    const auto outer = wanted(i - 1);
    if (!(is_open(frames[i - 1]) && (outer & boolean_class)))
      same = comparable(outer);
  }
  switch (argument_letter(*shape, n)) {
  case 'n':
    return number_classes & same;
  case 'i':
  case 'L':
    return integer_class;
  case 'p':
    return number_classes;
  case 't':
  case 'U':
  case 'F':
    return text_class;
  case 'b':
    return boolean_class;
  case 'd':
    return n == 0 ? time_classes & same : time_classes;
  case 'm':
    return timestamp_class;
  case 'e':
    return (number_classes | time_classes) & same;
  case 'c':
    return value_classes & static_cast<classes>(~boolean_class)
           & (n == 0 ? same : value_classes);
  case 'w':
    return class_of(f.before->front(), *this) & time_classes ? duration_class
                                                             : number_classes;
  case 's':
    return comparable(
      class_of((*f.before)[shape->name == "IF" ? 1 : 0], *this));
  case 'a':
    return same;
  default:
    return no_class;
  }
}

classes expecting::wanted_operand() const {
  const auto result = wanted();
  const auto* f = top();
  return f && is_open(*f) && (result & boolean_class) ? value_classes : result;
}

bool expecting::operator_fits(std::string_view op, classes left,
                              int least) const {
  if (left == no_class || takes_literal())
    return false;
  const auto goal = wanted();
  const auto open = (goal & boolean_class) && least <= binds_compare;
  const auto leads
    = [&](classes x) { return fits(x, goal) || (open && x != no_class); };
  // A duration on the left moves a date on the right.
  if (left & duration_class)
    return op == "+" && leads(time_classes);
  if (op == "AND" || op == "OR")
    return (left & boolean_class) && (goal & boolean_class);
  if (op == "/")
    return (left & number_classes) && leads(real_class);
  if (op == "*" || op == "//" || op == "%")
    return (left & number_classes)
           && leads(left & integer_class ? number_classes : real_class);
  if (op == "+" || op == "-")
    return left & time_classes
             ? has_number(true) && leads(left & time_classes)
             : (left & number_classes)
                 && leads(left & integer_class ? number_classes : real_class);
  if (op == "||")
    return (left & text_class) && leads(text_class);
  if (op == "\?\?")
    return leads(left);
  if (!(goal & boolean_class))
    return false;
  if (op == "LIKE")
    return left & text_class;
  if (op == "DURING")
    return left & time_classes;
  return true;
}

bool expecting::may_move(classes types) const {
  const auto* f = top();
  // Nor are two durations added.
  const auto is_moved = f && f->what == slot::operand && f->word == "+";
  return (types & time_classes) && has_number(true) && !is_moved;
}

bool expecting::takes_literal() const {
  const auto* f = top();
  if (!f || f->what != slot::argument || !f->before)
    return false;
  const auto* shape = find_shape(f->word);
  const auto letter = shape ? argument_letter(*shape, f->before->size()) : '\0';
  return letter == 'L' || letter == 'p' || letter == 'U' || letter == 'F'
         || letter == 'w';
}

bool expecting::inside_call_over_rows() const {
  const auto first = first_frame();
  for (auto i = first; i < frames.size(); ++i) {
    const auto& f = frames[i];
    if (f.what == slot::condition || f.what == slot::call_sort)
      return true;
    if (f.what != slot::argument)
      continue;
    const auto* shape = find_shape(f.word);
    if (shape && shape->what != kind::scalar)
      return true;
  }
  return false;
}

bool expecting::function_fits(const function_shape& f) const {
  if (!fits(class_of_call(f), wanted_operand()))
    return false;
  // Some arguments are numbers that have to be there.
  if (f.name == "NTILE" && !has_number(true))
    return false;
  if (f.name == "PERCENTILE" && !has_share())
    return false;
  if (f.name == "BIN" && !has_number(false))
    return false;
  if (f.what == kind::scalar)
    return true;
  const auto first = first_frame();
  if (first >= frames.size() || inside_call_over_rows())
    return false;
  const auto base = frames[first].what;
  return base == slot::window
         || (f.what == kind::aggregate
             && (base == slot::aggregate || base == slot::pivoted));
}

} // namespace aura::dsl
