#include "engine/service/catalog_call.h"

#include "engine/service/engine_session.h"
#include "spark/connect/catalog.pb.h"
#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::engine {
namespace {

using Message = ::spark::connect::Catalog;
using spark::DataType;

constexpr char kCatalog[] = "spark_catalog";
constexpr char kDatabase[] = "default";

TextResult OneText(const std::string& value) {
  return {DataType::Struct({{"value", DataType::String(), true}}), {{value}}};
}

TextResult OneBoolean(bool value) { return {DataType::Struct({{"value", DataType::Boolean(), false}}), {{value}}}; }

bool TableExists(const ::spark::connect::TableExists& message, wire::Session& session, EngineRuntime& runtime) {
  const std::string& text = message.table_name();
  // With a database of its own the name is one part; else it may say its database itself.
  std::vector<std::string> name =
      message.has_db_name() ? std::vector<std::string>{message.db_name(), text} : spark::ParseIdentifier(text);
  if (name.size() == 2 && SameName(name[0], kGlobalDatabase)) return runtime.global_views().Find(name[1]) != nullptr;
  // There are no tables but temporary views, and those have no database.
  return name.size() == 1 && session.state<EngineSession>().views.Find(name[0]) != nullptr;
}

}  // namespace

TextResult AnswerCatalog(const Message& message, wire::Session& session, EngineRuntime& runtime) {
  switch (message.cat_type_case()) {
    case Message::kCurrentCatalog: return OneText(kCatalog);
    case Message::kCurrentDatabase: return OneText(kDatabase);
    case Message::kDropTempView:
      return OneBoolean(session.state<EngineSession>().views.Drop(message.drop_temp_view().view_name()));
    case Message::kDropGlobalTempView:
      return OneBoolean(runtime.global_views().Drop(message.drop_global_temp_view().view_name()));
    case Message::kTableExists: return OneBoolean(TableExists(message.table_exists(), session, runtime));
    default: break;
  }
  throw spark::Error::Decline("this call of spark.catalog");
}

}  // namespace hearth::engine
