#include "kernels/dsl/printer.hpp"

#include "kernels/dsl/comments.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/print_expression.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

namespace aura::dsl {

namespace {

// Writes the operators of pipelines. Expressions are in print_expression.cpp.
class printer {
public:
  /// Where the pretty form breaks lines.
  static constexpr std::size_t widest = 80;

  printer(std::string& out, layout form) : out_{out}, form_{form} {
  }

  void query(const dsl::query& x) {
    comments_ = x.comments;
    for (const auto& l : x.lets) {
      comments_before(l.value.source.where.end, "");
      out_ += "LET " + spell_name(l.name.text) + " =";
      if (form_ == layout::pretty) {
        out_ += "\n  ";
        pipeline(l.value, "\n  |> ");
        out_ += ";\n";
      } else {
        out_ += ' ';
        pipeline(l.value, " |> ");
        out_ += "; ";
      }
    }
    comments_before(x.main.source.where.end, "");
    pipeline(x.main, form_ == layout::pretty ? "\n|> " : " |> ");
    comments_before(std::uint32_t(-1), "\n");
  }

  void pipeline(const dsl::pipeline& x, std::string_view separator) {
    out_ += "SOURCE ";
    reference(x.source);
    const auto indent = separator.substr(0, separator.find('|'));
    const auto nested = depth_ > 0;
    for (const auto& s : x.stages) {
      if (!nested)
        comments_before(s.where.end, indent);
      const auto start = out_.size();
      out_ += separator;
      if (!nested)
        breaks_.clear();
      std::visit([this](const auto& what) { operation(what); }, s.what);
      if (indent.front() == '\n')
        fold(start + indent.size(), indent);
    }
  }

  /// A pipeline inside of an expression.
  void nested(const dsl::pipeline& x) {
    ++depth_;
    pipeline(x, " |> ");
    --depth_;
  }

private:
  // Writes the comments that begin before `end`, each on a line of its own;
  // `indent` begins with the line break if one is due before a comment.
  void comments_before(std::uint32_t end, std::string_view indent) {
    for (; next_ < comments_.size() && comments_[next_].where.start < end;
         ++next_) {
      if (form_ == layout::one_line) {
        // The end of a line would not end it.
        out_ += indent.empty() ? "" : " ";
        out_ += as_block_comment(comments_[next_].text);
        out_ += indent.empty() ? " " : "";
        continue;
      }
      out_ += indent;
      out_ += comments_[next_].text;
      if (indent.empty())
        out_ += '\n';
    }
  }

  // Breaks the line that begins at `start` where it may be broken, if it is too
  // long.
  void fold(std::size_t start, std::string_view indent) {
    if (width(std::string_view{out_}.substr(start)) <= widest)
      return;
    const auto broken = std::string{indent} + "    ";
    for (auto i = breaks_.rbegin(); i != breaks_.rend(); ++i)
      out_.replace(*i, 1, broken);
  }

  // In characters.
  static std::size_t width(std::string_view x) {
    return static_cast<std::size_t>(std::count_if(
      x.begin(), x.end(), [](char c) { return (c & '\xc0') != '\x80'; }));
  }

  // A space where the line may be broken.
  void soft_space() {
    if (depth_ == 0 && !keys_)
      breaks_.push_back(out_.size());
    out_ += ' ';
  }

  void reference(const dsl::reference& x) {
    if (const auto* n = std::get_if<name>(&x.source)) {
      out_ += spell_name(n->text);
    } else {
      out_ += '(';
      ++depth_;
      pipeline(*std::get<box<dsl::pipeline>>(x.source), " |> ");
      --depth_;
      out_ += ')';
    }
    alias(x.alias);
  }

  void alias(const std::optional<name>& x) {
    if (x)
      out_ += " AS " + spell_name(x->text);
  }

  void expression(const expr& x) {
    print_expression(out_, x);
  }

  template <class T, class Function>
  void list(const std::vector<T>& xs, Function write) {
    auto first = true;
    for (const auto& x : xs) {
      if (!first) {
        out_ += ',';
        soft_space();
      }
      first = false;
      write(x);
    }
  }

  // a AND b AND c, broken before each AND.
  void chain(const expr& x, std::string_view op, int binds) {
    if (x.kind != expr_kind::binary || x.text != op) {
      print_operand(out_, x, binds);
      return;
    }
    chain(x.arguments[0], op, binds);
    soft_space();
    out_ += op;
    out_ += ' ';
    print_operand(out_, x.arguments[1], binds + 1);
  }

  void items(const std::vector<item>& xs) {
    list(xs, [this](const item& x) {
      expression(x.value);
      alias(x.alias);
    });
  }

  void expressions(const std::vector<expr>& xs) {
    list(xs, [this](const expr& x) { expression(x); });
  }

  void by(const std::vector<item>& keys) {
    if (keys.empty())
      return;
    soft_space();
    out_ += "BY ";
    keys_ = true;
    items(keys);
    keys_ = false;
  }

