// What the native engine keeps for a Spark Connect session beside its configuration.
#pragma once

#include "engine/service/artifact_store.h"
#include "engine/service/storage_levels.h"
#include "engine/service/stored_table.h"
#include "engine/service/view_catalog.h"
#include "wire/session.h"

namespace hearth::engine {

// Thread safe, as its parts are.
struct EngineSession final : wire::SessionState {
  ViewCatalog views;
  ArtifactStore artifacts;
  StorageLevels storage_levels;
  StoredRowsTable stored_rows;
};

}  // namespace hearth::engine
