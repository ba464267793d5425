#include "engine/service/own_catalog.h"

#include "base/check.h"
#include "catalog/kept_catalog.h"
#include "catalog/memory_store.h"
#include "engine/service/table_creation.h"

namespace hearth::engine {

std::unique_ptr<catalog::Catalog> OpenOwnCatalog(const std::string& warehouse) {
  auto opened = catalog::KeptCatalog::Open(std::make_shared<catalog::MemoryStore>(),
                                           std::make_shared<catalog::LocalStorage>(),
                                           {.warehouse = warehouse, .owner = ProcessUser(), .log = {}});
  HEARTH_CHECK(opened.ok()) << opened.status().ToString();  // It reads nothing.
  return *std::move(opened);
}

}  // namespace hearth::engine
