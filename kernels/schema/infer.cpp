#include "kernels/schema/infer.hpp"

#include "kernels/base/utf8.hpp"
#include "kernels/schema/calendar.hpp"
#include "kernels/schema/naming.hpp"
#include "kernels/schema/words.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace aura::schema {

namespace {

/// Whether a moment is spelled so that the order of texts is that of time.
bool is_full_moment(std::string_view text, const moment& x) {
  return x.has_fraction ? text.back() != '0' && text.back() != 'Z'
                        : text.size() == 19;
}

/// Beyond so many different texts a column is no longer read for dates.
constexpr std::int64_t most_distinct = 200'000;

/// 2000 to 2040: numbers that may well be seconds since 1970.
constexpr std::int64_t early_epoch = 946'684'800;
constexpr std::int64_t late_epoch = 2'208'988'800;

bool speaks_of(const std::string& name,
               std::initializer_list<const char*> parts) {
  const auto low = to_lower(name);
  return std::any_of(parts.begin(), parts.end(), [&](const char* x) {
    return low.find(x) != std::string::npos;
  });
}

std::string counted(std::int64_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

/// One column while it is looked at.
class examination {
public:
  examination(sql::catalog& database, const std::string& table,
              const sql::catalog_column& declared, const column_role& role,
              const import_options& options)
    : database_{database}, table_{table}, declared_{declared}, role_{role},
      options_{options} {
  }

  inferred_column run();

private:
  void note(std::string text) {
    notes_.push_back(printable(text));
  }

  inferred_column leave_out(std::string why) {
    note("left out: " + std::move(why));
    return {std::nullopt, std::move(notes_)};
  }

  bool declared_as(std::initializer_list<const char*> parts) const {
    return speaks_of(declared_.declared_type, parts);
  }

  type declared_type();
  void examine_integers();
  void examine_reals();
  void examine_texts();
  bool examine_dates();
  void examine_words();
  void sample_values();

  sql::catalog& database_;
  const std::string& table_;
  const sql::catalog_column& declared_;
  const column_role& role_;
  const import_options& options_;
  sql::column_profile profile_;
  column column_;
  std::vector<std::string> notes_;
};

/// What the declaration alone says: the rules of SQLite's affinity, after the
/// names of types that it does not know.
type examination::declared_type() {
  if (declared_as({"bool"}))
    return type::boolean;
  if (declared_as({"datetime", "timestamp"}))
    return type::timestamp;
  if (declared_as({"date"}))
    return type::date;
  if (declared_as({"int"}))
    return type::integer;
  if (declared_as({"char", "clob", "text", "string", "uuid", "json"}))
    return type::text;
  if (declared_as({"real", "floa", "doub", "dec", "numeric", "money"}))
    return type::real;
  note(declared_.declared_type.empty()
         ? "no declared type and no values: taken for text"
         : "declared " + declared_.declared_type
             + ", which SQLite does not know, and no values: taken for text");
  return type::text;
}

void examination::examine_integers() {
  const auto low = std::get<std::int64_t>(profile_.low);
  const auto high = std::get<std::int64_t>(profile_.high);
  column_.type = type::integer;
  if (low >= 0 && high <= 1 && !role_.key) {
    const auto named = speaks_of(spoken(declared_.name) + " ",
                                 {"is ", "has ", "can ", "was ", "flag "});
    if (declared_as({"bool", "bit"}) || named) {
      column_.type = type::boolean;
      if (!declared_as({"bool"}))
        note("inferred: only 0 and 1, taken for a boolean");
      return;
    }
    if (low != high)
      note("only 0 and 1: perhaps a boolean");
  } else if (declared_as({"bool"})) {
    note("declared " + declared_.declared_type + ", but it holds numbers from "
         + std::to_string(low) + " to " + std::to_string(high));
  }
  const auto timely
    = declared_as({"date", "time"})
      || speaks_of(spoken(declared_.name) + " ",
                   {"time", "date ", " at ", "hour ", "created", "updated"});
  if (timely && low >= early_epoch && high <= late_epoch) {
    column_.type = type::timestamp;
    column_.format = date_format::epoch_seconds;
    column_.range = value_range{iso_timestamp(low), iso_timestamp(high)};
    note("inferred: numbers that are seconds since 1970");
    return;
  }
  if (timely && low >= early_epoch * 1000 && high <= late_epoch * 1000)
    note("perhaps milliseconds since 1970, which no format says");
  if (declared_as({"real", "floa", "doub", "money"})
      || (declared_as({"dec", "numeric"}) && declared_as({","}))) {
    column_.type = type::real;
    column_.range
      = value_range{static_cast<double>(low), static_cast<double>(high)};
    note("declared " + declared_.declared_type
         + ", though all values are whole");
    return;
  }
  column_.range = value_range{low, high};
}

void examination::examine_reals() {
  column_.type = type::real;
  const auto number = [](const datum& x) {
    const auto* integer = std::get_if<std::int64_t>(&x);
    return integer ? static_cast<double>(*integer) : std::get<double>(x);
  };
  const auto low = number(profile_.low);
  const auto high = number(profile_.high);
  if (profile_.integers > 0)
    note(counted(profile_.integers, "integer", "integers") + " beside "
         + counted(profile_.reals, "real", "reals"));
  if (std::isfinite(low) && std::isfinite(high))
    column_.range = value_range{low, high};
  else
    note("some values are infinite: no range");
}

/// Reads all texts as dates. Says no if one of them is none, blanks aside.
bool examination::examine_dates() {
  const auto is_date = [](const datum& x) {
    return parse_iso(std::get<std::string>(x)).has_value();
  };
  const auto looks_dated
    = std::any_of(profile_.frequent.begin(), profile_.frequent.end(),
                  [&](const auto& x) { return is_date(x.first); });
  if (!looks_dated || profile_.distinct > most_distinct)
    return false;
  const auto all = database_.profile(
    table_, declared_.name, static_cast<std::size_t>(profile_.distinct));
  if (!all)
    return false;
  auto blank = std::int64_t{0};
  auto other = std::int64_t{0};
  std::array<std::int64_t, 3> rows{}; // no time, a space, a T
  auto fractions = std::int64_t{0};
  auto uneven = std::int64_t{0};
  auto low = last_second;
  auto high = first_second;
  for (const auto& [x, count] : all->frequent) {
    const auto& text = std::get<std::string>(x);
    const auto read = parse_iso(text);
    if (!read) {
      (text.find_first_not_of(' ') == std::string::npos ? blank : other)
        += count;
      continue;
    }
    rows[!read->has_time ? 0 : read->separator == ' ' ? 1 : 2] += count;
    fractions += read->has_fraction ? count : 0;
    uneven += read->has_time && !is_full_moment(text, *read) ? count : 0;
    low = std::min(low, read->seconds);
    high = std::max(high, read->seconds + (read->has_fraction ? 1 : 0));
  }
  const auto dates = rows[0] + rows[1] + rows[2];
  if (other > 0) {
    if (dates > other)
      note("dates, but " + counted(other, "row holds", "rows hold")
           + " other text: left as text");
    return false;
  }
  if (rows[1] > 0 && rows[2] > 0) {
    note("moments with a space and moments with a T, which do not compare: "
         "left as text; CAST(x AS TIMESTAMP) reads both");
    return false;
  }
  const auto timed = rows[1] + rows[2] > 0;
  if (timed)
    uneven += rows[0];
  if (uneven > 0) {
    note("moments, but " + counted(uneven, "row leaves", "rows leave")
         + " out the time or its seconds, or ends in Z or zeros, which does "
           "not compare: left as text; CAST(x AS TIMESTAMP) reads it");
    return false;
  }
  if (blank > 0) {
    if (blank <= dates)
      note(std::string{timed ? "moments" : "dates"} + ", but "
           + counted(blank, "row is", "rows are")
           + " blank instead of NULL: left as text; CAST(x AS "
           + (timed ? "TIMESTAMP" : "DATE") + ") reads it");
    return false;
  }
  column_.type = timed ? type::timestamp : type::date;
  if (rows[2] > 0)
    column_.format = date_format::iso_t;
  column_.range = timed ? value_range{iso_timestamp(low), iso_timestamp(high)}
                        : value_range{iso_date(low), iso_date(high)};
  if (!declared_as({"date", "time"}))
    note(std::string{"inferred: texts that are "}
         + (timed ? "moments" : "dates"));
  if (fractions > 0)
    note(counted(fractions, "row has", "rows have") + " fractions of a second");
  return true;
}

/// Takes the values of a text column for declared ones if they are few.
void examination::sample_values() {
  const auto& all = profile_.frequent;
  // In a short table the names are what people ask for, though each stands
  // there once.
  const auto short_table
    = profile_.rows <= static_cast<std::int64_t>(options_.most_values)
      && speaks_of(declared_.name,
                   {"name", "title", "label", "kind", "type", "category"});
  if (role_.key || profile_.not_utf8 > 0 || profile_.distinct < 2
      || profile_.distinct > static_cast<std::int64_t>(options_.most_values)
      || profile_.distinct != static_cast<std::int64_t>(all.size())
      || (!short_table
          && static_cast<double>(profile_.texts)
               < options_.rows_per_value
                   * static_cast<double>(profile_.distinct)))
    return;
  for (const auto& [x, count] : all) {
    const auto* text = std::get_if<std::string>(&x);
    if (!text || text->size() > options_.longest_value
        || printable(*text) != *text)
      return;
  }
  for (const auto& [x, count] : all)
    column_.values.push_back({x, ""});
  note("sampled: " + counted(profile_.distinct, "value", "values") + " in "
       + counted(profile_.texts, "row", "rows"));
}

/// Says what texts look like without taking them for anything else.
void examination::examine_words() {
  auto blanks = std::int64_t{0};
  auto zeros = std::int64_t{0};
  auto flags = !profile_.frequent.empty();
  static constexpr std::array words
    = {"y", "n", "yes", "no", "t", "f", "true", "false", "on", "off"};
  for (const auto& [x, count] : profile_.frequent) {
    const auto* text = std::get_if<std::string>(&x);
    if (!text)
      continue;
    if (!text->empty() && (text->front() == ' ' || text->back() == ' '))
      blanks += count;
    if (text->size() > 1 && text->front() == '0'
        && text->find_first_not_of("0123456789") == std::string::npos)
      zeros += count;
    flags = flags
            && std::any_of(words.begin(), words.end(),
                           [&](const char* w) { return same_name(w, *text); });
  }
  if (flags && profile_.distinct <= 4)
    note("a boolean in words: left as text");
  if (zeros > 0)
    note("codes with leading zeros: left as text");
  if (blanks > 0)
    note("among the frequent values " + counted(blanks, "row has", "rows have")
         + " a blank at an end");
}

void examination::examine_texts() {
  column_.type = type::text;
  if (profile_.not_utf8 > 0)
    note(counted(profile_.not_utf8, "text is", "texts are") + " not UTF-8");
  const auto numbers = profile_.integers + profile_.reals;
  if (numbers > 0) {
    note(counted(numbers, "number", "numbers") + " beside "
         + counted(profile_.texts, "text", "texts") + ": taken for text");
    return;
  }
  if (examine_dates())
    return;
  if (declared_as({"int", "real", "floa", "doub", "dec", "numeric", "bool"}))
    note("declared " + declared_.declared_type + ", but it holds texts");
  examine_words();
  sample_values();
}

inferred_column examination::run() {
  column_.name = declared_.name;
  column_.description = description_of(declared_.name);
  if (declared_.name.empty()
      || valid_utf8(declared_.name) != declared_.name.size())
    return leave_out("a name that is empty or not UTF-8");
  if (printable(declared_.name) != declared_.name
      || declared_.name.find('`') != std::string::npos)
    return leave_out("a name with a backtick or a control character");
  if (declared_.generated)
    note("a generated column");
  auto looked = database_.profile(table_, declared_.name);
  if (!looked) {
    note("its data could not be read (" + looked.error().message
         + "): typed by its declaration");
    column_.type = declared_type();
    column_.nullable = !declared_.not_null;
    return {std::move(column_), std::move(notes_)};
  }
  profile_ = *std::move(looked);
  column_.nullable = profile_.nulls > 0
                     || (!declared_.not_null && declared_.key_position == 0);
  const auto filled = profile_.rows - profile_.nulls;
  if (profile_.blobs == filled && filled > 0)
    return leave_out("it holds BLOBs");
  if (profile_.blobs > 0)
    return leave_out(counted(profile_.blobs, "value", "values") + " of "
                     + std::to_string(filled) + " are BLOBs");
  if (profile_.not_utf8 == filled && filled > 0)
    return leave_out("none of its texts is UTF-8");
  if (filled == 0) {
    if (declared_as({"blob", "binary"}))
      return leave_out("declared " + declared_.declared_type
                       + " and without values");
    column_.type = declared_type();
    if (profile_.rows > 0)
      note("nothing but NULL: typed by its declaration");
  } else if (profile_.texts > 0) {
    examine_texts();
  } else if (profile_.reals > 0) {
    examine_reals();
  } else {
    examine_integers();
  }
  if (role_.key && column_.type != type::date
      && column_.type != type::timestamp)
    column_.range.reset();
  return {std::move(column_), std::move(notes_)};
}

} // namespace

inferred_column infer_column(sql::catalog& database, const std::string& table,
                             const sql::catalog_column& declared,
                             const column_role& role,
                             const import_options& options) {
  return examination{database, table, declared, role, options}.run();
}

} // namespace aura::schema
