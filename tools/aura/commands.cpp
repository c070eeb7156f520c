#include "tools/aura/commands.hpp"

#include "tools/aura/ask_command.hpp"
#include "tools/aura/check_command.hpp"
#include "tools/aura/diagnostics_command.hpp"
#include "tools/aura/dump_command.hpp"
#include "tools/aura/explain_command.hpp"
#include "tools/aura/fix_command.hpp"
#include "tools/aura/fmt_command.hpp"
#include "tools/aura/grammar_command.hpp"
#include "tools/aura/journal_commands.hpp"
#include "tools/aura/lineage_command.hpp"
#include "tools/aura/lsp_command.hpp"
#include "tools/aura/model_commands.hpp"
#include "tools/aura/query_command.hpp"
#include "tools/aura/schema_commands.hpp"
#include "tools/aura/serve_command.hpp"
#include "tools/aura/sql_command.hpp"
#include "tools/aura/tokenize_command.hpp"

#include <array>

namespace aura::tools {

std::span<const command_row> commands() {
  constexpr auto writing = "Write queries";
  constexpr auto running = "Run queries";
  constexpr auto understanding = "Understand queries";
  constexpr auto describing = "Describe databases";
  constexpr auto models = "Look into models";
  constexpr auto keeping = "Look after runs";
  static constexpr auto rows = std::to_array<command_row>({
    {writing, add_check},
    {writing, add_fix},
    {writing, add_fmt},
    {writing, add_diagnostics},
    {writing, add_lsp},
    {writing, add_grammar},
    {running, add_query},
    {running, add_sql},
    {running, add_ask},
    {running, add_serve},
    {understanding, add_explain},
    {understanding, add_lineage},
    {understanding, add_dump},
    {describing, add_schema},
    {models, add_model},
    {models, add_tokenize},
    {keeping, add_journal},
  });
  return rows;
}

} // namespace aura::tools
