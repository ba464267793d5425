#include "gateway/repeatable.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "gateway/session_views.h"
#include "spark/error.h"
#include "spark/fingerprint/sources.h"

namespace hearth::gateway {

namespace {

using Entry = SessionSnapshot::Entry;

/// Nothing else gives names and functions another meaning.
bool HasOnlyViews(const SessionSnapshot& bound) {
  return std::none_of(bound.changes->begin(), bound.changes->end(),
                      [](const Entry& entry) { return entry.change->view.empty(); });
}

/// A plan, and when its names got their meaning.
struct Reader {
  grpc::Slice plan;
  uint64_t position;
};

}  // namespace

std::optional<std::set<std::string>> FilesOfRepeatable(const grpc::Slice& plan,
                                                       const SessionSnapshot& bound) {
  if (!HasOnlyViews(bound)) return std::nullopt;
  std::set<std::string> files;
  spark::Sources all;
  std::set<uint64_t> seen;
  std::vector<Reader> readers = {{plan, bound.position + 1}};
  try {
    while (!readers.empty()) {
      const Reader reader = std::move(readers.back());
      readers.pop_back();
      const spark::RelationPtr rows = RowsOf(reader.plan);
      auto sources = rows == nullptr ? std::nullopt : spark::SourcesOf(rows);
      if (!sources) return std::nullopt;
      all.sorts += sources->sorts;
      all.cuts += sources->cuts;
      all.is_loose |= sources->is_loose;
      files.merge(sources->paths);
      for (const std::string& name : sources->names) {
        const Entry* const view = MakerOf(name, reader.position, bound);
        if (view == nullptr) return std::nullopt;
        if (seen.insert(view->position).second) readers.push_back({view->change->plan, view->position});
      }
    }
  } catch (const spark::Error&) {
    return std::nullopt;
  }
  if (all.may_change_sorted_rows()) return std::nullopt;
  return files;
}

}  // namespace hearth::gateway
