#include "engine/service/session_commands.h"

#include <utility>

#include "engine/service/catalog_commands.h"
#include "engine/service/database_commands.h"
#include "engine/service/explain.h"
#include "engine/service/file_write.h"
#include "engine/service/kept_views.h"
#include "engine/service/session_environment.h"
#include "engine/service/table_catalog.h"
#include "engine/service/table_changes.h"
#include "engine/service/table_creation.h"
#include "engine/service/table_description.h"
#include "engine/service/table_insert.h"
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

// Whether the command changes the catalog or files, which an operation does once.
struct HappensOnce {
  bool operator()(const spark::CreateView& view) const { return !view.is_temporary; }
  bool operator()(const spark::DropView&) const { return true; }
  bool operator()(const spark::CreateDatabase&) const { return true; }
  bool operator()(const spark::DropDatabase&) const { return true; }
  bool operator()(const spark::CreateTable&) const { return true; }
  bool operator()(const spark::DropTable&) const { return true; }
  bool operator()(const spark::TruncateTable&) const { return true; }
  bool operator()(const spark::AlterTable&) const { return true; }
  bool operator()(const spark::InsertInto&) const { return true; }
  bool operator()(const spark::SaveAsTable&) const { return true; }
  bool operator()(const spark::WriteFiles&) const { return true; }
  template <typename Other>
  bool operator()(const Other&) const {
    return false;
  }
};

class CommandRunner {
 public:
  explicit CommandRunner(CommandContext& context)
      : context_(context), session_(context.session), runtime_(context.runtime) {}

  TextResult operator()(const spark::CreateView& view) {
    if (view.is_temporary) {
      CreateTemporaryView(view, ViewOrigin::kSql, session_, runtime_);
    } else {
      CreateKeptView(view, context_);
    }
    return {};
  }

  TextResult operator()(const spark::DropView& drop) {
    const auto& name = drop.name;
    const bool global = name.size() == 2 && SameName(name[0], kGlobalDatabase);
    const bool dropped = global             ? runtime_.global_views().Drop(name[1])
                         : name.size() == 1 ? session_.state<EngineSession>().views.Drop(name[0])
                                            : false;
    if (!dropped && !global) DropKeptView(drop, context_);
    if (!dropped && global && !drop.if_exists) throw DroppedTableNotFound({name[0], name[1]});
    return {};
  }

  TextResult operator()(const spark::SetConfiguration& set) { return set.is_reset ? Reset(set) : Set(set); }

  TextResult operator()(const spark::ExplainCommand& explain) {
    SessionEnvironment environment(session_, runtime_);
    const spark::TypedPlanPtr plan = environment.Analyze(explain.plan);
    return {DataType::Struct({{"plan", DataType::String(), true}}),
            {{Explain(*plan, explain.mode, environment.TimeZone())}}};
  }

  TextResult operator()(const spark::ShowCommand& show) { return Show(show, context_); }
  TextResult operator()(const spark::ShowTable& show) { return ShowTable(show, context_); }
  TextResult operator()(const spark::DescribeCommand& describe) { return Describe(describe, context_); }
  TextResult operator()(const spark::DescribeDatabase& describe) {
    return DescribeDatabase(describe, context_);
  }
  TextResult operator()(const spark::UseCommand& use) { return Use(use, context_); }
  TextResult operator()(const spark::CreateDatabase& create) { return CreateDatabase(create, context_); }
  TextResult operator()(const spark::DropDatabase& drop) { return DropDatabase(drop, context_); }
  TextResult operator()(const spark::CreateTable& create) { return CreateTable(create, context_); }
  TextResult operator()(const spark::DropTable& drop) { return DropTable(drop, context_); }
  TextResult operator()(const spark::TruncateTable& truncate) { return Truncate(truncate, context_); }
  TextResult operator()(const spark::AlterTable& alter) { return Alter(alter, context_); }
  TextResult operator()(const spark::InsertInto& insert) { return Insert(insert, context_); }
  TextResult operator()(const spark::SaveAsTable& save) { return SaveAsTable(save, context_); }

  TextResult operator()(const spark::WriteFiles& write) {
    WriteFiles(write, context_);
    return {};
  }

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

  CommandContext& context_;
  wire::Session& session_;
  EngineRuntime& runtime_;
};

}  // namespace

TextResult RunCommand(const spark::Command& command, CommandContext& context) {
  // An attempt before this one may have done it; what it answered had no rows.
  const bool is_done = std::visit(HappensOnce(), command) && TableCatalog(context).WasMade(context.operation);
  return is_done ? TextResult() : std::visit(CommandRunner(context), command);
}

}  // namespace hearth::engine