  void per(const std::vector<expr>& keys) {
    if (keys.empty())
      return;
    soft_space();
    out_ += "PER ";
    keys_ = true;
    expressions(keys);
    keys_ = false;
  }

  void operation(const filter& x) {
    out_ += "FILTER ";
    const auto either
      = x.predicate.kind == expr_kind::binary && x.predicate.text == "OR";
    chain(x.predicate, either ? "OR" : "AND", either ? binds_or : binds_and);
  }

  void operation(const select& x) {
    out_ += "SELECT";
    soft_space();
    items(x.items);
  }

  void operation(const extend& x) {
    out_ += "EXTEND";
    soft_space();
    items(x.items);
  }

  void operation(const drop& x) {
    out_ += "DROP";
    soft_space();
    expressions(x.columns);
  }

  void operation(const rename& x) {
    out_ += "RENAME";
    soft_space();
    list(x.changes, [this](const rename::change& c) {
      expression(c.from);
      out_ += " AS " + spell_name(c.to.text);
    });
  }

  void operation(const set& x) {
    out_ += "SET";
    soft_space();
    list(x.changes, [this](const set::change& c) {
      expression(c.column);
      out_ += " = ";
      expression(c.value);
    });
  }

  void operation(const aggregate& x) {
    out_ += "AGGREGATE";
    soft_space();
    items(x.items);
    by(x.keys);
  }

  void operation(const sort& x) {
    out_ += "SORT ";
    print_sort_keys(out_, x.keys, false);
  }

  void operation(const limit& x) {
    out_ += "LIMIT " + std::to_string(x.count);
    if (x.offset)
      out_ += " OFFSET " + std::to_string(*x.offset);
  }

  void operation(const distinct&) {
    out_ += "DISTINCT";
  }

  void operation(const top& x) {
    out_ += "TOP " + std::to_string(x.count) + " BY ";
    print_sort_keys(out_, x.by, true);
    per(x.per);
    if (x.with_ties)
      out_ += " WITH TIES";
  }

  void operation(const rename_rows& x) {
    out_ += "AS " + spell_name(x.alias.text);
  }

  void operation(const join& x) {
    static constexpr const char* kinds[]
      = {"", "LEFT ", "RIGHT ", "FULL ", "CROSS ", "SEMI ", "ANTI "};
    out_ += kinds[static_cast<std::size_t>(x.how)];
    out_ += "JOIN ";
    reference(x.other);
    if (x.on) {
      soft_space();
      out_ += "ON ";
      expression(*x.on);
    } else if (!x.using_columns.empty()) {
      out_ += " USING (";
      list(x.using_columns,
           [this](const name& n) { out_ += spell_name(n.text); });
      out_ += ')';
    }
  }

  void operation(const set_operation& x) {
    static constexpr const char* kinds[] = {"UNION ", "INTERSECT ", "EXCEPT "};
    out_ += kinds[static_cast<std::size_t>(x.how)];
    if (x.all)
      out_ += "ALL ";
    reference(x.other);
  }

  void operation(const window& x) {
    out_ += "WINDOW";
    soft_space();
    items(x.items);
    per(x.per);
    if (!x.sort.empty()) {
      soft_space();
      out_ += "SORT ";
      print_sort_keys(out_, x.sort, false);
    }
    if (x.frame)
      frame(*x.frame);
  }

  void frame(const dsl::frame& x) {
    switch (x.how) {
    case frame::kind::running:
      out_ += " RUNNING";
      return;
    case frame::kind::rolling_rows:
      out_ += " ROLLING " + std::to_string(x.count);
      return;
    case frame::kind::rolling_time:
      out_ += " ROLLING " + print_units(std::to_string(x.count), x.unit);
      return;
    case frame::kind::rows:
      out_ += " ROWS " + std::to_string(x.from) + " TO " + std::to_string(x.to);
      return;
    }
  }

  void operation(const pivot& x) {
    out_ += "PIVOT ";
    expression(x.value);
    out_ += " FOR ";
    expression(x.column);
    out_ += " IN (";
    items(x.cells);
    out_ += ')';
    by(x.keys);
  }

  void operation(const unpivot& x) {
    out_ += "UNPIVOT " + spell_name(x.value.text) + " FOR "
            + spell_name(x.label.text) + " IN (";
    expressions(x.columns);
    out_ += ')';
  }

  std::string& out_;
  layout form_;
  std::vector<comment> comments_;
  std::size_t next_ = 0;
  /// Spaces of the operator at hand that may become line breaks.
  std::vector<std::size_t> breaks_;
  /// Pipelines in parentheses around this place.
  int depth_ = 0;
  /// Whether the keys of BY or PER are being written, which share a line.
  bool keys_ = false;
};

} // namespace

std::string print(const query& x, layout form) {
  auto result = std::string{};
  printer{result, form}.query(canonical(x));
  return result;
}

std::string print(const expr& x) {
  auto result = std::string{};
  print_expression(result, canonical(x));
  return result;
}

void print_pipeline(std::string& out, const pipeline& x) {
  printer{out, layout::one_line}.nested(x);
}

} // namespace aura::dsl
