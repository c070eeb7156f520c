#include "kernels/base/json.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aura {
namespace {

using nlohmann::json;

const auto smart_home
  = std::string{AURA_SOURCE_DIR "/configs/schemas/smart_home.yaml"};

// Beyond this a reply is not coming.
constexpr auto patience = 50'000;

/// An editor: starts `aura lsp` and talks to it through pipes.
class editor {
public:
  explicit editor(std::vector<std::string> words,
                  const std::filesystem::path& folder = ".") {
    auto to = std::array<int, 2>{};
    auto from = std::array<int, 2>{};
    EXPECT_EQ(::pipe2(to.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(from.data(), O_CLOEXEC), 0);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(to[0], STDIN_FILENO);
      ::dup2(from[1], STDOUT_FILENO);
      words.insert(words.begin(), {AURA, "lsp"});
      auto pointers = std::vector<char*>{};
      for (auto& word : words)
        pointers.push_back(word.data());
      pointers.push_back(nullptr);
      if (::chdir(folder.c_str()) != 0)
        ::_exit(99);
      ::execv(AURA, pointers.data());
      ::_exit(98);
    }
    ::close(to[0]);
    ::close(from[1]);
    input_ = to[1];
    output_ = from[0];
  }

  editor(const editor&) = delete;
  editor& operator=(const editor&) = delete;

  // The process must not outlive the test.
  ~editor() {
    if (child_ > 0)
      finish();
    ::close(output_);
  }

