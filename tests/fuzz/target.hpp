#pragma once

#include <string>
#include <string_view>

/// What is fuzzed: functions that may be given any bytes. They end the program
/// when a law does not hold, which libFuzzer and GoogleTest both notice.
namespace aura::fuzz {

/// Prints what went wrong with which input, and aborts.
[[noreturn]] void fail(const std::string& what, std::string_view input);

/// Aborts unless `law` holds; `what` says it in words.
inline void require(bool law, const char* what, std::string_view input) {
  if (!law)
    fail(std::string{"does not hold: "} + what, input);
}

/// A query over the schema of the golden answers.
void try_query(std::string_view source);

/// A schema file.
void try_schema(std::string_view source);

/// The files of a checkpoint: GGUF, safetensors, config.json or an index.
void try_checkpoint(std::string_view source);

} // namespace aura::fuzz
