#include "tools/aura/input.hpp"

#include "kernels/schema/import.hpp"
#include "kernels/schema/load.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace aura::tools {

query_source read_text(const std::string& argument) {
  if (argument != "-")
    return {"query", argument};
  return {"standard input",
          std::string{std::istreambuf_iterator<char>{std::cin}, {}}};
}

expected<std::string> read_file(const std::string& path) {
  auto error = std::error_code{};
  if (std::filesystem::is_directory(path, error))
    return fault{errc::io_error, path + " is a folder, not a file"};
  if (!std::filesystem::exists(path, error))
    return fault{errc::io_error, "no file at " + path};
  auto in = std::ifstream{path, std::ios::binary};
  auto text = std::string{std::istreambuf_iterator<char>{in}, {}};
  if (!in)
    return fault{errc::io_error, "cannot read " + path};
  return text;
}

bool is_path(const std::string& argument) {
  constexpr std::size_t longest = 4096;
  if (argument.empty() || argument.size() > longest)
    return false;
  auto error = std::error_code{};
  if (std::filesystem::exists(argument, error))
    return true;
  if (argument.find_first_of(" \t\r\n|()'`\"") != std::string::npos)
    return false;
  return argument.find('/') != std::string::npos || argument.ends_with(".aura")
         || argument.ends_with(".auradsl") || argument.ends_with(".dsl")
         || argument.ends_with(".txt");
}

expected<query_source> read_query(const std::string& argument) {
  if (argument == "-" || !is_path(argument))
    return read_text(argument);
  auto text = read_file(argument);
  if (!text)
    return text.error();
  return query_source{argument, std::move(*text)};
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
