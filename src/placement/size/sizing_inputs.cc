#include "placement/size/sizing.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "absl/strings/str_cat.h"
#include "placement/size/amount_text.h"
#include "placement/size/selectivity.h"

namespace hearth::placement {

namespace {

using spark::ExpressionPtr;

constexpr double kUnknownRows = 100'000;
constexpr double kUnknownBytes = 16 << 20;
/// Columns that are put together under new names, of all joins.
constexpr size_t kMergedColumnsMax = 1'000'000;

}  // namespace

Flow Sizing::Unknown() {
  ++unknown_;
  totals_.input_variance = kUnknownVariance;
  totals_.input_bytes += kUnknownBytes;
  totals_.input_rows += kUnknownRows;
  totals_.Add(Effort::kScannedBytes, kUnknownBytes);
  return {.rows = kUnknownRows, .width = 64, .variance = kUnknownVariance, .is_open = true};
}

Sizing::Frame Sizing::Leaf(Flow flow) {
  return {{}, {}, [flow = std::move(flow)](std::vector<Flow>) { return flow; }};
}

Flow Sizing::Local(double rows, double width, double variance, const std::string& source) {
  ++local_;
  local_source_ = source;
  Flow flow{.rows = rows, .width = width, .variance = variance, .is_open = true};
  flow.scan = {.stored_bytes = rows * width, .raw_bytes = rows * width, .values = rows, .rows = rows};
  return flow;
}

Flow Sizing::OfFiles(const FileSet& files) {
  if (files_ + unknown_ >= kEstimatedInputsMax) return Unknown();
  const auto facts = inputs_of_walk_->Files(files);
  if (facts == nullptr) return Unknown();
  ++files_;
  description_ = facts->description;
  totals_.Add(Effort::kFiles, 1);
  totals_.input_variance = std::max(totals_.input_variance, facts->spread * facts->spread);
  const double rows = std::max(facts->rows, 0.0);
  Flow flow{.rows = rows, .width = 0, .variance = facts->spread * facts->spread};
  flow.scan.rows = rows;
  auto columns = std::make_shared<Columns>();
  double count = 0;
  for (const ColumnFacts& column : facts->columns) {
    if (!all_needed_ && !named_.contains(column.name)) continue;
    ++count;
    const double width = rows > 0 ? column.raw_bytes / rows : 0;
    Column& known = (*columns)[column.name];
    known.width = HeldWidth(column, width);
    known.distinct = column.distinct;
    if (column.range && column.range->second - column.range->first < rows && !IsText(column)) {
      const double values = column.range->second - column.range->first + 1;
      known.distinct = known.distinct > 0 ? std::min(known.distinct, values) : values;
    }
    known.origin = rows;
    known.null_share = rows > 0 ? std::min(column.nulls / rows, 1.0) : 0;
    known.range = column.range;
    if (!column.partitions.empty()) {
      known.facts = facts;
      known.partition = &column;
    }
    flow.width += known.width;
    flow.scan.stored_bytes += column.stored_bytes;
    flow.scan.raw_bytes += column.raw_bytes;
  }
  flow.scan.values = rows * count;
  if (facts->columns.empty()) {
    flow.scan.stored_bytes = facts->bytes;
    flow.scan.parsed_bytes = facts->bytes;
    flow.width = rows > 0 ? facts->bytes / rows : 64;
    flow.is_open = true;
  }
  flow.width = std::max(flow.width, 1.0);
  flow.parts.push_back({"", std::move(columns)});
  return flow;
}

bool Sizing::IsText(const ColumnFacts& column) { return column.range && column.range->second > 1e13; }

double Sizing::HeldWidth(const ColumnFacts& column, double width) {
  return IsText(column) ? std::max(width + 4, 16.0) : 8;
}

Sizing::Frame Sizing::Expand(const spark::NamedTable& table) {
  if (table.parts.size() == 1) {
    const std::string name = LowerCase(table.parts[0]);
    for (ScopePtr scope = demand_.scope; scope != nullptr; scope = scope->outer) {
      if (scope->name != name || scope->plan == nullptr) continue;
      Demand demand = Same();
      demand.scope = scope->scope_of_plan;
      return Named(name, Through(scope->plan, std::move(demand)));
    }
  }
  if (table.parts.size() == 2 && IsFormat(LowerCase(table.parts[0])))
    return Leaf(OfFiles({LowerCase(table.parts[0]), {table.parts[1]}}));
  NamedInput found = inputs_of_walk_->Find(table.parts);
  const std::string qualifier = table.parts.empty() ? "" : LowerCase(table.parts.back());
  if (const auto* files = std::get_if<FileSet>(&found)) return Named(qualifier, Leaf(OfFiles(*files)));
  auto* view = std::get_if<ViewInput>(&found);
  if (view == nullptr || view->plan == nullptr) return Leaf(Unknown());
  auto scope = std::make_shared<Scope>();
  scope->inputs = view->inputs == nullptr ? inputs_of_walk_ : view->inputs.get();
  scope->kept_inputs = view->inputs;
  Demand demand = Same();
  demand.scope = std::move(scope);
  return Named(qualifier, Through(view->plan, std::move(demand)));
}

bool Sizing::IsFormat(const std::string& name) {
  return name == "parquet" || name == "csv" || name == "json" || name == "text" || name == "orc" ||
         name == "avro" || name == "xml";
}

Sizing::Frame Sizing::Named(std::string qualifier, Frame frame) {
  frame.combine = [this, combine = std::move(frame.combine),
                   qualifier = std::move(qualifier)](std::vector<Flow> flows) {
    Flow flow = combine(std::move(flows));
    if (flow.parts.size() > 1) {
      auto all = std::make_shared<Columns>();
      for (const Part& part : flow.parts) {
        if (part.columns == nullptr) continue;
        merged_columns_ += part.columns->size();
        if (merged_columns_ > kMergedColumnsMax) {
          flow.is_open = true;
          break;
        }
        all->insert(part.columns->begin(), part.columns->end());
      }
      flow.parts = {{"", std::move(all)}};
    }
    for (Part& part : flow.parts) part.qualifier = qualifier;
    return flow;
  };
  return frame;
}

Sizing::Frame Sizing::Expand(const spark::DataSourceRead& read) {
  FileSet files{LowerCase(read.format), read.paths};
  if (const auto path = read.options.find("path"); path != read.options.end())
    files.paths.push_back(path->second);
  return Leaf(files.paths.empty() ? Unknown() : OfFiles(files));
}

Sizing::Frame Sizing::Expand(const spark::LocalRelation& local) {
  double bytes = 0;
  for (const auto& block : local.blocks) bytes += block == nullptr ? 0 : static_cast<double>(block->size());
  return Leaf(OfBytes(bytes));
}

Flow Sizing::OfBytes(double bytes) {
  constexpr double kBytesOfARow = 64;
  const double rows = bytes / kBytesOfARow;
  return Local(rows, kBytesOfARow, 0.5, absl::StrCat("local data: ", BytesText(bytes)));
}

Sizing::Frame Sizing::Expand(const spark::CachedLocalRelation& local) {
  double bytes = 0;
  for (const std::string& hash : local.data_hashes) {
    const auto size = inputs_of_walk_->CachedBytes(hash);
    if (!size) return Leaf(Unknown());
    bytes += static_cast<double>(*size);
  }
  return Leaf(OfBytes(bytes));
}

Sizing::Frame Sizing::Expand(const spark::InlineTable& table) {
  const double columns = table.rows.empty() ? 1 : static_cast<double>(table.rows[0].size());
  const auto rows = static_cast<double>(table.rows.size());
  return Leaf(
      Local(rows, columns * kComputedWidth, 0, absl::StrCat("local data: ", CountText(rows), " rows")));
}

Sizing::Frame Sizing::Expand(const spark::Range& range) {
  const double step = range.step == 0 ? 1 : static_cast<double>(range.step);
  return Leaf(OfRange(static_cast<double>(range.start), static_cast<double>(range.end), step));
}

Flow Sizing::OfRange(double start, double end, double step) {
  const double rows = std::max(0.0, std::ceil((end - start) / step));
  Flow flow = Local(rows, 8, 0, absl::StrCat("range: ", CountText(rows), " rows"));
  flow.scan.stored_bytes = 0;
  auto columns = std::make_shared<Columns>();
  (*columns)["id"] = {
      .distinct = rows, .origin = rows, .range = std::make_pair(std::min(start, end), std::max(start, end))};
  flow.parts = {{"", std::move(columns)}};
  flow.is_open = false;
  return flow;
}

Sizing::Frame Sizing::Expand(const spark::TableFunction& call) {
  const std::string name = call.name.empty() ? "" : LowerCase(call.name.back());
  Note(call.arguments);
  if (name == "range" && !call.arguments.empty()) {
    std::vector<double> bounds;
    for (const ExpressionPtr& argument : call.arguments) {
      const auto bound = ConstantOf(argument);
      if (!bound) return Leaf(Unknown());
      bounds.push_back(*bound);
    }
    if (bounds.size() == 1) return Leaf(OfRange(0, bounds[0], 1));
    return Leaf(OfRange(bounds[0], bounds[1], bounds.size() > 2 && bounds[2] != 0 ? bounds[2] : 1));
  }
  return Leaf({.rows = kRowsOfAGenerator, .width = 16, .variance = 1, .is_open = true});
}

Sizing::Frame Sizing::Expand(const spark::CachedRemoteRelation&) { return Leaf(Unknown()); }

Sizing::Frame Sizing::Expand(const spark::UnsupportedRelation&) { return Leaf(Unknown()); }

}  // namespace hearth::placement
