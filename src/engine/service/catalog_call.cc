#include "engine/service/catalog_call.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "engine/service/database_commands.h"
#include "engine/service/engine_session.h"
#include "engine/service/name_pattern.h"
#include "engine/service/plan_inspection.h"
#include "engine/service/session_commands.h"
#include "engine/service/session_environment.h"
#include "engine/service/table_catalog.h"
#include "engine/service/table_description.h"
#include "spark/analysis/function_table.h"
#include "spark/connect/catalog.pb.h"
#include "spark/connect/data_type_proto.h"
#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::engine {
namespace {

using Message = ::spark::connect::Catalog;
using spark::DataType;
using spark::Error;
using spark::ExceptionKind;

TextResult OneText(const std::string& value) {
  return {DataType::Struct({{"value", DataType::String(), true}}), {{value}}};
}

TextResult OneBoolean(bool value) {
  return {DataType::Struct({{"value", DataType::Boolean(), false}}), {{value}}};
}

// What a call without an answer gives.
TextResult Nothing() { return {DataType::Struct({{"value", DataType::String(), false}}), {}}; }

bool IsWord(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

TextCell TextOrNull(const std::optional<std::string>& text) {
  return text ? TextCell(*text) : TextCell(std::monostate());
}

std::string KindText(const catalog::Table& table) {
  if (table.is_view()) return "VIEW";
  return table.kind == catalog::TableKind::kManaged ? "MANAGED" : "EXTERNAL";
}

class CatalogAnswer {
 public:
  explicit CatalogAnswer(CommandContext& context)
      : context_(context),
        session_(context.session),
        runtime_(context.runtime),
        catalog_(context),
        views_(session_.state<EngineSession>().views) {}

  TextResult To(const Message& message) {
    switch (message.cat_type_case()) {
      case Message::kCurrentCatalog: return OneText(kSessionCatalog);
      case Message::kCurrentDatabase: return OneText(catalog_.CurrentDatabase());
      case Message::kSetCurrentCatalog:
        return SetCurrentCatalog(message.set_current_catalog().catalog_name());
      case Message::kSetCurrentDatabase:
        Use({spark::ParseIdentifier(message.set_current_database().db_name())}, context_);
        return Nothing();
      case Message::kListCatalogs: return ListCatalogs(message.list_catalogs());
      case Message::kListDatabases: return ListDatabases(message.list_databases());
      case Message::kGetDatabase: return GetDatabase(message.get_database());
      case Message::kDatabaseExists:
        return OneBoolean(catalog_.FindDatabase(DatabaseOf(message.database_exists().db_name())) != nullptr);
      case Message::kListTables: return ListTables(message.list_tables());
      case Message::kGetTable: return GetTable(message.get_table());
      case Message::kTableExists: return TableExists(message.table_exists());
      case Message::kListColumns: return ListColumns(message.list_columns());
      case Message::kFunctionExists: return FunctionExists(message.function_exists());
      case Message::kCreateTable: return CreateTable(message.create_table());
      case Message::kCreateExternalTable: throw Error::Decline("spark.catalog.createExternalTable");
      case Message::kDropTempView: return OneBoolean(views_.Drop(message.drop_temp_view().view_name()));
      case Message::kDropGlobalTempView:
        return OneBoolean(runtime_.global_views().Drop(message.drop_global_temp_view().view_name()));
      case Message::kIsCached:
        return OneBoolean(levels().Find(KeyOf(message.is_cached().table_name())).has_value());
      case Message::kCacheTable: return CacheTable(message.cache_table());
      case Message::kUncacheTable:
        levels().Unset(KeyOf(message.uncache_table().table_name()));
        return Nothing();
      // Nothing is kept that could grow old: a query looks at the files of its tables.
      case Message::kRefreshTable: PlanOf(message.refresh_table().table_name()); return Nothing();
      case Message::kRefreshByPath: return Nothing();
      default: throw Error::Decline("this call of spark.catalog");
    }
  }

 private:
  static std::string DatabaseOf(const std::string& text) {
    return TableCatalog::DatabaseOf(spark::ParseIdentifier(text));
  }

  static TextResult SetCurrentCatalog(const std::string& name) {
    if (!SameName(name, kSessionCatalog)) throw Error::Decline("other catalogs than spark_catalog");
    return Nothing();
  }

  static TextResult ListCatalogs(const ::spark::connect::ListCatalogs& message) {
    TextResult result{
        DataType::Struct({{"name", DataType::String(), true}, {"description", DataType::String(), true}}),
        {}};
    if (!message.has_pattern() || NamePattern(message.pattern()).Matches(kSessionCatalog)) {
      result.rows.push_back({std::string(kSessionCatalog), std::monostate()});
    }
    return result;
  }

  static TextResult Databases() {
    return {DataType::Struct({{"name", DataType::String(), true},
                              {"catalog", DataType::String(), true},
                              {"description", DataType::String(), true},
                              {"locationUri", DataType::String(), true}}),
            {}};
  }

  static std::vector<TextCell> RowOf(const catalog::Database& database) {
    return {database.name, std::string(kSessionCatalog), database.comment, LocationText(database.location)};
  }

  TextResult ListDatabases(const ::spark::connect::ListDatabases& message) {
    const NamePattern pattern(message.has_pattern() ? message.pattern() : "*");
    const auto databases = catalog_.catalog().ListDatabases();
    TextResult result = Databases();
    if (!databases.ok()) throw Error::Decline("a catalog that does not answer");
    for (const DatabasePtr& database : *databases) {
      if (pattern.Matches(database->name)) result.rows.push_back(RowOf(*database));
    }
    return result;
  }

  TextResult GetDatabase(const ::spark::connect::GetDatabase& message) {
    TextResult result = Databases();
    result.rows.push_back(RowOf(*catalog_.RequireDatabase(DatabaseOf(message.db_name()))));
    return result;
  }

  static TextResult Tables() {
    return {DataType::Struct({{"name", DataType::String(), true},
                              {"catalog", DataType::String(), true},
                              {"namespace", DataType::Array(DataType::String(), true), true},
                              {"description", DataType::String(), true},
                              {"tableType", DataType::String(), true},
                              {"isTemporary", DataType::Boolean(), false}}),
            {}};
  }

  static std::vector<TextCell> TemporaryView(const std::string& name, const Name& database) {
    return {name, std::monostate(), database, std::monostate(), std::string("TEMPORARY"), true};
  }

  static std::vector<TextCell> RowOf(const catalog::Table& table) {
    return {table.name.table,          std::string(kSessionCatalog),
            Name{table.name.database}, TextOrNull(table.comment),
            KindText(table),           false};
  }

  // A session's views belong to every database, behind the global ones in theirs.
  TextResult ListTables(const ::spark::connect::ListTables& message) {
    const bool is_global = message.has_db_name() && SameName(message.db_name(), kGlobalDatabase);
    const NamePattern pattern(message.has_pattern() ? message.pattern() : "*");
    TextResult result = Tables();
    const auto add = [&](const ViewCatalog& views, const Name& database) {
      for (const std::string& name : views.Names()) {
        if (pattern.Matches(name)) result.rows.push_back(TemporaryView(name, database));
      }
    };
    if (is_global) {
      add(runtime_.global_views(), Name{std::string(kGlobalDatabase)});
    } else {
      const std::string database =
          message.has_db_name() ? DatabaseOf(message.db_name()) : catalog_.CurrentDatabase();
      catalog_.RequireDatabase(database);
      const auto tables = catalog_.catalog().ListTables(database);
      if (!tables.ok()) throw Error::Decline("a catalog that does not answer");
      for (const TablePtr& table : *tables) {
        if (pattern.Matches(table->name.table)) result.rows.push_back(RowOf(*table));
      }
    }
    add(views_, Name());
    return result;
  }

  // The name of a table that a call gives in one piece or two.
  template <typename Call>
  static Name NameIn(const Call& message) {
    return message.has_db_name() ? Name{message.db_name(), message.table_name()}
                                 : spark::ParseIdentifier(message.table_name());
  }

  TextResult GetTable(const ::spark::connect::GetTable& message) {
    const Name name = NameIn(message);
    TextResult result = Tables();
    if (FindView(name)) {
      result.rows.push_back(TemporaryView(name.back(), Name(name.begin(), name.end() - 1)));
    } else {
      result.rows.push_back(RowOf(*catalog_.RequireTable(name, nullptr)));
    }
    return result;
  }

  TextResult TableExists(const ::spark::connect::TableExists& message) {
    const Name name = NameIn(message);
    return OneBoolean(FindView(name) != nullptr || catalog_.FindTable(catalog_.NameOf(name)) != nullptr);
  }

  TextResult ListColumns(const ::spark::connect::ListColumns& message) {
    const Name name = NameIn(message);
    TextResult result{DataType::Struct({{"name", DataType::String(), true},
                                        {"description", DataType::String(), true},
                                        {"dataType", DataType::String(), true},
                                        {"nullable", DataType::Boolean(), false},
                                        {"isPartition", DataType::Boolean(), false},
                                        {"isBucket", DataType::Boolean(), false},
                                        {"isCluster", DataType::Boolean(), false}}),
                      {}};
    const TablePtr table = FindView(name) ? nullptr : catalog_.RequireTable(name, nullptr);
    const DataType schema = table == nullptr ? spark::SchemaOf(*PlanOf(name)) : SchemaOf(*table);
    const size_t partitions = table == nullptr ? 0 : table->partition_columns.size();
    for (size_t i = 0; i < schema.fields().size(); ++i) {
      const spark::StructField& field = schema.fields()[i];
      result.rows.push_back({field.name, TextOrNull(CommentOf(field)), field.type.simple_string(),
                             field.nullable, i + partitions >= schema.fields().size(), false, false});
    }
    return result;
  }

  // Gives no rows: a client that wants the table reads it then.
  TextResult CreateTable(const ::spark::connect::CreateTable& message) {
    spark::CreateTable create;
    create.name = spark::ParseIdentifier(message.table_name());
    if (message.has_source()) create.options.provider = message.source();
    if (message.has_description()) create.options.comment = message.description();
    if (message.has_path()) create.options.options.emplace_back("path", message.path());
    for (const auto& [key, value] : message.options()) {
      if (!message.has_path() || !SameName(key, "path")) create.options.options.emplace_back(key, value);
    }
    if (message.has_schema()) create.columns = spark::DecodeDataType(message.schema()).fields();
    RunCommand(create, context_);
    const DataType schema = SchemaOf(*catalog_.RequireTable(create.name, nullptr));
    for (const spark::StructField& field : schema.fields()) {
      const bool is_text = field.type.Is(spark::TypeId::kString) || field.type.Is(spark::TypeId::kBoolean);
      // Rows that the service makes itself have no other types; the client reads nothing of them.
      if (!is_text) return Nothing();
    }
    return {schema, {}};
  }

  static TextResult FunctionExists(const ::spark::connect::FunctionExists& message) {
    if (message.has_db_name() || !IsWord(message.function_name())) {
      throw Error::Decline("spark.catalog.functionExists with more than a name");
    }
    return OneBoolean(spark::IsSparkFunction(message.function_name()));
  }

  TextResult CacheTable(const ::spark::connect::CacheTable& message) {
    if (message.has_storage_level()) throw Error::Decline("spark.catalog.cacheTable with a storage level");
    levels().Set(KeyOf(message.table_name()), {true, true, false, true, 1});
    return Nothing();
  }

  // A temporary view; those of the session have no database.
  ViewPtr FindView(const Name& name) const {
    if (name.size() == 2 && SameName(name[0], kGlobalDatabase)) return runtime_.global_views().Find(name[1]);
    return name.size() == 1 ? views_.Find(name[0]) : nullptr;
  }

  spark::TypedPlanPtr PlanOf(const Name& name) {
    return SessionEnvironment(session_, runtime_).Analyze(spark::MakeRelation(spark::NamedTable{name, {}}));
  }
  spark::TypedPlanPtr PlanOf(const std::string& text) { return PlanOf(spark::ParseIdentifier(text)); }

  std::string KeyOf(const std::string& text) { return SemanticKey(*PlanOf(text)); }
  StorageLevels& levels() { return session_.state<EngineSession>().storage_levels; }

  CommandContext& context_;
  wire::Session& session_;
  EngineRuntime& runtime_;
  const TableCatalog catalog_;
  ViewCatalog& views_;
};

}  // namespace

TextResult AnswerCatalog(const Message& message, CommandContext& context) {
  return CatalogAnswer(context).To(message);
}

}  // namespace hearth::engine
