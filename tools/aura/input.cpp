#include "tools/aura/input.hpp"

#include "kernels/schema/import.hpp"
#include "kernels/schema/load.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>

namespace aura::tools {

query_source read_query(const std::string& argument) {
  if (argument != "-")
    return {"query", argument};
  return {"standard input",
          std::string{std::istreambuf_iterator<char>{std::cin}, {}}};
}

expected<std::shared_ptr<const schema::schema>>
read_schema(const std::string& file, const std::string& database) {
  if (file.empty()) {
    auto imported = schema::import_database(database, {});
    if (!imported)
      return imported.error();
    return std::make_shared<const schema::schema>(std::move(imported->schema));
  }
  auto loaded = schema::load(file);
  if (!loaded)
    return loaded.error();
  return std::make_shared<const schema::schema>(std::move(*loaded));
}

exit_code complain(const fault& reason) {
  std::fprintf(stderr, "aura: %s\n", reason.message.c_str());
  return to_exit_code(reason.code);
}

void show(const dsl::diagnostics& found, const query_source& source) {
  if (!found.empty())
    std::fputs(dsl::render(found, source.text, source.name).c_str(), stderr);
}

std::string moment(const std::string& option) {
  if (!option.empty())
    return option;
  const auto now
    = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  auto utc = std::tm{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text;
  const auto size
    = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &utc);
  return {text.data(), size};
}

status write_output(const std::string& file, const std::string& text) {
  if (file.empty() || file == "-") {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return ok;
  }
  auto out = std::ofstream{file, std::ios::binary};
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out)
    return fault{errc::io_error, "cannot write " + file};
  return ok;
}

} // namespace aura::tools
