#pragma once

#include "kernels/base/hash.hpp"
#include "kernels/base/random.hpp"
#include "kernels/sql/connection.hpp"

#include <sqlite3.h>

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

/// What a connection makes of the rows of a statement. Not for other rooms: it
/// includes SQLite.
namespace aura::sql {

/// Counts rows and bytes of an answer against its limits.
class tally {
public:
  explicit tally(const limits& bounds) : bounds_{bounds} {
  }

  bool add_row(std::size_t columns) {
    bytes_ += columns * sizeof(datum);
    return ++rows_ <= bounds_.rows && bytes_ <= bounds_.bytes;
  }

  bool add_text(std::size_t size) {
    bytes_ += size;
    return bytes_ <= bounds_.bytes;
  }

  fault reason() const {
    if (rows_ > bounds_.rows)
      return {errc::resource_limit,
              "more rows than " + std::to_string(bounds_.rows)};
    return {errc::resource_limit,
            "an answer of more bytes than " + std::to_string(bounds_.bytes)};
  }

private:
  const limits& bounds_;
  std::size_t rows_ = 0;
  std::size_t bytes_ = 0;
};

/// Collects rows as they are.
class collector {
public:
  explicit collector(sqlite3_stmt* x) {
    for (auto i = 0; i < sqlite3_column_count(x); ++i) {
      auto* name = sqlite3_column_name(x, i);
      out_.columns.emplace_back(name ? name : "");
    }
  }

  void begin_row() {
    out_.rows.emplace_back().reserve(out_.columns.size());
  }

  void add(datum x) {
    out_.rows.back().push_back(std::move(x));
  }

  void add(std::string_view x) {
    out_.rows.back().emplace_back(std::string{x});
  }

  void end_row() {
  }

  result finish() {
    return std::move(out_);
  }

private:
  result out_;
};

/// Remembers no more of the rows than their digest.
class summary {
public:
  explicit summary(sqlite3_stmt*) {
  }

  void begin_row() {
    row_ = 0x6175;
  }

  void add(const datum& x) {
    auto bits = std::uint64_t{0};
    if (auto* i = std::get_if<std::int64_t>(&x))
      bits = std::bit_cast<std::uint64_t>(*i);
    else if (auto* d = std::get_if<double>(&x))
      bits = std::bit_cast<std::uint64_t>(*d);
    mix(x.index(), bits);
  }

  void add(std::string_view x) {
    mix(3, hash64(x));
  }

  void end_row() {
    ++out_.rows;
    out_.hash += mix64(row_);
  }

  digest finish() const {
    return out_;
  }

private:
  void mix(std::size_t type, std::uint64_t bits) {
    out_.informative = out_.informative || type != 0;
    row_ = mix64(row_ ^ mix64(bits + type));
  }

  digest out_;
  std::uint64_t row_ = 0;
};

} // namespace aura::sql
