#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/words.hpp"

#include <charconv>

namespace aura::dsl {

std::optional<expr> parser::read_slot(slot where) {
  auto in = enter(where);
  auto x = read_expression();
  if (!x || !finished(*x))
    return std::nullopt;
  return x;
}

// e [AS n], …
std::optional<std::vector<item>> parser::read_items(slot where) {
  auto result = std::vector<item>{};
  do {
    auto in = enter(where);
    auto assigned = read_assigned_name();
    auto x = read_expression();
    if (!x)
      return std::nullopt;
    auto& last = result.emplace_back();
    last.value = std::move(*x);
    if (!finished(last.value))
      return std::nullopt;
    if (assigned) {
      complain_about_assignment(*assigned, last.value);
      last.alias = std::move(assigned);
    } else if (accept_word("AS")) {
      auto alias = read_fresh_name("a name after AS");
      if (!alias)
        return std::nullopt;
      last.alias = std::move(*alias);
    } else if (complain_about_missing_as(last.value.where)) {
      advance();
    }
    if (watch_ && !watch_->ends_items(where, result)) {
      fatal_ = true;
      return std::nullopt;
    }
  } while (accept(token_kind::comma));
  return result;
}

// c, …
std::optional<std::vector<expr>> parser::read_columns(slot where) {
  auto result = std::vector<expr>{};
  do {
    auto in = enter(where, nullptr, {}, &result);
    auto x = read_path();
    if (!x || !finished(*x))
      return std::nullopt;
    result.push_back(std::move(*x));
  } while (accept(token_kind::comma));
  return result;
}

// PER k, …
std::optional<std::vector<expr>> parser::read_per() {
  auto result = std::vector<expr>{};
  do {
    auto x = read_slot(slot::per);
    if (!x)
      return std::nullopt;
    result.push_back(std::move(*x));
  } while (accept(token_kind::comma));
  return result;
}

// e [ASC|DESC] [NULLS FIRST|LAST], …
std::optional<std::vector<sort_key>> parser::read_sort_keys(slot where,
                                                            bool directed) {
  auto result = std::vector<sort_key>{};
  auto tallest = 0;
  do {
    auto x = read_slot(where);
    if (!x)
      return std::nullopt;
    tallest = std::max(tallest, height_);
    auto& key = result.emplace_back();
    key.value = std::move(*x);
    key.descending = accept_word("DESC");
    // ASC is read everywhere and written in TOP only.
    const auto ascending
      = !key.descending && (directed || !strict_ ? accept_word("ASC") : false);
    if (directed && !key.descending && !ascending) {
      if (strict_) {
        fatal_ = true;
        return std::nullopt;
      }
      auto& d = complain("AUR-E0119", key.value.where,
                         "TOP does not say which way to sort; write ASC or "
                         "DESC");
      d.fixes.push_back(
        {{key.value.where.end, key.value.where.end}, " DESC", 0.5});
    }
    if (accept_word("NULLS")) {
      if (accept_word("FIRST"))
        key.nulls = nulls::first;
      else if (expect_word("LAST", "or `FIRST` after NULLS"))
        key.nulls = nulls::last;
      else
        return std::nullopt;
    }
  } while (accept(token_kind::comma));
  height_ = tallest;
  return result;
}

std::optional<std::int64_t> parser::read_count(std::string_view what) {
  if (watching_end())
    watch_->count();
  const auto& t = current();
  if (t.kind != token_kind::integer) {
    expected(what);
    return std::nullopt;
  }
  const auto digits = text_of(t);
  auto n = std::int64_t{};
  const auto [end, error]
    = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    complain("AUR-E0107", t.where, "this number is beyond 9223372036854775807");
    return std::nullopt;
  }
  if (watch_ && !watch_->takes_count(digits)) {
    fatal_ = true;
    return std::nullopt;
  }
  advance();
  return n;
}

std::optional<std::int64_t> parser::read_signed_count() {
  const auto negative = accept(token_kind::minus);
  auto n = read_count("a number of rows");
  if (n && negative)
    *n = -*n;
  return n;
}

// A word or a name in backticks that the query makes up.
std::optional<name> parser::read_fresh_name(std::string_view what) {
  if (watching_end())
    watch_->fresh_name();
  const auto& t = current();
  if (t.kind == token_kind::double_text && !t.faulty) {
    auto x = name{value(t, source_), t.where};
    complain("AUR-E0108", t.where,
             "a name stands in backticks or alone, found double quotes")
      .fixes.push_back({t.where, spell_name(x.text), 0.9});
    advance();
    return x;
  }
  if (t.kind != token_kind::word && t.kind != token_kind::quoted_name) {
    expected(what);
    return std::nullopt;
  }
  if (t.kind == token_kind::word && is_reserved(text_of(t))) {
    complain("AUR-E0117", t.where,
             "expected " + std::string{what} + ", found the reserved word "
               + found())
      .fixes.push_back({t.where, spell_name(text_of(t)), 0.8});
    return std::nullopt;
  }
  auto x = name{value(t, source_), t.where};
  if (watch_ && !watch_->takes_fresh_name(x)) {
    fatal_ = true;
    return std::nullopt;
  }
  advance();
  return x;
}

std::optional<name> parser::read_table() {
  if (watching_end())
    watch_->table();
  const auto& t = current();
  if (t.kind == token_kind::word && is_reserved(text_of(t))) {
    complain("AUR-E0117", t.where,
             "expected a table, found the reserved word " + found())
      .fixes.push_back({t.where, spell_name(text_of(t)), 0.8});
    return std::nullopt;
  }
  const auto quoted = t.kind == token_kind::double_text && !t.faulty;
  if (t.kind != token_kind::word && t.kind != token_kind::quoted_name
      && !quoted) {
    expected("a table, a LET name or a pipeline in parentheses");
    return std::nullopt;
  }
  auto x = name{value(t, source_), t.where};
  if (quoted)
    complain("AUR-E0108", t.where,
             "a name stands in backticks or alone, found double quotes")
      .fixes.push_back({t.where, spell_name(x.text), 0.9});
  if (watch_ && !watch_->takes_table(x)) {
    fatal_ = true;
    return std::nullopt;
  }
  advance();
  return x;
}

// RUNNING | ROLLING n [unit] | ROWS a TO b, after one of these words is seen.
std::optional<dsl::frame> parser::read_frame() {
  auto result = dsl::frame{};
  if (accept_word("RUNNING"))
    return result;
  if (accept_word("ROLLING")) {
    auto n = read_count("a number after ROLLING");
    if (!n)
      return std::nullopt;
    result.how = frame::kind::rolling_rows;
    result.count = *n;
    if (strict_ && *n < 1)
      fatal_ = true;
    if (watch_ && !watch_->takes_frame_unit())
      return result;
    if (watching_end())
      watch_->unit();
    if (current().kind != token_kind::word)
      return result;
    if (auto u = find_unit(text_of(current()))) {
      result.how = frame::kind::rolling_time;
      result.unit = *u;
      advance();
    }
    return result;
  }
  if (!expect_word("ROWS", "to begin a frame"))
    return std::nullopt;
  result.how = frame::kind::rows;
  auto a = read_signed_count();
  if (!a || !expect_word("TO", "between the ends of ROWS"))
    return std::nullopt;
  if (watch_)
    watch_->frame_begins(*a);
  auto b = read_signed_count();
  if (!b)
    return std::nullopt;
  if (strict_ && *b < *a)
    fatal_ = true;
  result.from = *a;
  result.to = *b;
  return result;
}

} // namespace aura::dsl
