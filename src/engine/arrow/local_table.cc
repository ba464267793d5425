#include "engine/arrow/local_table.h"

#include "engine/arrow/ipc_reader.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::LocalTable;
using spark::TypeId;

// Equal but for nullability and the names of fields; an Arrow schema keeps no fields of intervals, no
// collations.
bool SameStorage(const DataType& wanted, const DataType& actual) {
  if (wanted.id() != actual.id()) return false;
  switch (wanted.id()) {
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kString: return true;
    case TypeId::kArray: return SameStorage(wanted.element(), actual.element());
    case TypeId::kMap:
      return SameStorage(wanted.key(), actual.key()) && SameStorage(wanted.value(), actual.value());
    case TypeId::kStruct: {
      if (wanted.fields().size() != actual.fields().size()) return false;
      for (size_t i = 0; i < wanted.fields().size(); ++i) {
        if (!SameStorage(wanted.fields()[i].type, actual.fields()[i].type)) return false;
      }
      return true;
    }
    default: return wanted == actual;
  }
}

}  // namespace

std::shared_ptr<const LocalTable> OpenLocal(const spark::LocalRelation& local) {
  if (local.blocks.empty()) {
    if (!local.schema.has_value()) {
      throw spark::Error(spark::ExceptionKind::kInvalidPlanInput, "CONNECT_INVALID_PLAN.INPUT_DATA_NO_SCHEMA",
                         {});
    }
    return std::make_shared<const LocalTable>(LocalTable{{}, *local.schema});
  }
  const DataType actual = ArrowTable::ReadSchema(local.blocks);
  if (local.schema.has_value() && !SameStorage(*local.schema, actual)) {
    throw spark::Error::Decline("local data of type " + actual.sql() + " read as " + local.schema->sql());
  }
  return std::make_shared<const LocalTable>(LocalTable{local.blocks, local.schema.value_or(actual)});
}

}  // namespace hearth::engine
