#pragma once

#include <string>
#include <vector>

#include "catalog/objects.h"

namespace hearth::gateway {

/// Objects of the catalog as Spark SQL, for clusters that have it in memory. See CatalogMirror.
std::string DatabaseStatement(const catalog::Database& database, const std::string& place);
std::string TableStatement(const catalog::Table& table);
/// What makes a view mean what it meant: the settings and the database that it was made under, and the view.
std::vector<std::string> ViewStatements(const catalog::Table& view);
/// Of the object with this key.
std::string DropStatement(const std::string& key);

}  // namespace hearth::gateway
