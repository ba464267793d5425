#include "engine/service/table_changes.h"

#include <utility>

#include "engine/service/table_catalog.h"
#include "engine/service/table_creation.h"

namespace hearth::engine {
namespace {

using catalog::TableName;
using spark::AlterTable;
using spark::Error;
using spark::ExceptionKind;

// One ALTER of the table as it is now: what it becomes.
class Alteration {
 public:
  Alteration(const AlterTable& alter, const catalog::Table& table, const TableCatalog& catalog)
      : alter_(alter), table_(table), catalog_(catalog), changed_(table) {}

  catalog::Change Change() {
    CheckKind();
    change_.expected = {{catalog::KeyOf(table_.name), table_.version}};
    std::visit([this](const auto& action) { Do(action); }, alter_.action);
    change_.tables = {changed_};
    return std::move(change_);
  }

 private:
  std::string Operation() const {
    const std::string head = alter_.is_view ? "ALTER VIEW ... " : "ALTER TABLE ... ";
    if (std::holds_alternative<AlterTable::SetProperties>(alter_.action)) return head + "SET TBLPROPERTIES";
    if (std::holds_alternative<AlterTable::UnsetProperties>(alter_.action))
      return head + "UNSET TBLPROPERTIES";
    return head + "ADD COLUMNS";
  }

  void CheckKind() const {
    if (table_.is_view() == alter_.is_view) return;
    if (std::holds_alternative<AlterTable::Rename>(alter_.action))
      throw Error::Decline("ALTER TABLE of a view, or ALTER VIEW of a table");
    const bool adds = std::holds_alternative<AlterTable::AddColumns>(alter_.action);
    const std::string condition = table_.is_view() ? "EXPECT_TABLE_NOT_VIEW" : "EXPECT_VIEW_NOT_TABLE";
    const std::string advice = adds               ? "NO_ALTERNATIVE"
                               : table_.is_view() ? "USE_ALTER_VIEW"
                                                  : "USE_ALTER_TABLE";
    throw Error(
        ExceptionKind::kAnalysis, condition + "." + advice,
        {{table_.is_view() ? "viewName" : "tableName", QuotedName(table_.name)}, {"operation", Operation()}},
        alter_.origin);
  }

  void Do(const AlterTable::Rename& rename) {
    // Without a database it stays in its own.
    const TableName to = rename.to.size() == 1 ? TableCatalog::NameOf(rename.to, table_.name.database)
                                               : catalog_.NameOf(rename.to);
    if (to.database != table_.name.database) {
      throw Error(ExceptionKind::kAnalysis, "_LEGACY_ERROR_TEMP_1073",
                  {{"db", table_.name.database}, {"newDb", to.database}});
    }
    CheckObjectName(to.table);
    if (catalog_.FindTable(to) != nullptr) {
      throw Error(ExceptionKind::kAnalysis, "TABLE_OR_VIEW_ALREADY_EXISTS",
                  {{"relationName", spark::QuoteIdentifier(Name{to.database, to.table})}});
    }
    change_.expected.emplace_back(catalog::KeyOf(to), 0);
    change_.dropped = {catalog::KeyOf(table_.name)};
    changed_.name = to;
    const DatabasePtr database = catalog_.RequireDatabase(to.database);
    const std::string usual = database->location + "/" + table_.name.table;
    if (table_.kind == catalog::TableKind::kManaged && table_.location == usual) {
      changed_.location = database->location + "/" + to.table;
      change_.manifest.renames = {{table_.location, changed_.location}};
    }
  }

  void Do(const AlterTable::AddColumns& add) {
    std::vector<spark::StructField> columns = SchemaOf(table_).fields();
    const auto behind_data = columns.end() - static_cast<std::ptrdiff_t>(table_.partition_columns.size());
    columns.insert(behind_data, add.columns.begin(), add.columns.end());
    CheckColumns(columns);
    changed_.schema = spark::AsNullable(spark::DataType::Struct(std::move(columns))).json();
  }

  void Do(const AlterTable::SetProperties& set) {
    for (const auto& [key, value] : set.properties) changed_.properties[key] = value;
  }

  void Do(const AlterTable::UnsetProperties& unset) {
    for (const std::string& key : unset.keys) changed_.properties.erase(key);
  }

  const AlterTable& alter_;
  const catalog::Table& table_;
  const TableCatalog& catalog_;
  catalog::Table changed_;
  catalog::Change change_;
};

}  // namespace

TextResult Alter(const AlterTable& alter, const CommandContext& context) {
  const TableCatalog catalog(context);
  UntilMade([&] {
    const TablePtr table = catalog.RequireTable(alter.name, alter.origin);
    catalog::Change change = Alteration(alter, *table, catalog).Change();
    change.operation = context.operation;
    return catalog.Commit(change);
  });
  return {};
}

}  // namespace hearth::engine