  /// Writes any bytes. Reads meanwhile, so that neither side waits forever.
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      auto both
        = std::array<::pollfd, 2>{{{input_, POLLOUT, 0}, {output_, POLLIN, 0}}};
      ASSERT_GT(::poll(both.data(), both.size(), patience), 0);
      if (both[1].revents & POLLIN)
        read_some();
      if (!(both[0].revents & POLLOUT))
        continue;
      const auto n = ::write(input_, bytes.data(),
                             std::min<std::size_t>(bytes.size(), 4096));
      ASSERT_GT(n, 0);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void send_text(const std::string& body) {
    write("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  void notify(const std::string& method, json params) {
    send_text(json{
      {"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}}
                .dump());
  }

  /// The whole response to a request. Diagnostics that come first are kept.
  json ask(const std::string& method, json params) {
    const auto id = ++last_id_;
    send_text(json{{"jsonrpc", "2.0"},
                   {"id", id},
                   {"method", method},
                   {"params", std::move(params)}}
                .dump());
    for (;;) {
      auto message = next();
      if (message.is_null() || message.value("id", json{}) == json(id))
        return message;
      if (message.contains("id"))
        return message; // the refusal of something else
    }
  }

  json result(const std::string& method, json params) {
    const auto response = ask(method, std::move(params));
    EXPECT_TRUE(response.contains("result")) << response.dump();
    return response.value("result", json{});
  }

  /// Of a refusal its code, and 0 of an answer.
  int refusal(const std::string& method, json params) {
    const auto response = ask(method, std::move(params));
    return response.contains("error") ? response["error"]["code"].get<int>()
                                      : 0;
  }

  /// The next message that is no diagnostics; null at the end.
  json next() {
    for (;;) {
      auto message = receive();
      if (message.is_null()
          || message.value("method", "") != "textDocument/publishDiagnostics")
        return message;
      keep(message);
    }
  }

  /// The diagnostics of a version of a document.
  json diagnostics(const std::string& uri, int version) {
    while (!published_.contains(uri) || published_[uri].first < version) {
      const auto message = receive();
      if (message.is_null()) {
        ADD_FAILURE() << "no diagnostics of " << uri;
        return {};
      }
      keep(message);
    }
    return published_[uri].second;
  }

  void initialize(json params = json::object()) {
    EXPECT_TRUE(result("initialize", std::move(params)).is_object());
    notify("initialized", json::object());
  }

  void open(const std::string& uri, const std::string& text, int version = 1) {
    notify("textDocument/didOpen", {{"textDocument",
                                     {{"uri", uri},
                                      {"languageId", "auradsl"},
                                      {"version", version},
                                      {"text", text}}}});
  }

  void change(const std::string& uri, int version, json changes) {
    notify("textDocument/didChange",
           {{"textDocument", {{"uri", uri}, {"version", version}}},
            {"contentChanges", std::move(changes)}});
  }

  /// Ends the input; the exit code.
  int finish() {
    ::close(input_);
    auto state = 0;
    ::waitpid(child_, &state, 0);
    child_ = -1;
    return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  }

private:
  void keep(const json& message) {
    const auto& p = message.at("params");
    published_[p.at("uri").get<std::string>()]
      = {p.value("version", 0), p.at("diagnostics")};
  }

  bool read_some() {
    auto part = std::array<char, 1 << 16>{};
    const auto n = ::read(output_, part.data(), part.size());
    if (n > 0)
      buffer_.append(part.data(), static_cast<std::size_t>(n));
    return n > 0;
  }

  json receive() {
    for (;;) {
      const auto end = buffer_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const auto size
          = std::stoul(buffer_.substr(std::string{"Content-Length: "}.size()));
        if (buffer_.size() >= end + 4 + size) {
          auto body = buffer_.substr(end + 4, size);
          buffer_.erase(0, end + 4 + size);
          return json::parse(body);
        }
      }
      auto wait = ::pollfd{output_, POLLIN, 0};
      if (::poll(&wait, 1, patience) <= 0 || !read_some())
        return nullptr;
    }
  }

  int child_ = -1;
  int input_ = -1;
  int output_ = -1;
  int last_id_ = 0;
  std::string buffer_;
  std::map<std::string, std::pair<int, json>> published_;
};

json position(int line, int character) {
  return {{"line", line}, {"character", character}};
}

json range(int line, int start, int end) {
  return {{"start", position(line, start)}, {"end", position(line, end)}};
}

json at(const std::string& uri, int line, int character) {
  return {{"textDocument", {{"uri", uri}}},
          {"position", position(line, character)}};
}

const auto doc = std::string{"file:///nowhere/a%20query.aura"};

TEST(Lsp, LivesFromInitializeToExit) {
  auto e = editor{{"-s", smart_home}};
  EXPECT_EQ(e.refusal("textDocument/hover", at(doc, 0, 0)), -32002);
  const auto told = e.result("initialize", json::object());
  EXPECT_EQ(told["capabilities"]["positionEncoding"], "utf-16");
  EXPECT_EQ(told["capabilities"]["textDocumentSync"]["change"], 2);
  EXPECT_EQ(told["serverInfo"]["name"], "aura");
  EXPECT_EQ(e.refusal("initialize", json::object()), -32600);
  e.notify("initialized", json::object());
  EXPECT_EQ(e.refusal("textDocument/hover", at(doc, 0, 0)), -32602);
  EXPECT_EQ(e.refusal("textDocument/noSuchThing", json::object()), -32601);
  EXPECT_EQ(e.ask("shutdown", nullptr)["result"], json{});
  EXPECT_EQ(e.refusal("textDocument/hover", at(doc, 0, 0)), -32600);
  e.notify("exit", nullptr);
  EXPECT_EQ(e.finish(), 0);
}

TEST(Lsp, ExitsWithOneIfNobodySaidShutdown) {
  auto quick = editor{{"-s", smart_home}};
  quick.initialize();
  quick.notify("exit", json::object());
  EXPECT_EQ(quick.finish(), 1);
  auto gone = editor{{"-s", smart_home}};
  gone.initialize();
  EXPECT_EQ(gone.finish(), 1);
}

TEST(Lsp, PublishesWhatIsWrongAndOffersFixes) {
  auto e = editor{{"-s", smart_home, "--manual", "https://example.org/codes"}};
  e.initialize();
  // The emoji takes two units of UTF-16, and four bytes.
  e.open(doc, "SOURCE devices\n"
              "|> FILTER name != '😀' AND romo == 'Kitchen'\n"
              "|> SELECT name |> SORT room\n");
  auto found = e.diagnostics(doc, 1);
  ASSERT_EQ(found.size(), 2u) << found.dump(1);
  EXPECT_EQ(found[0]["code"], "AUR-E0202");
  EXPECT_EQ(found[0]["severity"], 1);
  EXPECT_EQ(found[0]["source"], "aura");
  EXPECT_EQ(found[0]["codeDescription"]["href"],
            "https://example.org/codes#AUR-E0202");
  EXPECT_EQ(found[0]["range"], range(1, 27, 31)) << found.dump(1);
  EXPECT_EQ(found[1]["relatedInformation"][0]["location"]["range"]["start"],
            position(2, 0));
  const auto actions = e.result(
    "textDocument/codeAction", {{"textDocument", {{"uri", doc}}},
                                {"range", range(1, 28, 28)},
                                {"context", {{"diagnostics", json::array()}}}});
  ASSERT_GE(actions.size(), 2u) << actions.dump(1);
  EXPECT_EQ(actions[0]["title"], "replace `romo` by `room`");
  EXPECT_EQ(actions[0]["kind"], "quickfix");
  EXPECT_EQ(actions[0]["isPreferred"], true);
  const auto edit = actions[0]["edit"]["changes"][doc][0];
  EXPECT_EQ(edit["range"], range(1, 27, 31));
  EXPECT_EQ(edit["newText"], "room");
  EXPECT_EQ(actions.back()["kind"], "source.fixAll");
  EXPECT_NE(actions.back()["edit"]["changes"][doc][0]["newText"]
              .get<std::string>()
              .find("AND room == 'Kitchen'"),
            std::string::npos);
  // The fix, and what else is wrong, as two changes in a row.
  e.change(doc, 2,
           json::array({{{"range", edit["range"]}, {"text", "room"}},
                        {{"range", range(2, 14, 14)}, {"text", ", room"}}}));
  EXPECT_EQ(e.diagnostics(doc, 2), json::array());
  // The whole text.
  e.change(doc, 3, json::array({{{"text", "SOURCE devices |> LIMIT 3"}}}));
  found = e.diagnostics(doc, 3);
  ASSERT_EQ(found.size(), 1u) << found.dump(1);
  EXPECT_EQ(found[0]["code"], "AUR-W0304");
  EXPECT_EQ(found[0]["severity"], 2);
  e.notify("textDocument/didClose", {{"textDocument", {{"uri", doc}}}});
  EXPECT_EQ(e.refusal("textDocument/hover", at(doc, 0, 0)), -32602);
  EXPECT_EQ(e.diagnostics(doc, 0), json::array());
}

TEST(Lsp, AnswersWhatIsAskedAboutAPlace) {
  auto e = editor{{"-s", smart_home}};
  e.initialize(
    {{"capabilities",
      {{"textDocument",
        {{"completion", {{"completionItem", {{"snippetSupport", true}}}}}}}}}});
  const auto text = std::string{
    "LET hot = SOURCE climate_stats |> FILTER temperature > 30;\n"
    "SOURCE hot |> AGGREGATE ROUND(AVG(humidity), 1) AS h BY room\n"
    "|> FILTER h > 3\n"
    "|> "};
  e.open(doc, text);
  // The last operator is still being written.
  EXPECT_EQ(e.diagnostics(doc, 1)[0]["severity"], 1);
  const auto hover = e.result("textDocument/hover", at(doc, 0, 44));
  EXPECT_EQ(hover["range"], range(0, 41, 52));
  EXPECT_EQ(hover["contents"]["kind"], "markdown");
  EXPECT_NE(hover["contents"]["value"].get<std::string>().find("REAL"),
            std::string::npos);
  EXPECT_EQ(e.result("textDocument/hover", at(doc, 0, 9)), json{});
  const auto items
    = e.result("textDocument/completion", at(doc, 3, 3))["items"];
  ASSERT_GT(items.size(), 20u);
  EXPECT_EQ(items[0]["label"], "FILTER");
  EXPECT_EQ(items[0]["textEdit"]["range"], range(3, 3, 3));
  const auto calls
    = e.result("textDocument/completion", at(doc, 1, 24))["items"];
  EXPECT_EQ(calls[0]["textEdit"]["newText"], "ALL($0)");
  EXPECT_EQ(calls[0]["insertTextFormat"], 2);
  const auto signature = e.result("textDocument/signatureHelp", at(doc, 1, 45));
  EXPECT_EQ(signature["signatures"][0]["label"], "ROUND(x[, digits])");
  EXPECT_EQ(signature["activeParameter"], 1);
  EXPECT_EQ(e.result("textDocument/definition", at(doc, 1, 8))["range"],
            range(0, 4, 7));
  const auto references = e.result(
    "textDocument/references", {{"textDocument", {{"uri", doc}}},
                                {"position", position(2, 10)},
                                {"context", {{"includeDeclaration", true}}}});
  ASSERT_EQ(references.size(), 2u);
  EXPECT_EQ(references[0]["range"], range(1, 51, 52));
  EXPECT_EQ(e.result("textDocument/documentHighlight", at(doc, 2, 10)).size(),
            2u);
  EXPECT_EQ(
    e.result("textDocument/prepareRename", at(doc, 1, 7))["placeholder"],
    "hot");
  EXPECT_EQ(e.result("textDocument/prepareRename", at(doc, 0, 20)), json{});
  auto rename = at(doc, 1, 7);
  rename["newName"] = "warm days";
  const auto edits = e.result("textDocument/rename", rename)["changes"][doc];
  ASSERT_EQ(edits.size(), 2u);
  EXPECT_EQ(edits[0]["newText"], "`warm days`");
  rename = at(doc, 0, 20);
  rename["newName"] = "x";
  EXPECT_EQ(e.refusal("textDocument/rename", rename), -32803);
  const auto symbols = e.result("textDocument/documentSymbol",
                                {{"textDocument", {{"uri", doc}}}});
  ASSERT_EQ(symbols.size(), 2u);
  EXPECT_EQ(symbols[0]["name"], "hot");
  EXPECT_EQ(symbols[0]["children"][1]["name"], "FILTER");
  const auto hints = e.result(
    "textDocument/inlayHint",
    {{"textDocument", {{"uri", doc}}},
     {"range", {{"start", position(0, 0)}, {"end", position(9, 0)}}}});
  ASSERT_EQ(hints.size(), 1u);
  EXPECT_EQ(hints[0]["label"], ": REAL");
  // A text with errors stays as it is.
  EXPECT_EQ(
    e.result("textDocument/formatting", {{"textDocument", {{"uri", doc}}}}),
    json{});
  e.change(doc, 2,
           json::array({{{"range", range(3, 3, 3)}, {"text", "sort h desc"}}}));
  const auto formatted
    = e.result("textDocument/formatting", {{"textDocument", {{"uri", doc}}}});
  ASSERT_EQ(formatted.size(), 1u);
  EXPECT_NE(formatted[0]["newText"].get<std::string>().find("|> SORT h DESC\n"),
            std::string::npos);
}

TEST(Lsp, FindsDefinitionsInTheSchemaFile) {
  auto e = editor{{"-s", smart_home}};
  e.initialize();
  e.open(doc, "SOURCE energy_consumption |> SELECT kwh, device.room");
  auto in = std::ifstream{smart_home};
  auto lines = std::vector<std::string>{};
  for (auto line = std::string{}; std::getline(in, line);)
    lines.push_back(line);
  for (const auto& [character, word] : {std::pair{8, "energy_consumption"},
                                        {37, "kwh"},
                                        {42, "device"},
                                        {49, "room"}}) {
    const auto found
      = e.result("textDocument/definition", at(doc, 0, character));
    ASSERT_TRUE(found.is_object()) << word;
    EXPECT_EQ(found["uri"], "file://" + smart_home);
    const auto line = found["range"]["start"]["line"].get<std::size_t>();
    const auto start = found["range"]["start"]["character"].get<std::size_t>();
    ASSERT_LT(line, lines.size());
    EXPECT_EQ(lines[line].substr(start, std::string{word}.size() + 1),
              std::string{word} + ":");
  }
}

TEST(Lsp, CountsBytesForEditorsThatDo) {
  auto e = editor{{"-s", smart_home}};
  const auto told
    = e.result("initialize",
               {{"capabilities",
                 {{"general", {{"positionEncodings", {"utf-8", "utf-16"}}}}}}});
  EXPECT_EQ(told["capabilities"]["positionEncoding"], "utf-8");
  e.notify("initialized", json::object());
  e.open(doc, "SOURCE devices |> FILTER name == '😀' AND romo == 'x'");
  EXPECT_EQ(e.diagnostics(doc, 1)[0]["range"], range(0, 44, 48));
}

TEST(Lsp, OutlivesMalformedMessages) {
  auto e = editor{{"-s", smart_home}};
  e.send_text("this is not JSON");
  auto reply = e.next();
  EXPECT_EQ(reply["error"]["code"], -32700);
  EXPECT_EQ(reply["id"], json{});
  e.send_text("[{\"jsonrpc\": \"2.0\", \"method\": \"x\", \"id\": 1}]");
  EXPECT_EQ(e.next()["error"]["code"], -32600);
  e.send_text("{}");
  EXPECT_EQ(e.next()["error"]["code"], -32600);
  e.send_text(R"({"id": [1], "method": "initialize"})");
  EXPECT_EQ(e.next()["error"]["code"], -32600);
  e.send_text(R"({"id": 1, "method": 7})");
  EXPECT_EQ(e.next()["error"]["code"], -32600);
  // An answer to nothing, notifications that mean nothing.
  e.send_text(R"({"id": 99, "result": null})");
  e.send_text(R"({"method": "textDocument/didOpen"})");
  e.initialize();
  e.send_text(R"({"method": "textDocument/didOpen", "params": {"x": 1}})");
  e.send_text(R"({"method": "textDocument/didChange", "params": []})");
  e.send_text(R"({"method": "$/setTrace", "params": {"value": "off"}})");
  // Wrong lengths, no lengths, bytes in between.
  e.write("Content-Length: x\r\n\r\n");
  EXPECT_EQ(e.next()["error"]["code"], -32700);
  e.write("Content-Length: 99999999999999999999999\r\n\r\n");
  EXPECT_EQ(e.next()["error"]["code"], -32700);
  e.write("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(e.next()["error"]["code"], -32700);
  e.write("Content-Length: 2\r\n\r\n{}and more of it");
  EXPECT_EQ(e.next()["error"]["code"], -32600);
  e.open(doc, "SOURCE devices |> FILTER (");
  EXPECT_EQ(e.diagnostics(doc, 1).size(), 1u);
  // Parameters of other types and far places.
  EXPECT_EQ(e.refusal("textDocument/hover", json::array()), -32602);
  EXPECT_EQ(e.refusal("textDocument/hover", {{"textDocument", 3}}), -32602);
  EXPECT_EQ(e.refusal("textDocument/hover",
                      {{"textDocument", {{"uri", doc}}},
                       {"position", {{"line", "0"}, {"character", 0}}}}),
            -32602);
  EXPECT_EQ(e.refusal("textDocument/hover", at(doc, 1'000'000, 1'000'000)), 0);
  e.change(doc, 2,
           json::array(
             {{{"range", {{"start", position(7, 7)}, {"end", position(2, 1)}}},
               {"text", "x"}}}));
  EXPECT_EQ(e.refusal("textDocument/completion", at(doc, 0, 26)), 0);
  EXPECT_EQ(e.refusal("shutdown", json::object()), 0);
  e.notify("exit", json::object());
  EXPECT_EQ(e.finish(), 0);
}

TEST(Lsp, EndsWithAMessageThatIsCutOff) {
  auto e = editor{{"-s", smart_home}};
  e.initialize();
  e.write("Content-Length: 500\r\n\r\n{\"jsonrpc\":");
  EXPECT_EQ(e.finish(), 1);
}

TEST(Lsp, ReadsDocumentsOfAMegabyte) {
  auto e = editor{{"-s", smart_home}};
  e.initialize();
  // Just what a query may have: a long list and long comments.
  auto text = std::string{"SOURCE devices |> FILTER name IN ('a'"};
  while (text.size() < (1u << 18))
    text += ", 'one of the values'";
  text += ") /*";
  while (text.size() < (1u << 20) - 200)
    text += " 😀 a comment";
  text += "*/\n|> SORT name, id";
  e.open(doc, text);
  EXPECT_EQ(e.diagnostics(doc, 1), json::array());
  e.change(doc, 2,
           json::array({{{"range", range(1, 8, 12)}, {"text", "nmae"}}}));
  const auto found = e.diagnostics(doc, 2);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]["code"], "AUR-E0202");
  EXPECT_EQ(found[0]["range"], range(1, 8, 12));
  EXPECT_GT(e.result("textDocument/completion", at(doc, 1, 10))["items"].size(),
            8u);
  EXPECT_TRUE(e.result("textDocument/hover", at(doc, 0, 27)).is_object());
  // More than that is one diagnostic, and nothing else.
  e.change(doc, 3, json::array({{{"text", text + std::string(1 << 20, ' ')}}}));
  EXPECT_EQ(e.diagnostics(doc, 3)[0]["code"], "AUR-E0120");
  EXPECT_EQ(e.result("textDocument/hover", at(doc, 0, 27)), json{});
  EXPECT_EQ(e.result("textDocument/completion", at(doc, 0, 27))["items"].size(),
            0u);
}

/// A folder with documents and schemas.
class LspSchemas : public ::testing::Test {
protected:
  LspSchemas() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder = std::filesystem::path{::testing::TempDir()}
             / (std::string{"aura-lsp-"} + info->name());
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder / "queries");
    uri = "file://" + (folder / "queries" / "q.aura").string();
  }

