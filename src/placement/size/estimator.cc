#include "placement/size/estimator.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "placement/size/amount_text.h"
#include "placement/size/expression_facts.h"
#include "placement/size/flow.h"
#include "placement/size/join_group.h"
#include "placement/size/selectivity.h"
#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::placement {

namespace {

using spark::ExpressionList;
using spark::ExpressionPtr;
using spark::RelationPtr;

constexpr double kUnknownRows = 100'000;
constexpr double kUnknownBytes = 16 << 20;
constexpr double kUnknownVariance = Amount::kSpreadOfIgnorance * Amount::kSpreadOfIgnorance;
constexpr double kComputedWidth = 8;
/// Of a sort below a limit the rows that it keeps are held, if they are so few.
constexpr double kTopRowsMax = 100'000;
constexpr double kRowsOfAGenerator = 5;
constexpr double kVarianceOfGroups = 0.16;
constexpr double kSetsMax = 64;
/// Names that a query gives to parts of itself; further ones are not known.
constexpr size_t kScopesMax = 1'000;
/// Columns that are put together under new names, of all joins.
constexpr size_t kMergedColumnsMax = 1'000'000;
/// Groups that a condition on their aggregates leaves.
constexpr double kOfHaving = 0.1;

/// The query whose rows a command writes. Nothing if it reads no rows; making a view does not.
RelationPtr QueryOf(const spark::Command& command) {
  return std::visit(
      [](const auto& one) -> RelationPtr {
        using T = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<T, spark::UnsupportedCommand>) {
          return spark::MakeRelation(spark::UnsupportedRelation{one.what});
        } else if constexpr (requires { one.query; }) {
          return one.query;
        } else {
          return nullptr;
        }
      },
      command);
}

/// What names stand for where a relation is.
struct Scope;
using ScopePtr = std::shared_ptr<const Scope>;
struct Scope {
  std::string name;  // in lower case; "": none
  RelationPtr plan;
  ScopePtr scope_of_plan;
  ScopePtr outer;
  size_t depth = 0;  ///< how many there are around
  Inputs* inputs;
  std::shared_ptr<Inputs> kept_inputs;
};

/// What those around a relation ask of it.
struct Demand {
  ScopePtr scope;
  /// All of its columns, not only those that are named somewhere.
  bool all_columns = false;
  /// The first so many rows are enough; 0: all are asked for.
  double top_rows = 0;
};

/// Walks a plan with a stack of its own, from the root down and then from the inputs up.
class Sizing {
 public:
  explicit Sizing(Inputs& inputs) : inputs_(inputs) { totals_.Add(Effort::kStatements, 1); }

  void Run(const RelationPtr& plan) {
    auto scope = std::make_shared<Scope>();
    scope->inputs = &inputs_;
    std::vector<Frame> stack;
    stack.push_back(Open(plan, {.scope = std::move(scope), .all_columns = true}));
    while (true) {
      Frame& top = stack.back();
      if (top.done.size() < top.children.size()) {
        auto [child, demand] = std::move(top.children[top.done.size()]);
        stack.push_back(Open(child, demand));
        continue;
      }
      Flow flow = top.combine(std::move(top.done));
      stack.pop_back();
      flow.rows = flow.rows >= 0 ? std::min(flow.rows, Amount::kMedianMax) : 0;
      if (stack.empty()) {
        totals_.Charge(flow);
        totals_.Add(Effort::kResultBytes, flow.rows * flow.width);
        variance_ = flow.variance;
        return;
      }
      stack.back().done.push_back(std::move(flow));
    }
  }

  PlanSize Conclude() const {
    const double of_inputs = std::sqrt(std::min(totals_.input_variance, kUnknownVariance));
    const double of_rows = std::sqrt(std::min(std::max(variance_, totals_.input_variance), kUnknownVariance));
    return {.input_bytes = Tamed(Amount{totals_.input_bytes, of_inputs, InputSource()}),
            .input_rows = Tamed(Amount{totals_.input_rows, of_inputs, InputSource()}),
            .efforts = totals_.efforts,
            .held_bytes = totals_.held_bytes,
            .spread = of_rows,
            .source = PlanSource()};
  }

 private:
  using Combine = std::function<Flow(std::vector<Flow>)>;
  struct Frame {
    std::vector<std::pair<RelationPtr, Demand>> children;
    std::vector<Flow> done;
    Combine combine;
  };

  // ---- what is known of leaves ----

  Flow Unknown() {
    ++unknown_;
    totals_.input_variance = kUnknownVariance;
    totals_.input_bytes += kUnknownBytes;
    totals_.input_rows += kUnknownRows;
    totals_.Add(Effort::kScannedBytes, kUnknownBytes);
    return {.rows = kUnknownRows, .width = 64, .variance = kUnknownVariance, .is_open = true};
  }
  Frame Leaf(Flow flow) {
    return {{}, {}, [flow = std::move(flow)](std::vector<Flow>) { return flow; }};
  }

  Flow Local(double rows, double width, double variance, const std::string& source) {
    ++local_;
    local_source_ = source;
    Flow flow{.rows = rows, .width = width, .variance = variance, .is_open = true};
    flow.scan = {.stored_bytes = rows * width, .raw_bytes = rows * width, .values = rows, .rows = rows};
    return flow;
  }

