#include "engine/service/session_commands.h"

#include <utility>

#include "engine/service/catalog_commands.h"
#include "engine/service/explain.h"
#include "engine/service/session_environment.h"
#include "engine/service/view_creation.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::Error;
using spark::ExceptionKind;

TextResult KeyValues(std::vector<std::pair<std::string, std::string>> pairs) {
  TextResult result;
  result.schema =
      DataType::Struct({{"key", DataType::String(), false}, {"value", DataType::String(), false}});
  for (auto& [key, value] : pairs) result.rows.push_back({std::move(key), std::move(value)});
  return result;
}

Error ViewNotFound(const std::vector<std::string>& name) {
  // Spark reports where it looked: names without a database are of the default one.
  std::vector<std::string> full = name;
  if (full.size() == 1) full = {"spark_catalog", "default", name[0]};
  if (full.size() == 2) full.insert(full.begin(), "spark_catalog");
  return Error(ExceptionKind::kAnalysis, "TABLE_OR_VIEW_NOT_FOUND",
               {{"relationName", spark::QuoteIdentifier(full)},
                {"searchPath",
                 "[" + spark::QuoteIdentifier(std::vector<std::string>{"spark_catalog", "default"}) + "]"}});
}

class CommandRunner {
 public:
  CommandRunner(wire::Session& session, EngineRuntime& runtime) : session_(session), runtime_(runtime) {}

  TextResult operator()(const spark::CreateView& view) {
    CreateTemporaryView(view, ViewOrigin::kSql, session_, runtime_);
    return {};
  }

  TextResult operator()(const spark::DropView& drop) {
    const auto& name = drop.name;
    const bool global = name.size() == 2 && SameName(name[0], kGlobalDatabase);
    const bool dropped = global             ? runtime_.global_views().Drop(name[1])
                         : name.size() == 1 ? session_.state<EngineSession>().views.Drop(name[0])
                                            : false;
    if (!dropped && !drop.if_exists) throw ViewNotFound(name);
    return {};
  }

  TextResult operator()(const spark::SetConfiguration& set) { return set.is_reset ? Reset(set) : Set(set); }

  TextResult operator()(const spark::ExplainCommand& explain) {
    SessionEnvironment environment(session_, runtime_);
    const spark::TypedPlanPtr plan = environment.Analyze(explain.plan);
    return {DataType::Struct({{"plan", DataType::String(), true}}),
            {{Explain(*plan, explain.mode, environment.TimeZone())}}};
  }

  TextResult operator()(const spark::ShowCommand& show) { return Show(show, session_, runtime_); }
  TextResult operator()(const spark::DescribeCommand& describe) {
    return Describe(describe, session_, runtime_);
  }
  TextResult operator()(const spark::UseCommand& use) { return Use(use); }
  TextResult operator()(const spark::DropTable& drop) { return DropNoTable(drop, session_, runtime_); }

  TextResult operator()(const spark::UnsupportedCommand& command) { throw Error::Decline(command.what); }

 private:
  TextResult Set(const spark::SetConfiguration& set) {
    wire::SessionConfiguration& configuration = session_.configuration();
    if (!set.key) {
      const auto all = configuration.GetAll(std::nullopt);
      return KeyValues({all.begin(), all.end()});
    }
    if (*set.key == "-v") throw Error::Decline("SET -v");
    if (set.value) {
      configuration.Set(*set.key, *set.value);
      return KeyValues({{*set.key, *set.value}});
    }
    return KeyValues({{*set.key, configuration.GetOption(*set.key).value_or("<undefined>")}});
  }

  TextResult Reset(const spark::SetConfiguration& reset) {
    wire::SessionConfiguration& configuration = session_.configuration();
    if (reset.key) {
      configuration.Unset(*reset.key);
    } else {
      configuration.UnsetAll();
    }
    return {};
  }

  wire::Session& session_;
  EngineRuntime& runtime_;
};

}  // namespace

TextResult RunCommand(const spark::Command& command, wire::Session& session, EngineRuntime& runtime) {
  return std::visit(CommandRunner(session, runtime), command);
}

}  // namespace hearth::engine