  ~LspSchemas() override {
    std::filesystem::remove_all(folder);
  }

  void write(const std::string& file, const std::string& table) {
    std::ofstream{folder / file} << "schema: " << table << "\ntables:\n  "
                                 << table
                                 << ":\n    columns:\n      id: {type: text}\n";
  }

  std::filesystem::path folder;
  std::string uri;
};

TEST_F(LspSchemas, AreFoundNearTheDocument) {
  write("pets.yaml", "pets");
  std::ofstream{folder / "other.yaml"} << "settings: true\n";
  auto e = editor{{}, folder};
  e.initialize({{"rootUri", "file://" + folder.string()}});
  e.open(uri, "SOURCE pets");
  EXPECT_EQ(e.diagnostics(uri, 1), json::array());
  // A schema that is nearer.
  write("queries/birds.yml", "birds");
  e.notify("textDocument/didSave", {{"textDocument", {{"uri", uri}}}});
  e.change(uri, 2, json::array({{{"text", "SOURCE birds"}}}));
  EXPECT_EQ(e.diagnostics(uri, 2), json::array());
  // Two are one too many.
  write("queries/cats.yaml", "cats");
  e.notify("workspace/didChangeWatchedFiles", {{"changes", json::array()}});
  e.change(uri, 3, json::array({{{"text", "SOURCE birds"}}}));
  auto found = e.diagnostics(uri, 3);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0]["message"].get<std::string>().find("several"),
            std::string::npos);
  // The document chooses.
  e.change(uri, 4,
           json::array({{{"text", "-- schema: cats.yaml\n"
                                  "SOURCE cats"}}}));
  EXPECT_EQ(e.diagnostics(uri, 4), json::array());
  e.change(uri, 5,
           json::array({{{"text", "-- schema: none.yaml\n"
                                  "SOURCE cats"}}}));
  found = e.diagnostics(uri, 5);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]["range"], range(0, 0, 20));
}