  Flow OfFiles(const FileSet& files) {
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

  /// Text lies beyond what fits a number; see AxisOfText.
  static bool IsText(const ColumnFacts& column) { return column.range && column.range->second > 1e13; }
  /// Of a value in memory, where a dictionary's number is again what it stands for.
  static double HeldWidth(const ColumnFacts& column, double width) {
    return IsText(column) ? std::max(width + 4, 16.0) : 8;
  }

  // ---- from the root down ----

  Frame Open(const RelationPtr& relation, const Demand& demand) {
    if (relation == nullptr) return Leaf({.rows = 1, .width = 1});
    if (!budget_.Take()) return Leaf(Unknown());
    demand_ = demand;
    inputs_of_walk_ = demand.scope->inputs;
    keep_.push_back(relation);
    all_needed_ = demand.all_columns || is_cut_;
    return std::visit([this](const auto& node) { return Expand(node); }, relation->node);
  }

  /// Notes the columns that an expression names.
  ExpressionFacts Note(const ExpressionList& expressions) {
    ExpressionFacts facts;
    for (const ExpressionPtr& expression : expressions) AddFacts(expression, budget_, &facts);
    for (const auto* column : facts.columns) {
      for (const std::string& part : column->parts) named_.insert(LowerCase(part));
    }
    is_cut_ |= facts.is_cut;
    kept_expressions_.insert(kept_expressions_.end(), facts.parsed.begin(), facts.parsed.end());
    return facts;
  }
  void Name(const std::vector<std::string>& columns) {
    for (const std::string& column : columns) named_.insert(LowerCase(column));
  }

  Demand Same() const { return demand_; }
  Demand Some() const { return {demand_.scope, false, 0}; }
  Demand All() const { return {demand_.scope, true, 0}; }
  Demand AllRows() const { return {demand_.scope, demand_.all_columns, 0}; }

  /// One input, and what becomes of it; `subqueries` of its expressions are looked at before it.
  Frame Over(const RelationPtr& input, Demand demand, const ExpressionFacts& facts,
             std::function<Flow(Flow)> then) {
    Frame frame;
    for (const auto* subquery : facts.subqueries) frame.children.emplace_back(subquery->plan, All());
    frame.children.emplace_back(input, std::move(demand));
    frame.combine = [this, then = std::move(then), subqueries = facts.subqueries](std::vector<Flow> flows) {
      Flow flow = std::move(flows.back());
      flows.pop_back();
      for (size_t i = 0; i < flows.size(); ++i) {
        totals_.Charge(flows[i]);
        // It adds a column, whatever it says.
        const double rows = flow.rows;
        flow = FilterBySubquery(std::move(flow), {.subquery = subqueries[i], .rows = flows[i]}, totals_);
        flow.rows = rows;
      }
      return then(std::move(flow));
    };
    return frame;
  }
  Frame Over(const RelationPtr& input, Demand demand, std::function<Flow(Flow)> then) {
    return Over(input, std::move(demand), ExpressionFacts{}, std::move(then));
  }
  Frame Through(const RelationPtr& input, Demand demand) {
    return {{{input, std::move(demand)}}, {}, [](std::vector<Flow> flows) { return std::move(flows[0]); }};
  }

  // ---- inputs ----

  Frame Expand(const spark::NamedTable& table) {
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
  static bool IsFormat(const std::string& name) {
    return name == "parquet" || name == "csv" || name == "json" || name == "text" || name == "orc" ||
           name == "avro" || name == "xml";
  }
  /// All columns under one name.
  Frame Named(std::string qualifier, Frame frame) {
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

  Frame Expand(const spark::DataSourceRead& read) {
    FileSet files{LowerCase(read.format), read.paths};
    if (const auto path = read.options.find("path"); path != read.options.end())
      files.paths.push_back(path->second);
    return Leaf(files.paths.empty() ? Unknown() : OfFiles(files));
  }
  Frame Expand(const spark::LocalRelation& local) {
    double bytes = 0;
    for (const auto& block : local.blocks) bytes += block == nullptr ? 0 : static_cast<double>(block->size());
    return Leaf(OfBytes(bytes));
  }
  Flow OfBytes(double bytes) {
    constexpr double kBytesOfARow = 64;
    const double rows = bytes / kBytesOfARow;
    return Local(rows, kBytesOfARow, 0.5, absl::StrCat("local data: ", BytesText(bytes)));
  }
  Frame Expand(const spark::CachedLocalRelation& local) {
    double bytes = 0;
    for (const std::string& hash : local.data_hashes) {
      const auto size = inputs_of_walk_->CachedBytes(hash);
      if (!size) return Leaf(Unknown());
      bytes += static_cast<double>(*size);
    }
    return Leaf(OfBytes(bytes));
  }
  Frame Expand(const spark::InlineTable& table) {
    const double columns = table.rows.empty() ? 1 : static_cast<double>(table.rows[0].size());
    const auto rows = static_cast<double>(table.rows.size());
    return Leaf(
        Local(rows, columns * kComputedWidth, 0, absl::StrCat("local data: ", CountText(rows), " rows")));
  }
  Frame Expand(const spark::Range& range) {
    const double step = range.step == 0 ? 1 : static_cast<double>(range.step);
    return Leaf(OfRange(static_cast<double>(range.start), static_cast<double>(range.end), step));
  }
  Flow OfRange(double start, double end, double step) {
    const double rows = std::max(0.0, std::ceil((end - start) / step));
    Flow flow = Local(rows, 8, 0, absl::StrCat("range: ", CountText(rows), " rows"));
    flow.scan.stored_bytes = 0;
    auto columns = std::make_shared<Columns>();
    (*columns)["id"] = {.distinct = rows,
                        .origin = rows,
                        .range = std::make_pair(std::min(start, end), std::max(start, end))};
    flow.parts = {{"", std::move(columns)}};
    flow.is_open = false;
    return flow;
  }
  Frame Expand(const spark::TableFunction& call) {
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
  Frame Expand(const spark::CachedRemoteRelation&) { return Leaf(Unknown()); }
  Frame Expand(const spark::UnsupportedRelation&) { return Leaf(Unknown()); }

  // ---- text, names ----

  Frame Expand(const spark::SqlText& sql) {
    if (sql.query.size() > kEstimatedTextMax) return Leaf(Unknown());
    try {
      const spark::Statement statement = spark::ParseStatement(sql.query);
      if (const auto* query = std::get_if<RelationPtr>(&statement)) return Through(*query, Same());
      return Through(QueryOf(std::get<spark::Command>(statement)), All());
    } catch (const spark::Error&) {
      return Leaf({.rows = 0, .width = 1});  // it fails before it reads anything
    }
  }
  Frame Expand(const spark::With& with) {
    Demand demand = Same();
    for (const spark::CommonTableExpression& table : with.tables) {
      const RelationPtr plan =
          table.column_names.empty()
              ? table.plan
              : spark::MakeRelation(spark::SubqueryAlias{table.plan, table.name, {}, table.column_names});
      // It may name those before it.
      if (!Define(table.name, plan, demand.scope, &demand.scope)) break;
    }
    return Through(with.input, std::move(demand));
  }
  Frame Expand(const spark::WithRelations& with) {
    Demand demand = Same();
    for (const RelationPtr& reference : with.references) {
      const auto* alias = reference == nullptr ? nullptr : reference->As<spark::SubqueryAlias>();
      if (alias != nullptr && !Define(alias->alias, alias->input, demand_.scope, &demand.scope)) break;
    }
    return Through(with.root, std::move(demand));
  }
  /// Puts another name around a scope; false if there are too many.
  bool Define(const std::string& name, const RelationPtr& plan, const ScopePtr& scope_of_plan,
              ScopePtr* scope) {
    if ((*scope)->depth >= kScopesMax || !budget_.Take()) return false;
    auto inner = std::make_shared<Scope>();
    inner->name = LowerCase(name);
    inner->plan = plan;
    inner->scope_of_plan = scope_of_plan;
    inner->outer = *scope;
    inner->depth = (*scope)->depth + 1;
    inner->inputs = (*scope)->inputs;
    *scope = std::move(inner);
    return true;
  }
  Frame Expand(const spark::SubqueryAlias& alias) {
    Demand demand = Same();
    // New names hide the old ones, which nobody can ask for then.
    if (!alias.column_names.empty()) demand.all_columns = true;
    Frame frame = Named(LowerCase(alias.alias), Through(alias.input, std::move(demand)));
    if (alias.column_names.empty()) return frame;
    frame.combine = [combine = std::move(frame.combine)](std::vector<Flow> flows) {
      Flow flow = combine(std::move(flows));
      flow.is_open = true;
      return flow;
    };
    return frame;
  }
  Frame Renamed(const RelationPtr& input, const std::vector<std::string>& old_names) {
    Name(old_names);
    return Over(input, Same(), [](Flow flow) {
      flow.is_open = true;
      return flow;
    });
  }
  Frame Expand(const spark::ToDataFrame& node) {
    Frame frame = Renamed(node.input, {});
    frame.children.back().second.all_columns = true;
    return frame;
  }
  Frame Expand(const spark::WithColumnsRenamed& node) {
    std::vector<std::string> names;
    for (const auto& [from, to] : node.renames) names.push_back(from);
    return Renamed(node.input, names);
  }
  Frame Expand(const spark::ToSchema& node) { return Renamed(node.input, {}); }

  // ---- columns ----

  Frame Expand(const spark::Project& project) {
    const ExpressionFacts facts = Note(project.expressions);
    if (project.input == nullptr && facts.subqueries.empty()) return Leaf({.rows = 1, .width = 8});
    Demand demand = Same();
    demand.all_columns = facts.has_star && demand_.all_columns;
    if (facts.aggregates > 0 || facts.windows > 0 || facts.has_generator) demand.top_rows = 0;
    return Over(project.input, std::move(demand), facts,
                [this, facts, expressions = project.expressions](Flow flow) {
                  return Projected(std::move(flow), expressions, facts);
                });
  }
  Flow Projected(Flow flow, const ExpressionList& expressions, const ExpressionFacts& facts) {
    totals_.Add(Effort::kComputedValues, flow.rows * facts.calls);
    totals_.Add(Effort::kTextMatches, flow.rows * facts.text_matches);
    if (facts.windows > 0) {
      ++totals_.windows;
      totals_.Charge(flow);
      totals_.Add(Effort::kWindowedRows, flow.rows * facts.windows);
      totals_.Hold(flow.rows, flow.width + kComputedWidth * facts.windows);
    }
    if (facts.aggregates > 0) return Grouped(std::move(flow), {}, expressions, facts, 1);
    if (facts.has_generator) {
      flow.rows *= kRowsOfAGenerator;
      flow.variance += 1;
    }
    GiveColumns(flow, expressions, facts.has_star);
    return flow;
  }

  /// The columns that a list of expressions gives, in place of those that came.
  void GiveColumns(Flow& flow, const ExpressionList& expressions, bool keeps_all) {
    auto columns = std::make_shared<Columns>();
    double width = 0;
    for (const ExpressionPtr& expression : expressions) {
      if (expression == nullptr) continue;
      const auto* alias = expression->As<spark::Alias>();
      const ExpressionPtr& value = alias == nullptr ? expression : alias->child;
      const auto* name = value == nullptr ? nullptr : value->As<spark::UnresolvedAttribute>();
      const Column* source = name == nullptr ? nullptr : flow.Find(*name);
      Column column = source == nullptr ? ComputedColumn(value, flow) : *source;
      width += column.width;
      if (alias != nullptr && !alias->names.empty()) {
        (*columns)[LowerCase(alias->names[0])] = std::move(column);
      } else if (name != nullptr && !name->parts.empty()) {
        (*columns)[LowerCase(name->parts.back())] = std::move(column);
      }
    }
    if (keeps_all) {
      flow.width += width;
      if (flow.parts.size() < 64) flow.parts.push_back({"", std::move(columns)});
    } else {
      flow.width = std::max(width, 1.0);
      flow.parts = {{"", std::move(columns)}};
      flow.is_open = false;
    }
  }

  /// Of a column that is computed of one other: how many values it may have.
  Column ComputedColumn(const ExpressionPtr& value, const Flow& flow) {
    ExpressionFacts facts;
    AddFacts(value, budget_, &facts);
    Column computed{.width = kComputedWidth};
    if (facts.columns.empty()) {
      computed.distinct = 1;
      return computed;
    }
    if (facts.columns.size() > 1) return computed;
    const Column* source = flow.Find(*facts.columns[0]);
    if (source == nullptr) return computed;
    computed.origin = source->origin;
    computed.distinct = source->distinct;
    // The year of a day: as many as its range has.
    const std::string call = value == nullptr ? "" : CallOf(*value);
    if ((call == "year" || call == "extract" || call == "date_part" || call == "datepart" ||
         call == "trunc") &&
        source->range) {
      computed.distinct = std::max(1.0, (source->range->second - source->range->first) / 365);
    } else if (call == "substring" || call == "substr" || call == "left") {
      computed.distinct = std::min(source->Domain() > 0 ? source->Domain() : 100.0, 100.0);
    }
    return computed;
  }

  Frame Expand(const spark::WithColumns& node) {
    const ExpressionFacts facts = Note(node.aliases);
    Demand demand = Same();
    if (facts.windows > 0) demand.top_rows = 0;
    return Over(node.input, std::move(demand), facts, [this, facts, aliases = node.aliases](Flow flow) {
      ExpressionFacts with_all = facts;
      with_all.has_star = true;
      with_all.aggregates = 0;
      return Projected(std::move(flow), aliases, with_all);
    });
  }
  Frame Expand(const spark::DropColumns& node) { return Through(node.input, Same()); }
  Frame Expand(const spark::CollectMetrics& node) {
    const ExpressionFacts facts = Note(node.metrics);
    return Over(node.input, AllRows(), [this, facts](Flow flow) {
      totals_.Add(Effort::kGroupedRows, flow.rows * std::max(1.0, facts.aggregates));
      return flow;
    });
  }
  Frame Expand(const spark::NamedWindow& node) {
    ExpressionList windows;
    for (const auto& [name, window] : node.windows) windows.push_back(spark::MakeExpression(window));
    kept_expressions_.insert(kept_expressions_.end(), windows.begin(), windows.end());
    Note(windows);
    return Through(node.input, AllRows());
  }
  Frame Computed(const RelationPtr& input, Demand demand) {
    return Over(input, std::move(demand), [this](Flow flow) {
      totals_.Add(Effort::kComputedValues, flow.rows * 4);
      return flow;
    });
  }
  Frame Expand(const spark::FillNa& node) {
    Name(node.columns);
    return Computed(node.input, Same());
  }
  Frame Expand(const spark::DropNa& node) {
    Name(node.columns);
    return Computed(node.input, AllRows());
  }
  Frame Expand(const spark::ReplaceNa& node) {
    Name(node.columns);
    return Computed(node.input, Same());
  }

  // ---- filters and joins ----

  Frame Expand(const spark::Filter& filter) {
    // HAVING is about the aggregate's own columns.
    if (filter.is_having) {
      const ExpressionFacts facts = Note({filter.condition});
      return Over(filter.input, AllRows(), facts, [](Flow flow) {
        flow.rows *= kOfHaving;
        flow.variance += kVarianceOfGroups;
        return flow;
      });
    }
    ExpressionList conditions = OperandsOf(filter.condition, "and", budget_);
    return Group(filter.input, std::move(conditions));
  }
  Frame Expand(const spark::Join& join) {
    const bool is_free = (join.type == spark::JoinType::kInner || join.type == spark::JoinType::kCross) &&
                         join.using_columns.empty() && !join.is_natural && !join.is_lateral;
    if (is_free) return Group(spark::MakeRelation(spark::Join(join)), {});
    ExpressionList conditions = OperandsOf(join.condition, "and", budget_);
    const ExpressionFacts facts = Note(conditions);
    Name(join.using_columns);
    Frame frame;
    for (const auto* subquery : facts.subqueries) frame.children.emplace_back(subquery->plan, All());
    frame.children.emplace_back(join.left, AllRows());
    Demand right = AllRows();
    const bool is_half = join.type == spark::JoinType::kLeftSemi || join.type == spark::JoinType::kLeftAnti;
    if (is_half) right.all_columns = false;
    frame.children.emplace_back(join.right, std::move(right));
    frame.combine = [this, conditions, using_columns = join.using_columns, type = join.type,
                     is_natural = join.is_natural](std::vector<Flow> flows) {
      Flow right_flow = std::move(flows.back());
      flows.pop_back();
      Flow left_flow = std::move(flows.back());
      flows.pop_back();
      for (Flow& flow : flows) totals_.Charge(flow);
      auto columns = using_columns;
      if (is_natural) columns = Shared(left_flow, right_flow);
      return JoinTwo(std::move(left_flow), std::move(right_flow), conditions, columns, KeptBy(type), budget_,
                     totals_);
    };
    return frame;
  }
  static KeptRows KeptBy(spark::JoinType type) {
    switch (type) {
      case spark::JoinType::kInner:
      case spark::JoinType::kCross: return KeptRows::kMatched;
      case spark::JoinType::kLeftOuter: return KeptRows::kLeft;
      case spark::JoinType::kRightOuter: return KeptRows::kRight;
      case spark::JoinType::kFullOuter: return KeptRows::kBoth;
      case spark::JoinType::kLeftSemi: return KeptRows::kLeftMatched;
      case spark::JoinType::kLeftAnti: return KeptRows::kLeftUnmatched;
    }
    return KeptRows::kMatched;
  }
  static std::vector<std::string> Shared(const Flow& left, const Flow& right) {
    std::vector<std::string> names;
    for (const Part& part : left.parts) {
      if (part.columns == nullptr) continue;
      for (const auto& [name, column] : *part.columns) {
        if (right.Find(spark::UnresolvedAttribute{{name}, {}, false}) != nullptr) names.push_back(name);
      }
    }
    return names;
  }

  /// A tree of inner joins and filters, with what is above them.
  Frame Group(const RelationPtr& root, ExpressionList conditions) {
    std::vector<RelationPtr> inputs;
    std::vector<RelationPtr> waiting = {root};
    while (!waiting.empty()) {
      const RelationPtr next = std::move(waiting.back());
      waiting.pop_back();
      const auto* join = next == nullptr ? nullptr : next->As<spark::Join>();
      const auto* filter = next == nullptr ? nullptr : next->As<spark::Filter>();
      const bool is_free = join != nullptr && join->using_columns.empty() && !join->is_natural &&
                           !join->is_lateral &&
                           (join->type == spark::JoinType::kInner || join->type == spark::JoinType::kCross);
      if (!budget_.Take() || (!is_free && (filter == nullptr || filter->is_having))) {
        inputs.push_back(next);
        continue;
      }
      keep_.push_back(next);
      const ExpressionList more = OperandsOf(is_free ? join->condition : filter->condition, "and", budget_);
      conditions.insert(conditions.end(), more.begin(), more.end());
      if (is_free) {
        waiting.push_back(join->right);
        waiting.push_back(join->left);
      } else {
        waiting.push_back(filter->input);
      }
    }
    return GroupOf(std::move(inputs), std::move(conditions));
  }
  Frame GroupOf(std::vector<RelationPtr> inputs, ExpressionList conditions) {
    Frame frame;
    std::vector<SubqueryCondition> subqueries;
    for (const ExpressionPtr& condition : conditions) {
      const ExpressionFacts facts = Note({condition});
      const std::string call = condition == nullptr ? "" : CallOf(*condition);
      for (const auto* subquery : facts.subqueries) {
        const bool is_scalar = subquery->kind == spark::SubqueryExpression::Kind::kScalar;
        subqueries.push_back({.subquery = subquery,
                              .is_comparison = is_scalar,
                              .is_equality = call == "==" || call == "=",
                              .is_negated = call == "not" || call == "!"});
        Demand demand = All();
        if (subquery->kind == spark::SubqueryExpression::Kind::kExists) demand.all_columns = false;
        frame.children.emplace_back(subquery->plan, std::move(demand));
      }
    }
    for (const RelationPtr& input : inputs) frame.children.emplace_back(input, AllRows());
    frame.combine = [this, conditions = std::move(conditions), subqueries](std::vector<Flow> flows) mutable {
      std::vector<Flow> joined(
          std::make_move_iterator(flows.begin() + static_cast<std::ptrdiff_t>(subqueries.size())),
          std::make_move_iterator(flows.end()));
      for (size_t i = 0; i < subqueries.size(); ++i) {
        totals_.Charge(flows[i]);
        subqueries[i].rows = std::move(flows[i]);
      }
      return Joined(std::move(joined), conditions, subqueries);
    };
    return frame;
  }
  /// A subquery about one input's column is asked before the joins, others after them.
  Flow Joined(std::vector<Flow> inputs, const ExpressionList& conditions,
              const std::vector<SubqueryCondition>& subqueries) {
    std::vector<const SubqueryCondition*> late;
    for (const SubqueryCondition& one : subqueries) {
      const auto* name = one.subquery->kind == spark::SubqueryExpression::Kind::kIn &&
                                 one.subquery->values.size() == 1 && one.subquery->values[0] != nullptr
                             ? one.subquery->values[0]->As<spark::UnresolvedAttribute>()
                             : nullptr;
      const auto owner = name == nullptr
                             ? inputs.end()
                             : std::find_if(inputs.begin(), inputs.end(),
                                            [name](const Flow& flow) { return flow.Find(*name) != nullptr; });
      if (owner == inputs.end()) {
        late.push_back(&one);
      } else {
        *owner = FilterBySubquery(std::move(*owner), one, totals_);
      }
    }
    Flow flow = JoinInputs(std::move(inputs), conditions, budget_, totals_);
    for (const SubqueryCondition* one : late) flow = FilterBySubquery(std::move(flow), *one, totals_);
    return flow;
  }

  // ---- groups, sorts, sets ----

  Frame Expand(const spark::Aggregate& aggregate) {
    ExpressionList all = aggregate.grouping;
    all.insert(all.end(), aggregate.aggregates.begin(), aggregate.aggregates.end());
    for (const ExpressionList& set : aggregate.grouping_sets) all.insert(all.end(), set.begin(), set.end());
    if (aggregate.pivot_column != nullptr) all.push_back(aggregate.pivot_column);
    const ExpressionFacts facts = Note(all);
    double sets = 1;
    const auto keys = static_cast<double>(aggregate.grouping.size());
    if (aggregate.type == spark::GroupType::kCube) sets = std::exp2(std::min(keys, 6.0));
    if (aggregate.type == spark::GroupType::kRollup) sets = keys + 1;
    if (!aggregate.grouping_sets.empty()) sets = static_cast<double>(aggregate.grouping_sets.size());
    ExpressionList output = aggregate.aggregates;
    if (aggregate.keys_prepended)
      output.insert(output.begin(), aggregate.grouping.begin(), aggregate.grouping.end());
    return Over(aggregate.input, Some(), facts,
                [this, facts, sets, grouping = KeysOf(aggregate), output = std::move(output)](Flow flow) {
                  totals_.Add(Effort::kComputedValues, flow.rows * facts.calls);
                  totals_.Add(Effort::kTextMatches, flow.rows * facts.text_matches);
                  return Grouped(std::move(flow), grouping, output, facts, std::min(sets, kSetsMax));
                });
  }
  /// With GROUP BY 1 the first column, and with GROUP BY ALL those that aggregate nothing.
  ExpressionList KeysOf(const spark::Aggregate& aggregate) {
    ExpressionList keys;
    const auto unaliased = [](const ExpressionPtr& expression) {
      const auto* alias = expression == nullptr ? nullptr : expression->As<spark::Alias>();
      return alias == nullptr ? expression : alias->child;
    };
    for (const ExpressionPtr& key : aggregate.grouping) {
      const auto* literal = key == nullptr ? nullptr : key->As<spark::Literal>();
      const auto* index = literal == nullptr ? nullptr : std::get_if<int64_t>(&literal->value.data);
      if (index != nullptr && *index >= 1 && *index <= static_cast<int64_t>(aggregate.aggregates.size())) {
        keys.push_back(unaliased(aggregate.aggregates[static_cast<size_t>(*index) - 1]));
        continue;
      }
      keys.push_back(ByAlias(key, aggregate.aggregates));
    }
    if (!aggregate.group_by_all) return keys;
    for (const ExpressionPtr& column : aggregate.aggregates) {
      ExpressionFacts facts;
      AddFacts(column, budget_, &facts);
      if (facts.aggregates == 0) keys.push_back(unaliased(column));
    }
    return keys;
  }
  /// GROUP BY may name a column of the select list.
  static ExpressionPtr ByAlias(const ExpressionPtr& key, const ExpressionList& list) {
    const auto* name = key == nullptr ? nullptr : key->As<spark::UnresolvedAttribute>();
    if (name == nullptr || name->parts.size() != 1) return key;
    for (const ExpressionPtr& one : list) {
      const auto* alias = one == nullptr ? nullptr : one->As<spark::Alias>();
      if (alias != nullptr && alias->names.size() == 1 &&
          LowerCase(alias->names[0]) == LowerCase(name->parts[0]) && alias->child != nullptr &&
          alias->child->As<spark::UnresolvedAttribute>() == nullptr)
        return alias->child;
    }
    return key;
  }

  Flow Grouped(Flow flow, const ExpressionList& keys, const ExpressionList& output,
               const ExpressionFacts& facts, double sets) {
    totals_.Charge(flow);
    ++totals_.aggregations;
    double values = 1;
    double width = kComputedWidth * std::max(1.0, facts.aggregates);
    bool is_known = true;
    for (const ExpressionPtr& key : keys) {
      const Column* found = nullptr;
      if (const auto* name = key == nullptr ? nullptr : key->As<spark::UnresolvedAttribute>())
        found = flow.Find(*name);
      const Column column = found == nullptr ? ComputedColumn(key, flow) : *found;
      const double domain = column.Domain();
      is_known &= domain > 0;
      values *= std::max(domain > 0 ? domain : 100.0, 1.0);
      width += column.width;
    }
    const double rows = flow.rows;
    double groups = keys.empty() ? 1 : DistinctAmong(rows, std::min(values, std::max(rows, 1.0) * 10));
    // What compares with the query around it has a group for each of the values there.
    if (flow.outer_keys > 0) groups = DistinctAmong(rows, std::max(flow.outer_keys, groups));
    if (!is_known) flow.variance += 1;
    totals_.Add(Effort::kGroupedRows, rows * sets * std::max(1.0, facts.aggregates));
    totals_.Add(Effort::kGroups, groups * sets);
    totals_.Hold(groups * sets, width);
    if (facts.distinct_aggregates > 0) {
      totals_.Add(Effort::kGroups, rows * facts.distinct_aggregates);
      totals_.Hold(rows * facts.distinct_aggregates, width);
    }
    GiveColumns(flow, output, false);
    flow.width = std::max(flow.width, width);
    flow.rows = groups * sets;
    if (!keys.empty()) flow.variance += kVarianceOfGroups;
    return flow;
  }

  Frame Expand(const spark::Deduplicate& node) {
    Name(node.columns);
    return Over(node.input, node.all_columns ? AllRows() : All(),
                [this, names = node.columns](Flow flow) { return Distinct(std::move(flow), names); });
  }
  Flow Distinct(Flow flow, const std::vector<std::string>& names) {
    totals_.Charge(flow);
    ++totals_.aggregations;
    double values = 1;
    bool is_known = !flow.is_open;
    if (names.empty()) {
      for (const Part& part : flow.parts) {
        if (part.columns == nullptr) continue;
        for (const auto& [name, column] : *part.columns) {
          is_known &= column.Domain() > 0;
          values *= std::max(column.Domain(), 1.0);
        }
      }
    } else {
      for (const std::string& name : names) {
        const Column* column = flow.Find(spark::UnresolvedAttribute{{name}, {}, false});
        is_known &= column != nullptr && column->Domain() > 0;
        values *= column == nullptr ? 1 : std::max(column->Domain(), 1.0);
      }
    }
    const double groups = is_known ? DistinctAmong(flow.rows, std::min(values, std::max(flow.rows, 1.0) * 10))
                                   : flow.rows * 0.5;
    totals_.Add(Effort::kGroupedRows, flow.rows);
    totals_.Add(Effort::kGroups, groups);
    totals_.Hold(groups, flow.width);
    flow.rows = groups;
    flow.variance += is_known ? kVarianceOfGroups : 1;
    return flow;
  }

  Frame Expand(const spark::SetOperation& operation) {
    Frame frame;
    const bool is_union = operation.type == spark::SetOperationType::kUnion;
    Demand demand = AllRows();
    if (!operation.all || !is_union) demand.all_columns = true;
    frame.children = {{operation.left, demand}, {operation.right, demand}};
    frame.combine = [this, is_union, all = operation.all](std::vector<Flow> flows) {
      Flow& left = flows[0];
      Flow& right = flows[1];
      totals_.Charge(left);
      totals_.Charge(right);
      if (!is_union) {
        totals_.Add(Effort::kBuiltRows, right.rows);
        totals_.Add(Effort::kProbedRows, left.rows);
        totals_.Hold(right.rows, right.width);
      } else {
        left.rows += right.rows;
      }
      left.variance = std::max(left.variance, right.variance);
      left.is_open |= right.is_open;
      return all && is_union ? std::move(left) : Distinct(std::move(left), {});
    };
    return frame;
  }

  Frame Expand(const spark::Sort& sort) {
    const ExpressionFacts facts = Note(sort.orders);
    const double top = demand_.top_rows;
    return Over(sort.input, AllRows(), facts, [this, top](Flow flow) {
      totals_.Charge(flow);
      ++totals_.sorts;
      const bool is_top = top > 0 && top <= kTopRowsMax;
      const double held = is_top ? std::min(top, flow.rows) : flow.rows;
      totals_.Add(Effort::kSortedRows, flow.rows * std::log2(std::max(held, 2.0)) * (is_top ? 0.2 : 1));
      totals_.Hold(held, flow.width);
      return flow;
    });
  }

  Frame Cut(const RelationPtr& input, double rows) {
    Demand demand = Same();
    if (rows >= 0) demand.top_rows = std::max(rows, 1.0);
    return Over(input, std::move(demand), [rows](Flow flow) {
      if (rows < 0 || rows >= flow.rows) return flow;
      // Without a sort or a group in between reading ends early; the scan is still to be counted then.
      const double share = rows / flow.rows;
      flow.scan.stored_bytes *= share;
      flow.scan.raw_bytes *= share;
      flow.scan.values *= share;
      flow.scan.rows *= share;
      flow.scan.parsed_bytes *= share;
      flow.rows = rows;
      flow.variance = 0;
      return flow;
    });
  }
  Frame Expand(const spark::Limit& limit) { return Cut(limit.input, ConstantOf(limit.count).value_or(-1)); }
  Frame Expand(const spark::Tail& tail) {
    const double rows = ConstantOf(tail.count).value_or(-1);
    return Over(tail.input, AllRows(), [this, rows](Flow flow) {
      totals_.Charge(flow);
      if (rows >= 0) flow.rows = std::min(rows, flow.rows);
      return flow;
    });
  }
  Frame Expand(const spark::Offset& offset) { return Through(offset.input, AllRows()); }
  Frame Expand(const spark::ShowString& show) { return Cut(show.input, std::max(show.num_rows, 0) + 1.0); }
  Frame Expand(const spark::HtmlString& show) { return Cut(show.input, std::max(show.num_rows, 0) + 1.0); }
  Frame Expand(const spark::Sample& sample) {
    const double share = sample.upper_bound - sample.lower_bound;
    return Over(sample.input, AllRows(), [share](Flow flow) {
      flow.rows *= share >= 0 && share <= 100 ? share : 1;
      return flow;
    });
  }
  Frame Expand(const spark::Repartition& node) {
    Note(node.by);
    return Through(node.input, Same());
  }
  Frame Expand(const spark::Hint& hint) { return Through(hint.input, Same()); }
  Frame Summarised(const RelationPtr& input, const std::vector<std::string>& columns) {
    Name(columns);
    return Over(input, columns.empty() ? All() : Some(), [this](Flow flow) {
      totals_.Charge(flow);
      constexpr double kPerColumn = 8;
      totals_.Add(Effort::kGroupedRows, flow.rows * kPerColumn);
      return Flow{.rows = 10, .width = 64, .is_open = true};
    });
  }
  Frame Expand(const spark::Summary& node) { return Summarised(node.input, {}); }
  Frame Expand(const spark::DescribeColumns& node) { return Summarised(node.input, node.columns); }

  // ---- in words ----

  std::string InputSource() const {
    if (unknown_ > 0 && files_ == 0 && local_ == 0) return "nothing is known";
    std::string source;
    if (files_ == 1 && unknown_ == 0) {
      source = "files: " + description_;
    } else if (files_ > 0) {
      source = absl::StrCat("files: ", BytesText(totals_.input_bytes), ", ", CountText(totals_.input_rows),
                            " rows of ", files_, " inputs");
    } else if (local_ > 0) {
      source = local_source_;
    } else {
      return "reads nothing";
    }
    if (unknown_ > 0) absl::StrAppend(&source, "; of ", unknown_, " inputs nothing is known");
    return source;
  }
  std::string PlanSource() const {
    std::string operators;
    const auto add = [&operators](size_t count, const char* what) {
      if (count > 0) absl::StrAppend(&operators, operators.empty() ? "" : ", ", count, " ", what);
    };
    add(totals_.joins, "joins");
    add(totals_.aggregations, "aggregations");
    add(totals_.sorts, "sorts");
    add(totals_.windows, "windows");
    return absl::StrCat(
        "plan: ", operators.empty() ? "a scan" : operators, " over ",
        unknown_ > 0 && files_ + local_ == 0 ? "what is not known" : CountText(totals_.input_rows) + " rows");
  }

  Inputs& inputs_;
  NodeBudget budget_{kEstimatedNodesMax};
  Totals totals_;
  double variance_ = 0;
  size_t files_ = 0;
  size_t local_ = 0;
  size_t unknown_ = 0;
  size_t merged_columns_ = 0;
  std::string description_;
  std::string local_source_;
  /// Of the relation that is being opened.
  Demand demand_;
  Inputs* inputs_of_walk_ = nullptr;
  bool all_needed_ = true;
  /// Some expression was not looked at, so any column may be needed.
  bool is_cut_ = false;
  std::unordered_set<std::string> named_;
  /// What text was parsed to: facts point into it.
  std::vector<RelationPtr> keep_;
  ExpressionList kept_expressions_;
};

}  // namespace

PlanSize SizeOf(const RelationPtr& plan, Inputs& inputs) {
  Sizing sizing(inputs);
  sizing.Run(plan);
  return sizing.Conclude();
}

PlanSize SizeOf(const spark::Command& command, Inputs& inputs) { return SizeOf(QueryOf(command), inputs); }

Estimate EstimateOf(const PlanSize& size, const Costs& costs) {
  double seconds = 0;
  for (size_t i = 0; i < size.efforts.size(); ++i) seconds += size.efforts[i] * costs.seconds[i];
  const double of_input = std::min(costs.memory_input * size.input_bytes.median, costs.memory_input_max);
  const double bytes = costs.memory_base + costs.memory_held * size.held_bytes + of_input;
  return Tamed(Estimate{.input_bytes = size.input_bytes,
                        .input_rows = size.input_rows,
                        .work = {seconds, std::hypot(costs.work_spread, size.spread), size.source},
                        .peak_memory = {bytes, std::hypot(costs.memory_spread, size.spread), size.source}});
}

}  // namespace hearth::placement
