// The catalog of an engine alone.
#pragma once

#include <memory>
#include <string>

#include "catalog/catalog.h"

namespace hearth::engine {

// In memory: it ends with the process, and its tables' files stay in the warehouse. An absolute path, or
// empty for a catalog that can have no tables of its own.
std::unique_ptr<catalog::Catalog> OpenOwnCatalog(const std::string& warehouse);

}  // namespace hearth::engine