TEST_F(LspSchemas, AreReadAgainWhenTheyChange) {
  write("pets.yaml", "pets");
  auto e = editor{{"-s", "pets.yaml"}, folder};
  e.initialize();
  e.open(uri, "SOURCE birds");
  EXPECT_EQ(e.diagnostics(uri, 1)[0]["code"], "AUR-E0201");
  write("pets.yaml", "birds");
  std::filesystem::last_write_time(folder / "pets.yaml",
                                   std::filesystem::file_time_type::clock::now()
                                     + std::chrono::seconds{5});
  e.change(uri, 2, json::array({{{"text", "SOURCE birds"}}}));
  EXPECT_EQ(e.diagnostics(uri, 2), json::array());
  std::ofstream{folder / "pets.yaml"} << "schema: pets\nnonsense: 1\n";
  std::filesystem::last_write_time(folder / "pets.yaml",
                                   std::filesystem::file_time_type::clock::now()
                                     + std::chrono::seconds{9});
  e.change(uri, 3, json::array({{{"text", "SOURCE birds"}}}));
  EXPECT_NE(
    e.diagnostics(uri, 3)[0]["message"].get<std::string>().find("nonsense"),
    std::string::npos);
}

TEST_F(LspSchemas, ComeFromTheEditorsOptionsToo) {
  write("pets.yaml", "pets");
  auto e = editor{{}, "/"};
  e.initialize({{"rootUri", "file://" + folder.string()},
                {"initializationOptions", {{"schema", "pets.yaml"}}}});
  e.open("untitled:1", "SOURCE pets");
  EXPECT_EQ(e.diagnostics("untitled:1", 1), json::array());
}

TEST_F(LspSchemas, AreNotNeededForSyntax) {
  auto e = editor{{}, folder};
  e.initialize();
  e.open(uri, "SOURCE pets |> FILTER (");
  const auto found = e.diagnostics(uri, 1);
  ASSERT_EQ(found.size(), 2u) << found.dump(1);
  EXPECT_EQ(found[0]["severity"], 1);
  EXPECT_EQ(found[1]["severity"], 3);
}

} // namespace
} // namespace aura
