// One walk over a plan, which counts what its operators do.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "placement/size/estimator.h"
#include "placement/size/expression_facts.h"
#include "placement/size/flow.h"
#include "placement/size/join_group.h"

namespace hearth::placement {

/// Of inputs of which nothing is known.
inline constexpr double kUnknownVariance = Amount::kSpreadOfIgnorance * Amount::kSpreadOfIgnorance;
inline constexpr double kComputedWidth = 8;  ///< bytes of a value that is computed
inline constexpr double kRowsOfAGenerator = 5;
inline constexpr double kVarianceOfGroups = 0.16;

/// The query whose rows a command writes. nullptr if it reads no rows; making a view does not.
spark::RelationPtr QueryOf(const spark::Command& command);

/// What names stand for where a relation is.
struct Scope;
using ScopePtr = std::shared_ptr<const Scope>;
struct Scope {
  std::string name;  // in lower case; "": none
  spark::RelationPtr plan;
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

/// Walks a plan with a stack of its own, from the root down and then from the inputs up: what a relation is
/// opened as (Expand) says which relations are below it, and what becomes of their rows. Used once.
class Sizing {
 public:
  explicit Sizing(Inputs& inputs) : inputs_(inputs) { totals_.Add(Effort::kStatements, 1); }
  void Run(const spark::RelationPtr& plan);
  PlanSize Conclude() const;

 private:
  using Combine = std::function<Flow(std::vector<Flow>)>;
  struct Frame {
    std::vector<std::pair<spark::RelationPtr, Demand>> children;
    std::vector<Flow> done;
    Combine combine;
  };

  // ---- what is known of leaves: sizing_inputs.cc ----
  Flow Unknown();
  Frame Leaf(Flow flow);
  Flow Local(double rows, double width, double variance, const std::string& source);
  Flow OfFiles(const FileSet& files);
  /// Text lies beyond what fits a number; see AxisOfText.
  static bool IsText(const ColumnFacts& column);
  /// Of a value in memory, where a dictionary's number is again what it stands for.
  static double HeldWidth(const ColumnFacts& column, double width);

  // ---- from the root down: sizing.cc ----
  Frame Open(const spark::RelationPtr& relation, const Demand& demand);
  /// Notes the columns that an expression names.
  ExpressionFacts Note(const spark::ExpressionList& expressions);
  void Name(const std::vector<std::string>& columns);
  Demand Same() const;
  Demand Some() const;
  Demand All() const;
  Demand AllRows() const;
  /// One input, and what becomes of it; `subqueries` of its expressions are looked at before it.
  Frame Over(const spark::RelationPtr& input, Demand demand, const ExpressionFacts& facts,
             std::function<Flow(Flow)> then);
  Frame Over(const spark::RelationPtr& input, Demand demand, std::function<Flow(Flow)> then);
  Frame Through(const spark::RelationPtr& input, Demand demand);

  // ---- inputs: sizing_inputs.cc ----
  Frame Expand(const spark::NamedTable& table);
  static bool IsFormat(const std::string& name);
  /// All columns under one name.
  Frame Named(std::string qualifier, Frame frame);
  Frame Expand(const spark::DataSourceRead& read);
  Frame Expand(const spark::LocalRelation& local);
  Flow OfBytes(double bytes);
  Frame Expand(const spark::CachedLocalRelation& local);
  Frame Expand(const spark::InlineTable& table);
  Frame Expand(const spark::Range& range);
  Flow OfRange(double start, double end, double step);
  Frame Expand(const spark::TableFunction& call);
  Frame Expand(const spark::CachedRemoteRelation&);
  Frame Expand(const spark::UnsupportedRelation&);

