#include "tools/aura/tokenize_command.hpp"

#include "kernels/text/tokenizer.hpp"
#include "tools/aura/input.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdio>
#include <iostream>

namespace aura::tools {

namespace {

struct tokenize_options {
  std::string file;
  bool decode = false;
  bool plain = false;
  bool skip_specials = false;
  bool pieces = false;
};

void write(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

// Tokens as C++ would spell them, so that blanks and broken characters show.
std::string visible(std::string_view bytes) {
  auto result = std::string{"'"};
  for (auto c : bytes) {
    char code[5];
    if (c == '\n')
      result += "\\n";
    else if (c == '\\' || c == '\'')
      result.append({'\\', c});
    else if (static_cast<unsigned char>(c) >= 0x20)
      result += c;
    else {
      std::snprintf(code, sizeof code, "\\x%02x",
                    static_cast<unsigned char>(c));
      result += code;
    }
  }
  return result + "'";
}

expected<std::vector<std::int32_t>> read_ids(std::string_view line,
                                             std::size_t size) {
  auto result = std::vector<std::int32_t>{};
  constexpr auto separators = " \t\r,[]";
  for (;;) {
    const auto begin = line.find_first_not_of(separators);
    if (begin == std::string_view::npos)
      return result;
    line.remove_prefix(begin);
    const auto word = line.substr(0, line.find_first_of(separators));
    auto id = std::int32_t{0};
    const auto read
      = std::from_chars(word.data(), word.data() + word.size(), id);
    if (read.ec != std::errc{} || read.ptr != word.data() + word.size()
        || id < 0 || static_cast<std::size_t>(id) >= size)
      return fault{errc::invalid_option, "'" + std::string{word}
                                           + "' is no token id; there are 0 to "
                                           + std::to_string(size - 1)};
    result.push_back(id);
    line.remove_prefix(word.size());
  }
}

exit_code run_tokenize(const tokenize_options& x) {
  const auto vocabulary = text::tokenizer::load(x.file);
  if (!vocabulary)
    return complain(vocabulary.error());
  auto how = text::encode_options{};
  how.parse_specials = !x.plain;
  how.add_specials = !x.plain;
  auto out = std::string{};
  auto line = std::string{};
  for (std::size_t number = 1; std::getline(std::cin, line); ++number) {
    auto ids = x.decode ? read_ids(line, vocabulary->size())
                        : vocabulary->encode(line, how);
    if (!ids) {
      write(out);
      auto reason = ids.error();
      reason.message
        = "standard input:" + std::to_string(number) + ": " + reason.message;
      return complain(reason);
    }
    if (x.decode) {
      out += vocabulary->decode(*ids, x.skip_specials);
    } else {
      const char* gap = "";
      for (auto id : *ids) {
        out += gap;
        out += x.pieces ? visible(vocabulary->token(id)) : std::to_string(id);
        gap = " ";
      }
    }
    out += '\n';
    if (out.size() > (1u << 16)) {
      write(out);
      out.clear();
    }
  }
  write(out);
  return exit_code::success;
}

} // namespace

CLI::App* add_tokenize(CLI::App& app, action& chosen) {
  auto x = std::make_shared<tokenize_options>();
  auto* command = app.add_subcommand(
    "tokenize", "show how a model's tokenizer cuts lines of standard input");
  command
    ->add_option("-t,--tokenizer", x->file,
                 "tokenizer.json, or a rank file of tiktoken")
    ->required();
  command->add_flag("--decode", x->decode, "from ids to text");
  command->add_flag("--plain", x->plain,
                    "special tokens spelled in a line are plain text, and none "
                    "is added around it");
  command->add_flag("--skip-special", x->skip_specials,
                    "with --decode: leave special tokens out");
  command->add_flag("--pieces", x->pieces, "tokens as text instead of ids");
  command->footer("A line in, its ids out:\n"
                  "  echo 'SOURCE orders |> LIMIT 5' | aura tokenize -t "
                  "model/tokenizer.json");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_tokenize(*x); }; });
  return command;
}

} // namespace aura::tools
