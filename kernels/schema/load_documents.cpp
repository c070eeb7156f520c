#include "kernels/schema/load_documents.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

#include <sstream>

namespace aura::schema {

namespace {

using mark = YAML::Mark;

// Only where a document begins is of interest.
class listener : public YAML::EventHandler {
public:
  std::vector<mark> begun;

  void OnDocumentStart(const mark& at) override {
    begun.push_back(at);
  }

  void OnDocumentEnd() override {
  }

  void OnNull(const mark&, YAML::anchor_t) override {
  }

  void OnAlias(const mark&, YAML::anchor_t) override {
  }

  void OnScalar(const mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {
  }

  void OnSequenceStart(const mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
  }

  void OnSequenceEnd() override {
  }

  void OnMapStart(const mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
  }

  void OnMapEnd() override {
  }
};

} // namespace

std::vector<mark> find_documents(const std::string& yaml) {
  auto text = std::istringstream{yaml};
  auto parser = YAML::Parser{text};
  auto found = listener{};
  while (found.begun.size() < 2 && parser.HandleNextDocument(found)) {
  }
  return found.begun;
}

} // namespace aura::schema
