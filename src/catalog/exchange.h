#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "catalog/catalog.h"
#include "catalog/kept_catalog.h"

namespace hearth::catalog {

/// How an engine asks the gateway for the catalog: unary calls of /hearth.Catalog/METHOD, whose messages are
/// JSON. A failure of the catalog is one of the call, with its code.
///
///   FindDatabase   {"name"}               -> {"database": see record.h}, {} if there is none
///   ListDatabases  {}                     -> {"databases": [..]}
///   FindTable      {"database", "table"}  -> {"table": see record.h, "is_moving"}
///   ListTables     {"database"}           -> {"tables": [..]}
///   WasMade        {"operation"}          -> {"made"}
///   Announce       {"operation", "folder"} -> {}
///   Commit         see record.h           -> {}
inline constexpr char kServicePath[] = "/hearth.Catalog/";

/// Answers a call, for Announce and Commit later, on the catalog's thread. UNIMPLEMENTED for no such method.
using Answered = std::function<void(absl::StatusOr<std::string> answer)>;
void Answer(KeptCatalog& catalog, std::string_view method, std::string_view request,
            const Answered& answered);

/// The catalog behind somebody who carries the calls. What he fails with is the call's failure.
class RemoteCatalog final : public Catalog {
 public:
  /// Waits for the answer. Thread-safe.
  using Carry =
      std::function<absl::StatusOr<std::string>(const std::string& method, const std::string& request)>;
  RemoteCatalog(Carry carry, std::string warehouse);

  absl::StatusOr<std::shared_ptr<const Database>> FindDatabase(const std::string& name) override;
  absl::StatusOr<std::vector<std::shared_ptr<const Database>>> ListDatabases() override;
  absl::StatusOr<FoundTable> FindTable(const TableName& name) override;
  absl::StatusOr<std::vector<std::shared_ptr<const Table>>> ListTables(const std::string& database) override;
  absl::StatusOr<bool> WasMade(const std::string& operation) override;
  absl::Status Announce(const std::string& operation, const std::string& folder) override;
  absl::Status Commit(const Change& change) override;
  const std::string& warehouse() const override { return warehouse_; }
  bool is_shared() const override { return true; }

 private:
  const Carry carry_;
  const std::string warehouse_;
};

}  // namespace hearth::catalog
