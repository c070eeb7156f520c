#pragma once

#include "actors/flow/setting.hpp"

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

/// An options struct is described once, by a function
///
///     template <class Visitor>
///     void describe(Visitor& v, verify_options& x) {
///       v.tuning("workers", x.workers, 1, 64, "Threads that run queries.");
///       v("strict", x.strict, "Whether …");
///     }
///
/// and everything else follows from it: strict reading, the reference, the
/// resolved configuration and its hash. The visitor knows
///   - v(key, value, comment): bool, text, number, list of texts
///   - v.number(key, value, low, high, comment): the same within bounds
///   - v.choice(key, value, {…}, comment): one of these words
///   - v.tuning(key, value, low, high, comment): changes speed, never results;
///     without bounds for a bool or a text
///   - v.file(key, value, comment): a file that must exist, or nothing
///   - v.files(key, values, comment): several
namespace aura::flow {

/// Fills an options struct from a setting. Keys that are absent keep their
/// default; keys that nobody asked for are a problem, since they are almost
/// always typos.
class options_reader {
public:
  /// Files are looked for in `roots`, in this order.
  options_reader(const setting& from, problems& trouble,
                 std::vector<std::filesystem::path> roots = {});

  void operator()(const char* key, bool& value, const char*);
  void operator()(const char* key, std::string& value, const char*);
  void operator()(const char* key, std::vector<std::string>& value,
                  const char*);

  template <class Number>
  requires std::integral<Number> || std::floating_point<Number>
  void operator()(const char* key, Number& value, const char* comment) {
    number(key, value, std::numeric_limits<Number>::lowest(),
           std::numeric_limits<Number>::max(), comment);
  }

  template <class Number, class Low, class High>
  void number(const char* key, Number& value, Low low, High high, const char*) {
    const auto* found = take(key);
    if (!found)
      return;
    if constexpr (std::floating_point<Number>) {
      auto x = static_cast<double>(value);
      if (read_real(key, *found, x, static_cast<double>(low),
                    static_cast<double>(high)))
        value = static_cast<Number>(x);
    } else {
      auto x = std::int64_t{0};
      if (read_whole(key, *found, x, clamp(low), clamp(high)))
        value = static_cast<Number>(x);
    }
  }

  template <class Number, class Low, class High>
  void tuning(const char* key, Number& value, Low low, High high,
              const char* comment) {
    number(key, value, low, high, comment);
  }

  void tuning(const char* key, bool& value, const char* comment) {
    (*this)(key, value, comment);
  }

  void tuning(const char* key, std::string& value, const char* comment) {
    (*this)(key, value, comment);
  }

  void choice(const char* key, std::string& value,
              std::initializer_list<const char*> words, const char*);
  void file(const char* key, std::string& value, const char*);
  void files(const char* key, std::vector<std::string>& value, const char*);

  /// Declares a key that somebody else reads.
  void skip(const char* key);

  /// Complains about every key that was not asked for.
  void finish();

private:
  template <class T>
  static std::int64_t clamp(T x) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    if constexpr (std::unsigned_integral<T>)
      return x > static_cast<std::uint64_t>(most)
               ? most
               : static_cast<std::int64_t>(x);
    else
      return static_cast<std::int64_t>(x);
  }

  const setting* take(const char* key);
  const setting* take_scalar(const char* key, const char* wanted);
  void complain(const setting& where, const std::string& what,
                std::string hint = {});
  bool read_whole(const char* key, const setting& from, std::int64_t& value,
                  std::int64_t low, std::int64_t high);
  bool read_real(const char* key, const setting& from, double& value,
                 double low, double high);
  void resolve(const setting& where, std::string& file);

  const setting& from_;
  problems& trouble_;
  std::vector<std::filesystem::path> roots_;
  std::vector<std::string> known_;
};

/// What an option may be set to.
enum class option_kind : std::uint8_t { text, truth, whole, real, texts };

/// One line of the reference.
struct option_info {
  std::string key;
  option_kind kind = option_kind::text;
  /// As YAML.
  std::string value;
  std::string comment;
  /// `1 to 64`, `offline or openai`; empty if anything goes.
  std::string allowed;
  /// The same for machines: the bounds of a number, the words of a choice.
  std::string low;
  std::string high;
  std::vector<std::string> words;
  /// Whether it changes results, or only speed.
  bool matters = true;
  bool is_file = false;
  std::vector<std::string> paths;
};

/// Lists the options of a struct with the values it has.
class options_lister {
public:
  std::vector<option_info> options;

  void operator()(const char* key, bool& value, const char* comment);
  void operator()(const char* key, std::string& value, const char* comment);
  void operator()(const char* key, std::vector<std::string>& value,
                  const char* comment);

  template <class Number>
  requires std::integral<Number> || std::floating_point<Number>
  void operator()(const char* key, Number& value, const char* comment) {
    add(key, kind_of<Number>(), text(value), comment);
  }

  template <class Number, class Low, class High>
  void number(const char* key, Number& value, Low low, High high,
              const char* comment) {
    add(key, kind_of<Number>(), text(value), comment);
    auto& x = options.back();
    x.low = text(static_cast<Number>(low));
    x.high = text(static_cast<Number>(high));
    x.allowed = x.low + " to " + x.high;
  }

  template <class Number, class Low, class High>
  void tuning(const char* key, Number& value, Low low, High high,
              const char* comment) {
    number(key, value, low, high, comment);
    options.back().matters = false;
  }

  void tuning(const char* key, bool& value, const char* comment) {
    (*this)(key, value, comment);
    options.back().matters = false;
  }

  void tuning(const char* key, std::string& value, const char* comment) {
    (*this)(key, value, comment);
    options.back().matters = false;
  }

  void choice(const char* key, std::string& value,
              std::initializer_list<const char*> words, const char* comment);
  void file(const char* key, std::string& value, const char* comment);
  void files(const char* key, std::vector<std::string>& value,
             const char* comment);

private:
  template <class Number>
  static std::string text(Number x) {
    if constexpr (std::floating_point<Number>)
      return real_text(static_cast<double>(x));
    else
      return std::to_string(x);
  }

  template <class Number>
  static constexpr option_kind kind_of() {
    return std::floating_point<Number> ? option_kind::real : option_kind::whole;
  }

  static std::string real_text(double x);
  void add(const char* key, option_kind kind, std::string value,
           const char* comment);
};

/// Reads `from` into a struct. What is wrong is added to `trouble`.
template <class Options>
Options read_options(const setting& from, problems& trouble,
                     std::vector<std::filesystem::path> roots = {}) {
  auto result = Options{};
  auto reader = options_reader{from, trouble, std::move(roots)};
  describe(reader, result);
  reader.finish();
  return result;
}

template <class Options>
std::vector<option_info> list_options(Options x = {}) {
  auto lister = options_lister{};
  describe(lister, x);
  return std::move(lister.options);
}

} // namespace aura::flow
