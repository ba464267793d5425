#include "engine/service/view_catalog.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

std::string Key(std::string_view name) {
  return absl::AsciiStrToLower(absl::string_view(name.data(), name.size()));
}

}  // namespace

void ViewCatalog::Create(std::string_view name, ViewPtr view, bool replace) {
  absl::MutexLock lock(&mutex_);
  ViewPtr& place = views_[Key(name)];
  if (place != nullptr && !replace) {
    throw spark::Error(spark::ExceptionKind::kTempTableAlreadyExists, "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS",
                       {{"relationName", spark::QuoteIdentifier(name)}});
  }
  place = std::move(view);
}

bool ViewCatalog::Drop(std::string_view name) {
  absl::MutexLock lock(&mutex_);
  return views_.erase(Key(name)) != 0;
}

ViewPtr ViewCatalog::Find(std::string_view name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = views_.find(Key(name));
  return found == views_.end() ? nullptr : found->second;
}

std::vector<std::string> ViewCatalog::Names() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (const auto& [name, view] : views_) names.push_back(name);
  return names;
}

void ViewCatalog::CopyFrom(const ViewCatalog& other) {
  const auto views = [&other] {
    absl::MutexLock lock(&other.mutex_);
    return other.views_;
  }();
  absl::MutexLock lock(&mutex_);
  views_ = views;
}

bool SameName(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(absl::string_view(a.data(), a.size()), absl::string_view(b.data(), b.size()));
}

}  // namespace hearth::engine
