#include "engine/service/catalog_call.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "engine/service/engine_session.h"
#include "engine/service/name_pattern.h"
#include "engine/service/plan_inspection.h"
#include "engine/service/session_environment.h"
#include "spark/analysis/function_table.h"
#include "spark/connect/catalog.pb.h"
#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::engine {
namespace {

using Message = ::spark::connect::Catalog;
using spark::DataType;
using spark::Error;
using spark::ExceptionKind;

constexpr char kCatalog[] = "spark_catalog";
constexpr char kDatabase[] = "default";

using Name = std::vector<std::string>;

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

Error SchemaNotFound(const std::string& name) {
  return Error(ExceptionKind::kAnalysis, "SCHEMA_NOT_FOUND",
               {{"schemaName", spark::QuoteIdentifier(Name{kCatalog, name})}});
}

// One catalog with one database: whether a name means it. Names in other catalogs are declined.
bool IsDatabase(const std::string& text) {
  const Name name = spark::ParseIdentifier(text);
  if (name.size() == 1) return SameName(name[0], kDatabase);
  if (name.size() == 2 && SameName(name[0], kCatalog)) return SameName(name[1], kDatabase);
  throw Error::Decline("other catalogs than spark_catalog");
}

class CatalogAnswer {
 public:
  CatalogAnswer(wire::Session& session, EngineRuntime& runtime)
      : session_(session), runtime_(runtime), views_(session.state<EngineSession>().views) {}

  TextResult To(const Message& message) {
    switch (message.cat_type_case()) {
      case Message::kCurrentCatalog: return OneText(kCatalog);
      case Message::kCurrentDatabase: return OneText(kDatabase);
      case Message::kSetCurrentCatalog:
        return SetCurrentCatalog(message.set_current_catalog().catalog_name());
      case Message::kSetCurrentDatabase: return SetCurrentDatabase(message.set_current_database().db_name());
      case Message::kListCatalogs: return ListCatalogs(message.list_catalogs());
      case Message::kDatabaseExists: return OneBoolean(IsDatabase(message.database_exists().db_name()));
      case Message::kListTables: return ListTables(message.list_tables());
      case Message::kGetTable: return GetTable(message.get_table());
      case Message::kTableExists: return TableExists(message.table_exists());
      case Message::kListColumns: return ListColumns(message.list_columns());
      case Message::kFunctionExists: return FunctionExists(message.function_exists());
      case Message::kDropTempView: return OneBoolean(views_.Drop(message.drop_temp_view().view_name()));
      case Message::kDropGlobalTempView:
        return OneBoolean(runtime_.global_views().Drop(message.drop_global_temp_view().view_name()));
      case Message::kIsCached:
        return OneBoolean(levels().Find(KeyOf(message.is_cached().table_name())).has_value());
      case Message::kCacheTable: return CacheTable(message.cache_table());
      case Message::kUncacheTable:
        levels().Unset(KeyOf(message.uncache_table().table_name()));
        return Nothing();
      // Nothing is kept that could grow old: a query looks at the files of its views.
      case Message::kRefreshTable: PlanOf(message.refresh_table().table_name()); return Nothing();
      case Message::kRefreshByPath: return Nothing();
      default: throw Error::Decline("this call of spark.catalog");
    }
  }

 private:
  static TextResult SetCurrentCatalog(const std::string& name) {
    if (!SameName(name, kCatalog)) throw Error::Decline("other catalogs than spark_catalog");
    return Nothing();
  }

  static TextResult SetCurrentDatabase(const std::string& name) {
    if (!SameName(name, kDatabase)) throw SchemaNotFound(name);
    // Spark remembers how it was written and shows it from then on.
    if (name != kDatabase) throw Error::Decline("another spelling of the database default");
    return Nothing();
  }

