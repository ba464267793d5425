#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "catalog/kept_catalog.h"
#include "wire/limits.h"

namespace hearth::gateway {

/// Answers engines of this machine that ask for the catalog, on a unix socket for our own user. Ends the
/// calls under way with itself.
class CatalogService {
 public:
  /// `socket`: "unix:PATH". UNAVAILABLE if the path cannot be had. The catalog and limits must outlive it.
  static absl::StatusOr<std::unique_ptr<CatalogService>> Start(const std::string& socket,
                                                               catalog::KeptCatalog& catalog,
                                                               const wire::Limits& limits);
  ~CatalogService();

 private:
  class State;
  explicit CatalogService(std::unique_ptr<State> state);
  const std::unique_ptr<State> state_;
};

}  // namespace hearth::gateway