  // ---- text, names: sizing_names.cc ----
  Frame Expand(const spark::SqlText& sql);
  Frame Expand(const spark::With& with);
  Frame Expand(const spark::WithRelations& with);
  /// Puts another name around a scope; false if there are too many.
  bool Define(const std::string& name, const spark::RelationPtr& plan, const ScopePtr& scope_of_plan,
              ScopePtr* scope);
  Frame Expand(const spark::SubqueryAlias& alias);
  Frame Renamed(const spark::RelationPtr& input, const std::vector<std::string>& old_names);
  Frame Expand(const spark::ToDataFrame& node);
  Frame Expand(const spark::WithColumnsRenamed& node);
  Frame Expand(const spark::ToSchema& node);

  // ---- columns: sizing_columns.cc ----
  Frame Expand(const spark::Project& project);
  Flow Projected(Flow flow, const spark::ExpressionList& expressions, const ExpressionFacts& facts);
  /// The columns that a list of expressions gives, in place of those that came.
  void GiveColumns(Flow& flow, const spark::ExpressionList& expressions, bool keeps_all);
  /// Of a column that is computed of one other: how many values it may have.
  Column ComputedColumn(const spark::ExpressionPtr& value, const Flow& flow);
  Frame Expand(const spark::WithColumns& node);
  Frame Expand(const spark::DropColumns& node);
  Frame Expand(const spark::CollectMetrics& node);
  Frame Expand(const spark::NamedWindow& node);
  Frame Computed(const spark::RelationPtr& input, Demand demand);
  Frame Expand(const spark::FillNa& node);
  Frame Expand(const spark::DropNa& node);
  Frame Expand(const spark::ReplaceNa& node);

  // ---- filters and joins: sizing_joins.cc ----
  Frame Expand(const spark::Filter& filter);
  Frame Expand(const spark::Join& join);
  static KeptRows KeptBy(spark::JoinType type);
  static std::vector<std::string> Shared(const Flow& left, const Flow& right);
  /// A tree of inner joins and filters, with what is above them.
  Frame Group(const spark::RelationPtr& root, spark::ExpressionList conditions);
  Frame GroupOf(std::vector<spark::RelationPtr> inputs, spark::ExpressionList conditions);
  /// A subquery about one input's column is asked before the joins, others after them.
  Flow Joined(std::vector<Flow> inputs, const spark::ExpressionList& conditions,
              const std::vector<SubqueryCondition>& subqueries);

  // ---- groups, sorts, sets: sizing_groups.cc ----
  Frame Expand(const spark::Aggregate& aggregate);
  /// With GROUP BY 1 the first column, and with GROUP BY ALL those that aggregate nothing.
  spark::ExpressionList KeysOf(const spark::Aggregate& aggregate);
  /// GROUP BY may name a column of the select list.
  static spark::ExpressionPtr ByAlias(const spark::ExpressionPtr& key, const spark::ExpressionList& list);
  Flow Grouped(Flow flow, const spark::ExpressionList& keys, const spark::ExpressionList& output,
               const ExpressionFacts& facts, double sets);
  Frame Expand(const spark::Deduplicate& node);
  Flow Distinct(Flow flow, const std::vector<std::string>& names);
  Frame Expand(const spark::SetOperation& operation);
  Frame Expand(const spark::Sort& sort);
  Frame Cut(const spark::RelationPtr& input, double rows);
  Frame Expand(const spark::Limit& limit);
  Frame Expand(const spark::Tail& tail);
  Frame Expand(const spark::Offset& offset);
  Frame Expand(const spark::ShowString& show);
  Frame Expand(const spark::HtmlString& show);
  Frame Expand(const spark::Sample& sample);
  Frame Expand(const spark::Repartition& node);
  Frame Expand(const spark::Hint& hint);
  Frame Summarised(const spark::RelationPtr& input, const std::vector<std::string>& columns);
  Frame Expand(const spark::Summary& node);
  Frame Expand(const spark::DescribeColumns& node);

  // ---- in words: sizing.cc ----
  std::string InputSource() const;
  std::string PlanSource() const;

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
  std::vector<spark::RelationPtr> keep_;
  spark::ExpressionList kept_expressions_;
};

}  // namespace hearth::placement