  static TextResult ListCatalogs(const ::spark::connect::ListCatalogs& message) {
    TextResult result{
        DataType::Struct({{"name", DataType::String(), true}, {"description", DataType::String(), true}}),
        {}};
    if (!message.has_pattern() || NamePattern(message.pattern()).Matches(kCatalog)) {
      result.rows.push_back({std::string(kCatalog), std::monostate()});
    }
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

  // A session's views belong to every database, behind the global ones in theirs.
  TextResult ListTables(const ::spark::connect::ListTables& message) {
    const bool is_global = message.has_db_name() && SameName(message.db_name(), kGlobalDatabase);
    if (message.has_db_name() && !is_global && !IsDatabase(message.db_name()))
      throw SchemaNotFound(message.db_name());
    const NamePattern pattern(message.has_pattern() ? message.pattern() : "*");
    TextResult result = Tables();
    const auto add = [&](const ViewCatalog& views, const Name& database) {
      for (const std::string& name : views.Names()) {
        if (pattern.Matches(name)) result.rows.push_back(TemporaryView(name, database));
      }
    };
    if (is_global) add(runtime_.global_views(), Name{std::string(kGlobalDatabase)});
    add(views_, Name());
    return result;
  }

  TextResult GetTable(const ::spark::connect::GetTable& message) {
    const Name name = message.has_db_name() ? Name{message.db_name(), message.table_name()}
                                            : spark::ParseIdentifier(message.table_name());
    if (!FindView(name)) throw ViewNotFound(name);
    TextResult result = Tables();
    result.rows.push_back(TemporaryView(name.back(), Name(name.begin(), name.end() - 1)));
    return result;
  }

  TextResult TableExists(const ::spark::connect::TableExists& message) {
    return OneBoolean(FindView(message.has_db_name()
                                   ? Name{message.db_name(), message.table_name()}
                                   : spark::ParseIdentifier(message.table_name())) != nullptr);
  }

  TextResult ListColumns(const ::spark::connect::ListColumns& message) {
    const Name name = message.has_db_name() ? Name{message.db_name(), message.table_name()}
                                            : spark::ParseIdentifier(message.table_name());
    if (!FindView(name)) throw ViewNotFound(name);
    TextResult result{DataType::Struct({{"name", DataType::String(), true},
                                        {"description", DataType::String(), true},
                                        {"dataType", DataType::String(), true},
                                        {"nullable", DataType::Boolean(), false},
                                        {"isPartition", DataType::Boolean(), false},
                                        {"isBucket", DataType::Boolean(), false},
                                        {"isCluster", DataType::Boolean(), false}}),
                      {}};
    const DataType schema = spark::SchemaOf(*PlanOf(name));
    for (const auto& field : schema.fields()) {
      if (field.metadata.find("\"comment\"") != std::string::npos)
        throw Error::Decline("comments on the columns of a view");
      result.rows.push_back(
          {field.name, std::monostate(), field.type.simple_string(), field.nullable, false, false, false});
    }
    return result;
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

  // There are no tables but temporary views, and those of the session have no database.
  ViewPtr FindView(const Name& name) const {
    if (name.size() == 2 && SameName(name[0], kGlobalDatabase)) return runtime_.global_views().Find(name[1]);
    return name.size() == 1 ? views_.Find(name[0]) : nullptr;
  }

  // As the calls raise it that look into the catalog and not into the plan.
  static Error ViewNotFound(const Name& name) {
    return Error(ExceptionKind::kExtendedAnalysis, "TABLE_OR_VIEW_NOT_FOUND",
                 {{"relationName", spark::QuoteIdentifier(name)},
                  {"searchPath", "[`system`.`session`, `spark_catalog`.`default`]"}});
  }

  spark::TypedPlanPtr PlanOf(const Name& name) {
    return SessionEnvironment(session_, runtime_).Analyze(spark::MakeRelation(spark::NamedTable{name, {}}));
  }
  spark::TypedPlanPtr PlanOf(const std::string& text) { return PlanOf(spark::ParseIdentifier(text)); }

  std::string KeyOf(const std::string& text) { return SemanticKey(*PlanOf(text)); }
  StorageLevels& levels() { return session_.state<EngineSession>().storage_levels; }

  wire::Session& session_;
  EngineRuntime& runtime_;
  ViewCatalog& views_;
};

}  // namespace

TextResult AnswerCatalog(const Message& message, wire::Session& session, EngineRuntime& runtime) {
  return CatalogAnswer(session, runtime).To(message);
}

}  // namespace hearth::engine
