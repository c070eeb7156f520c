#include "tools/aura/lsp/server.hpp"

#include "kernels/base/json.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aura::tools::lsp {

namespace {

using nlohmann::json;

// Of JSON-RPC and of the protocol.
constexpr int parse_error = -32700;
constexpr int invalid_request = -32600;
constexpr int method_not_found = -32601;
constexpr int invalid_params = -32602;
constexpr int internal_error = -32603;
constexpr int not_initialized = -32002;
constexpr int request_failed = -32803;

// A member of a member …, or null.
json at_path(const json& x, std::initializer_list<const char*> path) {
  const auto* here = &x;
  for (const auto* name : path) {
    if (!here->is_object() || !here->contains(name))
      return nullptr;
    here = &here->at(name);
  }
  return *here;
}

std::string text_at(const json& x, std::initializer_list<const char*> path) {
  const auto found = at_path(x, path);
  return found.is_string() ? found.get<std::string>() : std::string{};
}

json capabilities(dsl::editor::column_unit unit) {
  return {
    {"positionEncoding", unit == dsl::editor::column_unit::utf8    ? "utf-8"
                         : unit == dsl::editor::column_unit::utf32 ? "utf-32"
                                                                   : "utf-16"},
    {"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", true}}},
    {"completionProvider", {{"triggerCharacters", {".", ">", "'", "$"}}}},
    {"hoverProvider", true},
    {"signatureHelpProvider", {{"triggerCharacters", {"(", ","}}}},
    {"definitionProvider", true},
    {"referencesProvider", true},
    {"documentHighlightProvider", true},
    {"documentSymbolProvider", true},
    {"documentFormattingProvider", true},
    {"renameProvider", {{"prepareProvider", true}}},
    {"codeActionProvider",
     {{"codeActionKinds", {"quickfix", "source.fixAll"}}}},
    {"inlayHintProvider", true},
  };
}

} // namespace

server::server(server_options options, sender send)
  : options_{std::move(options)}, send_{std::move(send)} {
  compile_options_.now = options_.now;
  schemas_.choose(options_.schema, options_.database);
}

