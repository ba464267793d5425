// The catalog as a session's statements see it: names of one to three parts, Spark's errors.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "engine/service/command_context.h"
#include "engine/service/engine_session.h"
#include "spark/analysis/environment.h"
#include "spark/error.h"
#include "spark/plan/command.h"
#include "spark/sql/parser.h"

namespace hearth::engine {

inline constexpr char kSessionCatalog[] = "spark_catalog";

using Name = std::vector<std::string>;
using TablePtr = std::shared_ptr<const catalog::Table>;
using DatabasePtr = std::shared_ptr<const catalog::Database>;

// spark_catalog, database, table.
Name FullName(const catalog::TableName& name);
std::string QuotedName(const catalog::TableName& name);

// Spark's "file:/path" of a location.
std::string LocationText(const std::string& location);
// The absolute path that a location in a statement means. Declines relative ones and other file systems.
std::string LocationOf(const std::string& text);

// The columns of a table, those of the partitions last.
spark::DataType SchemaOf(const catalog::Table& table);

spark::Error SchemaNotFound(const std::string& database);
// As DROP says it.
spark::Error DroppedTableNotFound(const catalog::TableName& name);
spark::Error TableAlreadyExists(const catalog::TableName& name);
spark::Error TableOperationNotSupported(const catalog::TableName& name, const std::string& operation);

// For one statement, from one thread. All throw spark::Error: also if the catalog cannot be reached.
class TableCatalog {
 public:
  TableCatalog(wire::Session& session, EngineRuntime& runtime) : session_(session), runtime_(runtime) {}
  explicit TableCatalog(const CommandContext& context) : TableCatalog(context.session, context.runtime) {}

  std::string CurrentDatabase() const;
  catalog::Catalog& catalog() const { return runtime_.catalog(); }

  // In lower case, as the catalog keeps names. Throws REQUIRES_SINGLE_PART_NAMESPACE.
  catalog::TableName NameOf(const Name& parts) const { return NameOf(parts, CurrentDatabase()); }
  static catalog::TableName NameOf(const Name& parts, const std::string& current_database);
  // The database that a name means. Declines what Spark remembers in the spelling of the statement.
  static std::string DatabaseOf(const Name& parts);

  // Null if there is none.
  DatabasePtr FindDatabase(const std::string& name) const;
  TablePtr FindTable(const catalog::TableName& name) const;
  // As it is when no change of it is under way.
  TablePtr FindSettledTable(const catalog::TableName& name) const;
  // Throws SCHEMA_NOT_FOUND.
  DatabasePtr RequireDatabase(const std::string& name) const;
  // Throws TABLE_OR_VIEW_NOT_FOUND as statements do that only look for the name.
  TablePtr RequireTable(const Name& parts, const spark::OriginPtr& origin) const;
  spark::Error TableNotFound(const Name& parts, const spark::OriginPtr& origin) const;

  // What analysis sees of a table or persistent view: its files, listed at one moment between two changes of
  // it. Null if there is none.
  std::shared_ptr<const spark::TableDefinition> Open(const catalog::TableName& name,
                                                     const spark::ParserOptions& options) const;

  // Whether the operation has changed the catalog before.
  bool WasMade(const std::string& operation) const;
  // See catalog::Catalog.
  void Announce(const std::string& operation, const std::string& folder) const;
  // False: somebody else changed what the change goes by, so that it is to be made anew from another look;
  // what it had staged is gone.
  bool Commit(const catalog::Change& change) const;

 private:
  std::shared_ptr<const spark::ViewDefinition> ViewOf(const catalog::Table& table,
                                                      const spark::ParserOptions& options) const;

  wire::Session& session_;
  EngineRuntime& runtime_;
};

// Settings that a view's text is read by, as the session has them.
catalog::Properties ViewSettings(wire::Session& session);

// Calls `attempt` until it is true, some times: others may change what it goes by.
template <typename Attempt>
void UntilMade(const Attempt& attempt) {
  constexpr int kTriesMax = 50;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    if (attempt()) return;
  }
  throw spark::Error::WithMessage(spark::ExceptionKind::kSpark, "", "", {},
                                  "Others change the same table all the time.");
}

}  // namespace hearth::engine
