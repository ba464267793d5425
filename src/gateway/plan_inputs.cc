#include "gateway/plan_inputs.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "gateway/session_views.h"
#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::gateway {

namespace {

/// A change that is no view and no function may have been the choice of another database.
bool MayUseAnotherDatabase(const SessionSnapshot& bound) {
  return std::any_of(bound.changes->begin(), bound.changes->end(),
                     [](const auto& entry) { return entry.change->name().empty(); });
}

}  // namespace

placement::NamedInput PlanInputs::Find(const std::vector<std::string>& name) {
  if (look_->files == nullptr) {
    look_->skipped = true;
    return {};
  }
  std::vector<std::string> parts = name;
  for (std::string& part : parts) part = absl::AsciiStrToLower(part);
  if (parts.size() == 1) {
    if (const auto* maker = MakerOf(parts[0], position_, bound_)) return ViewOf(*maker);
    if (MayUseAnotherDatabase(bound_)) return {};
    parts.insert(parts.begin(), catalog::kDefaultDatabase);
  }
  if (parts.size() == 3 && parts[0] == "spark_catalog") parts.erase(parts.begin());
  return parts.size() == 2 ? FindTable({parts[0], parts[1]}) : placement::NamedInput();
}

placement::NamedInput PlanInputs::ViewOf(const SessionSnapshot::Entry& maker) {
  if (maker.change->plan.size() > kViewBytesMax) return {};
  auto [view, is_new] = look_->views.try_emplace(maker.position);
  if (is_new) {
    try {
      view->second = RowsOf(maker.change->plan);
    } catch (const spark::Error&) {
      // Whoever asks for it hears the error from its engine.
    }
  }
  return placement::ViewInput{view->second, std::make_shared<PlanInputs>(bound_, maker.position, look_)};
}

placement::NamedInput PlanInputs::FindTable(const catalog::TableName& name) {
  if (look_->catalog == nullptr) return {};
  const auto found = look_->catalog->FindTable(name);
  if (!found.ok() || found->table == nullptr) return {};
  const catalog::Table& table = *found->table;
  if (table.kind != catalog::TableKind::kView) return placement::FileSet{table.provider, {table.location}};
  if (table.view.text.size() > kViewBytesMax) return {};
  try {
    const spark::Statement statement = spark::ParseStatement(table.view.text);
    const auto* query = std::get_if<spark::RelationPtr>(&statement);
    return query == nullptr ? placement::NamedInput() : placement::ViewInput{*query, nullptr};
  } catch (const spark::Error&) {
    return {};
  }
}

std::shared_ptr<const placement::InputFacts> PlanInputs::Files(const placement::FileSet& files) {
  if (look_->files == nullptr) {
    look_->skipped = true;
    return nullptr;
  }
  if (look_->taken >= kTimeMax) return nullptr;
  const auto began = std::chrono::steady_clock::now();
  auto facts = look_->files->Look(files);
  look_->taken += std::chrono::steady_clock::now() - began;
  return facts;
}

std::optional<uint64_t> PlanInputs::CachedBytes(const std::string& sha256) {
  return look_->session.ArtifactBytes("cache/" + sha256);
}

}  // namespace hearth::gateway
