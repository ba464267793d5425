#include "engine/functions/function_registry.h"

#include <map>
#include <optional>

#include "base/check.h"
#include "engine/functions/decimals.h"
#include "engine/functions/fixed_functions.h"
#include "engine/functions/variant_name.h"

namespace hearth::engine {
namespace {

LogicalTypeHandle TypeOf(duckdb_type type) { return LogicalTypeHandle(duckdb_create_logical_type(type)); }

ScalarFunctionHandle Make(const FixedFunction& function) {
  ScalarFunctionHandle handle(duckdb_create_scalar_function());
  duckdb_scalar_function_set_name(handle.get(), function.signature.name.c_str());
  for (const duckdb_type parameter : function.parameter_ids) {
    duckdb_scalar_function_add_parameter(handle.get(), TypeOf(parameter).get());
  }
  duckdb_scalar_function_set_return_type(handle.get(), TypeOf(function.result_id).get());
  duckdb_scalar_function_set_function(handle.get(), function.run);
  // See catalog.h: DuckDB takes a registered function for one that never fails.
  if (function.signature.raises) duckdb_scalar_function_set_volatile(handle.get());
  return handle;
}

void RegisterAll(duckdb_connection connection) {
  std::map<std::string, std::vector<const FixedFunction*>> overloads;
  for (const FixedFunction& function : AllFixedFunctions())
    overloads[function.signature.name].push_back(&function);
  for (const auto& [name, functions] : overloads) {
    const ScalarFunctionSetHandle set(duckdb_create_scalar_function_set(name.c_str()));
    for (const FixedFunction* function : functions) {
      const duckdb_state added = duckdb_add_scalar_function_to_set(set.get(), Make(*function).get());
      HEARTH_CHECK(added == DuckDBSuccess) << name;
    }
    if (duckdb_register_scalar_function_set(connection, set.get()) != DuckDBSuccess) {
      throw DuckDbError(DUCKDB_ERROR_CATALOG, "DuckDB rejects the function " + name);
    }
  }
}

}  // namespace

FunctionRegistry::FunctionRegistry(Database* database) : database_(database) {
  Connection connection = database_->Connect();
  // One transaction for all instead of one each.
  connection.Execute("BEGIN");
  RegisterAll(connection.get());
  connection.Execute("COMMIT");
}

void FunctionRegistry::EnsureVariants(const std::vector<std::string>& names) {
  absl::MutexLock lock(&mutex_);
  std::optional<Connection> connection;
  for (const std::string& name : names) {
    if (variants_.contains(name)) continue;
    const std::optional<Variant> variant = ParseVariantName(name);
    HEARTH_CHECK(variant.has_value()) << name << " is no function variant";
    if (!connection.has_value()) connection = database_->Connect();
    RegisterDecimalVariant(*variant, connection->get());
    variants_.insert(name);
  }
}

}  // namespace hearth::engine