void server::respond(const json& id, json result) {
  send_({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
}

void server::refuse(const json& id, int code, const std::string& why) {
  send_({{"jsonrpc", "2.0"},
         {"id", id},
         {"error", {{"code", code}, {"message", why}}}});
}

void server::notify(const char* method, json params) {
  send_(
    {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

void server::take_malformed() {
  refuse(nullptr, parse_error, "a message needs a Content-Length");
}

void server::take(std::string_view body) {
  // The library throws; nothing of it leaves this function.
  auto id = json{};
  auto is_request = false;
  try {
    const auto message = json::parse(body, nullptr, false);
    if (message.is_discarded())
      return refuse(nullptr, parse_error, "the message is not JSON");
    if (!message.is_object())
      return refuse(nullptr, invalid_request, "a message is an object");
    is_request = message.contains("id");
    if (is_request)
      id = message.at("id");
    if (!message.contains("method")) {
      // An answer to what was never asked says nothing.
      if (!message.contains("result") && !message.contains("error"))
        refuse(id, invalid_request, "the message has no method");
      return;
    }
    if (!message.at("method").is_string()
        || (is_request && !id.is_string() && !id.is_number_integer()))
      return refuse(is_request && !id.is_structured() ? id : json{},
                    invalid_request,
                    "a method is a text, and an id a text or a number");
    const auto method = message.at("method").get<std::string>();
    const auto params
      = message.contains("params") ? message.at("params") : json::object();
    if (is_request)
      take_request(id, method, params);
    else
      take_notification(method, params);
  } catch (const json::exception& e) {
    if (is_request)
      refuse(id, invalid_params, e.what());
  } catch (const std::exception& e) {
    if (is_request)
      refuse(id, internal_error, e.what());
  }
}

void server::take_request(const json& id, const std::string& method,
                          const json& params) {
  if (stage_ == stage::shut_down)
    return refuse(id, invalid_request, "the server was told to shut down");
  if (method == "initialize")
    return initialize(id, params);
  if (stage_ == stage::started)
    return refuse(id, not_initialized, "initialize comes first");
  if (method == "shutdown") {
    stage_ = stage::shut_down;
    return respond(id, nullptr);
  }
  answer(id, method, params);
}

void server::initialize(const json& id, const json& params) {
  if (stage_ != stage::started)
    return refuse(id, invalid_request, "the server is initialized already");
  const auto encodings
    = at_path(params, {"capabilities", "general", "positionEncodings"});
  const auto offers = [&](const char* name) {
    return encodings.is_array()
           && std::find(encodings.begin(), encodings.end(), json(name))
                != encodings.end();
  };
  // Bytes are what we count in.
  unit_ = offers("utf-8") ? dsl::editor::column_unit::utf8
                          : dsl::editor::column_unit::utf16;
  snippets_ = at_path(params, {"capabilities", "textDocument", "completion",
                               "completionItem", "snippetSupport"})
              == json(true);
  const auto folders = at_path(params, {"workspaceFolders"});
  auto root = text_at(params, {"rootUri"});
  if (folders.is_array() && !folders.empty())
    root = text_at(folders.front(), {"uri"});
  const auto folder = path_of(root).value_or(text_at(params, {"rootPath"}));
  if (!folder.empty())
    schemas_.set_root(folder);
  // What the editor is configured with; its files are relative to its folder.
  const auto setting = [&](const char* name) {
    return text_at(params, {"initializationOptions", name});
  };
  const auto file = [&](const char* name, std::string& into) {
    if (const auto found = setting(name); !found.empty())
      into = (folder / found).string();
  };
  file("schema", options_.schema);
  file("database", options_.database);
  if (auto manual = setting("manual"); !manual.empty())
    options_.manual = std::move(manual);
  if (auto now = setting("now"); !now.empty())
    compile_options_.now = std::move(now);
  schemas_.choose(options_.schema, options_.database);
  stage_ = stage::running;
  respond(id, {{"capabilities", capabilities(unit_)},
               {"serverInfo", {{"name", "aura"}, {"version", AURA_VERSION}}}});
}

void server::take_notification(const std::string& method, const json& params) {
  if (method == "exit") {
    exit_ = stage_ == stage::shut_down ? 0 : 1;
    return;
  }
  if (stage_ != stage::running)
    return;
  if (method == "textDocument/didOpen") {
    const auto& item = params.at("textDocument");
    auto fresh = document{};
    fresh.uri = item.at("uri").get<std::string>();
    fresh.version = item.value("version", std::int64_t{0});
    fresh.replace(item.at("text").get<std::string>());
    schemas_.look_again();
    documents_.insert_or_assign(fresh.uri, std::move(fresh));
  } else if (method == "textDocument/didChange") {
    change(params);
  } else if (method == "textDocument/didClose") {
    const auto uri = params.at("textDocument").at("uri").get<std::string>();
    if (documents_.erase(uri) > 0)
      notify("textDocument/publishDiagnostics",
             {{"uri", uri}, {"diagnostics", json::array()}});
  } else if (method == "textDocument/didSave"
             || method == "workspace/didChangeWatchedFiles") {
    schemas_.look_again();
    mark_all();
  }
  // `initialized`, `$/cancelRequest` and what is newer need nothing done.
}

void server::mark_all() {
  for (auto& [uri, x] : documents_)
    x.is_dirty = true;
}

void server::change(const json& params) {
  const auto& name = params.at("textDocument");
  const auto found = documents_.find(name.at("uri").get<std::string>());
  if (found == documents_.end())
    return;
  auto& x = found->second;
  for (const auto& change : params.at("contentChanges")) {
    const auto& text = change.at("text").get_ref<const std::string&>();
    if (!change.contains("range") || change.at("range").is_null()) {
      x.replace(text);
      continue;
    }
    const auto byte = [&](const char* end) {
      const auto& p = change.at("range").at(end);
      return x.lines.offset({p.at("line").get<std::uint32_t>(),
                             p.at("character").get<std::uint32_t>()},
                            unit_, x.text);
    };
    x.change(byte("start"), byte("end"), text);
  }
  if (name.contains("version") && name.at("version").is_number_integer())
    x.version = name.at("version").get<std::int64_t>();
}

void server::publish() {
  if (stage_ != stage::running)
    return;
  for (auto& [uri, x] : documents_) {
    if (!std::exchange(x.is_dirty, false))
      continue;
    const auto choice = schemas_.find(x);
    const auto here
      = view{x, choice, unit_, snippets_, options_.manual, compile_options_};
    notify("textDocument/publishDiagnostics",
           {{"uri", uri},
            {"version", x.version},
            {"diagnostics", diagnostics_of(here)}});
  }
}

void server::answer(const json& id, const std::string& method,
                    const json& params) {
  using at_byte = json (*)(const view&, std::size_t);
  static constexpr auto pointed
    = std::to_array<std::pair<std::string_view, at_byte>>({
      {"textDocument/hover", hover},
      {"textDocument/completion", completion},
      {"textDocument/signatureHelp", signature_help},
      {"textDocument/definition", definition},
      {"textDocument/documentHighlight", highlights},
      {"textDocument/prepareRename", prepare_rename},
    });
  using whole = json (*)(const view&);
  static constexpr auto over_all
    = std::to_array<std::pair<std::string_view, whole>>({
      {"textDocument/documentSymbol", symbols},
      {"textDocument/formatting", formatting},
    });
  using between = json (*)(const view&, std::size_t, std::size_t);
  static constexpr auto ranged
    = std::to_array<std::pair<std::string_view, between>>({
      {"textDocument/codeAction", code_actions},
      {"textDocument/inlayHint", inlay_hints},
    });
  const auto row_of = [&](const auto& table) {
    return std::find_if(table.begin(), table.end(),
                        [&](const auto& row) { return row.first == method; });
  };
  const auto point = row_of(pointed);
  const auto all = row_of(over_all);
  const auto range = row_of(ranged);
  const auto is_references = method == "textDocument/references";
  const auto is_rename = method == "textDocument/rename";
  if (point == pointed.end() && all == over_all.end() && range == ranged.end()
      && !is_references && !is_rename)
    return refuse(id, method_not_found, "there is no method " + method);
  const auto uri = params.at("textDocument").at("uri").get<std::string>();
  const auto found = documents_.find(uri);
  if (found == documents_.end())
    return refuse(id, invalid_params, "no document is open as " + uri);
  const auto choice = schemas_.find(found->second);
  const auto x = view{found->second, choice,          unit_,
                      snippets_,     options_.manual, compile_options_};
  if (all != over_all.end())
    return respond(id, all->second(x));
  if (range != ranged.end()) {
    const auto& r = params.at("range");
    return respond(id, range->second(x, offset_of(x, r.at("start")),
                                     offset_of(x, r.at("end"))));
  }
  const auto offset = offset_of(x, params.at("position"));
  if (point != pointed.end())
    return respond(id, point->second(x, offset));
  if (is_references)
    return respond(id,
                   references(x, offset,
                              at_path(params, {"context", "includeDeclaration"})
                                != json(false)));
  const auto edit = rename(x, offset, params.at("newName").get<std::string>());
  if (!edit)
    return refuse(id, request_failed, edit.error().message);
  respond(id, *edit);
}

} // namespace aura::tools::lsp
