#include "engine/lower/plan_printer.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "engine/lower/conjuncts.h"
#include "engine/lower/deep_expression.h"
#include "engine/lower/expression_printer.h"
#include "engine/lower/literal.h"
#include "engine/lower/quoting.h"
#include "engine/lower/reference_count.h"
#include "spark/error.h"
#include "spark/nesting.h"

namespace hearth::engine {
namespace {

using spark::Column;
using spark::ColumnId;
using spark::TypedExpressionList;
using spark::TypedPlan;
using Id = DuckType::Id;

Fragment ColumnFragment(std::string sql, const spark::DataType& type) {
  return {std::move(sql), DuckType::For(type), Fragment::Form::kColumn};
}

// FROM relation AS alias(c1, c2): columns named by us whatever the relation calls them.
Select Named(Lowering& lowering, const std::string& relation, const std::vector<Column>& output) {
  Select select;
  const std::string alias = lowering.NewAlias();
  std::string names;
  for (const Column& column : output) {
    const std::string name = PlanPrinter::ColumnName(column);
    names += (names.empty() ? "" : ", ") + name;
    select.columns.emplace(column.id, ColumnFragment(alias + "." + name, column.type));
  }
  select.from = relation + " AS " + alias + (names.empty() ? "" : "(" + names + ")");
  return select;
}

// Only the columns that the plan gives stay in reach.
void KeepOnly(Columns* columns, const std::vector<Column>& output) {
  Columns kept;
  for (const Column& column : output) {
    if (auto node = columns->extract(column.id); !node.empty()) kept.insert(std::move(node));
  }
  *columns = std::move(kept);
}

bool AnyWindow(const Columns& columns, const std::set<ColumnId>& used) {
  return std::any_of(columns.begin(), columns.end(), [&](const auto& column) {
    return column.second.has_window && used.count(column.first) != 0;
  });
}

bool IsReal(const spark::DataType& type) {
  return type.Is(spark::TypeId::kFloat) || type.Is(spark::TypeId::kDouble);
}

// DuckDB plans a UNION in time with the square of its sides: this many in about two seconds.
constexpr size_t kMostSides = 4000;
// Derived tables in each other, which DuckDB's planner walks by recursion.
constexpr size_t kMostSteps = 128;

// Whether Spark's optimizer may know that there is one row at most, or a constant in the column: then it
// groups nothing, and a -0.0 keeps its sign. `true` where that depends on the rows.
bool MayBeOneRow(const TypedPlan& plan) {
  if (plan.As<spark::FileScan>() != nullptr) return false;
  if (const auto* node = plan.As<spark::TypedProject>()) return MayBeOneRow(*node->input);
  if (const auto* node = plan.As<spark::TypedFilter>()) return MayBeOneRow(*node->input);
  if (const auto* node = plan.As<spark::TypedSort>()) return MayBeOneRow(*node->input);
  if (const auto* node = plan.As<spark::TypedWindow>()) return MayBeOneRow(*node->input);
  if (const auto* node = plan.As<spark::TypedDistinct>()) return MayBeOneRow(*node->input);
  if (const auto* node = plan.As<spark::TypedObserve>()) return MayBeOneRow(*node->input);
  if (const auto* node = plan.As<spark::TypedLimit>())
    return node->limit.value_or(2) <= 1 || MayBeOneRow(*node->input);
  if (const auto* node = plan.As<spark::TypedJoin>())
    return MayBeOneRow(*node->left) && MayBeOneRow(*node->right);
  if (const auto* node = plan.As<spark::TypedAggregate>())
    return node->grouping.empty() || MayBeOneRow(*node->input);
  return true;
}

// Spark's groups hold one zero: -0.0 is shown as 0.0. `keeps_sign`: see MayBeOneRow; a -0.0 is then declined.
Fragment WithoutNegativeZero(ExpressionPrinter& printer, const Fragment& value, bool keeps_sign) {
  if (keeps_sign || value.form == Fragment::Form::kConstant) {
    return printer.CallOf("hearth_positive_zero", {value}, value.type);
  }
  const Fragment zero{"CAST('0' AS " + value.type.text() + ")", value.type, Fragment::Form::kConstant};
  return ExpressionPrinter::Infix(value, "+", zero, value.type);
}

const char* JoinText(spark::JoinType type) {
  switch (type) {
    case spark::JoinType::kInner:
    case spark::JoinType::kCross: return " INNER JOIN ";
    case spark::JoinType::kLeftOuter: return " LEFT JOIN ";
    case spark::JoinType::kRightOuter: return " RIGHT JOIN ";
    case spark::JoinType::kFullOuter: return " FULL JOIN ";
    case spark::JoinType::kLeftSemi: return " SEMI JOIN ";
    case spark::JoinType::kLeftAnti: return " ANTI JOIN ";
  }
  HEARTH_CHECK(false);
}

// Nested calls of one printer see the columns of the query around them.
class OuterScope {
 public:
  OuterScope(Lowering& lowering, const Columns& columns) : lowering_(lowering) {
    lowering_.outer.push_back(&columns);
  }
  ~OuterScope() { lowering_.outer.pop_back(); }
  OuterScope(const OuterScope&) = delete;
  OuterScope& operator=(const OuterScope&) = delete;

 private:
  Lowering& lowering_;
};

// What read_parquet is given. The names of folders tell columns as text, NULL in Hive's way of writing it.
std::vector<std::string> FileArguments(const spark::FileRelation& relation) {
  std::string files;
  for (const std::string& file : relation.files) files += (files.empty() ? "" : ", ") + QuoteText(file);
  std::vector<std::string> arguments = {"[" + files + "]"};
  arguments.emplace_back(relation.partition_fields > 0 ? "hive_partitioning = true"
                                                       : "hive_partitioning = false");
  if (relation.partition_fields > 0) arguments.emplace_back("hive_types_autocast = false");
  if (relation.differ) arguments.emplace_back("union_by_name = true");
  return arguments;
}

// Rows that Spark's optimizer holds in hands, so that it evaluates what is asked of them.
bool IsLocal(const TypedPlan& plan) {
  if (const auto* project = plan.As<spark::TypedProject>()) return IsLocal(*project->input);
  if (const auto* filter = plan.As<spark::TypedFilter>()) return IsLocal(*filter->input);
  if (const auto* limit = plan.As<spark::TypedLimit>()) return IsLocal(*limit->input);
  return plan.As<spark::ValuesScan>() != nullptr || plan.As<spark::LocalScan>() != nullptr ||
         plan.As<spark::OneRow>() != nullptr;
}

class LocalScope {
 public:
  LocalScope(Lowering& lowering, bool is_local) : lowering_(lowering), around_(lowering.is_local) {
    lowering_.is_local = is_local;
  }
  ~LocalScope() { lowering_.is_local = around_; }
  LocalScope(const LocalScope&) = delete;
  LocalScope& operator=(const LocalScope&) = delete;

 private:
  Lowering& lowering_;
  const bool around_;
};

}  // namespace

std::string PlanPrinter::PrintStatement(const TypedPlan& plan) {
  return Render(Print(plan), plan.output, SelectList::kPositional);
}

std::string PlanPrinter::PrintSubquery(const TypedPlan& plan, const Columns& around, SelectList list) {
  const OuterScope scope(lowering_, around);
  return Render(Print(plan), plan.output, list);
}

bool PlanPrinter::GivesOneRow(const TypedPlan& plan) {
  if (const auto* aggregate = plan.As<spark::TypedAggregate>()) {
    return aggregate->grouping.empty() && aggregate->grouping_sets.empty();
  }
  if (const auto* project = plan.As<spark::TypedProject>()) return GivesOneRow(*project->input);
  return plan.As<spark::OneRow>() != nullptr;
}

Select PlanPrinter::Print(const TypedPlan& plan) {
  spark::CheckNesting();
  if (plan.As<spark::OneRow>() != nullptr) return {};
  if (const auto* node = plan.As<spark::FileScan>()) return PrintFileScan(plan, *node);
  if (const auto* node = plan.As<spark::LocalScan>()) return PrintLocalScan(plan, *node);
  if (const auto* node = plan.As<spark::ValuesScan>()) return PrintValues(plan, *node);
  if (const auto* node = plan.As<spark::RangeScan>()) return PrintRange(plan, *node);
  if (const auto* node = plan.As<spark::TypedProject>()) return PrintProject(plan, *node);
  if (const auto* node = plan.As<spark::TypedFilter>()) return PrintFilter(*node);
  if (const auto* node = plan.As<spark::TypedJoin>()) return PrintJoin(plan, *node);
  if (const auto* node = plan.As<spark::TypedAggregate>()) return PrintAggregate(plan, *node);
  if (const auto* node = plan.As<spark::TypedWindow>()) return PrintWindow(plan, *node);
  if (const auto* node = plan.As<spark::TypedSort>()) return PrintSort(*node);
  if (const auto* node = plan.As<spark::TypedLimit>()) return PrintLimit(*node);
  if (const auto* node = plan.As<spark::TypedTail>()) return PrintTail(plan, *node);
  if (const auto* node = plan.As<spark::TypedSetOperation>()) return PrintSetOperation(plan, *node);
  if (const auto* node = plan.As<spark::TypedDistinct>()) return PrintDistinct(plan, *node);
  if (const auto* node = plan.As<spark::TypedObserve>()) return Print(*node->input);
  if (const auto* node = plan.As<spark::StoredScan>()) return PrintStoredScan(plan, *node);
  if (const auto* node = plan.As<spark::TypedWith>()) return PrintWith(*node);
  if (const auto* node = plan.As<spark::CommonTableScan>()) return PrintCommonTableScan(plan, *node);
  // Spark draws by a random generator for each partition.
  throw spark::Error::Decline("sampling");
}

std::string PlanPrinter::Render(const Select& select, const std::vector<Column>& output, SelectList list) {
  std::string items;
  std::set<ColumnId> named;
  bool any_aggregate = false;
  for (size_t i = 0; i < output.size() && list != SelectList::kOne; ++i) {
    const Column& column = output[i];
    if (list == SelectList::kColumns && !named.insert(column.id).second) continue;
    const auto found = select.columns.find(column.id);
    HEARTH_CHECK(found != select.columns.end()) << "no column " << column.name << " with id " << column.id;
    any_aggregate = any_aggregate || found->second.has_aggregate;
    items += (items.empty() ? "" : ", ") +
             ExpressionPrinter::Widen(found->second, DuckType::For(column.type)).sql + " AS " +
             (list == SelectList::kPositional ? "c" + std::to_string(i) : ColumnName(column));
  }
  if (items.empty()) items = "1 AS one";
  std::string out;
  for (const std::string& table : select.with) out += (out.empty() ? "WITH " : ", ") + table;
  if (!out.empty()) out += " ";
  // Without a key, an aggregation is one only if an aggregate is printed.
  const bool keyless = select.is_aggregate && select.group_by.empty() && select.having.empty();
  if (keyless && !any_aggregate) {
    Select counted = select;
    counted.having.push_back({lowering_.CallText("count", {"*"}) + " >= 0", DuckType(Id::kBoolean)});
    return Render(counted, output, list);
  }
  return out + "SELECT " + (select.is_distinct ? "DISTINCT " : "") + items + ClausesText(select);
}

Select PlanPrinter::Wrap(const Select& select, const std::vector<Column>& output) {
  const std::string inner = Render(select, output, SelectList::kColumns);
  Select wrapped;
  const std::string alias = lowering_.NewAlias();
  wrapped.from = "(" + inner + ") AS " + alias;
  for (const Column& column : output) {
    wrapped.columns.emplace(column.id, ColumnFragment(alias + "." + ColumnName(column), column.type));
  }
  return wrapped;
}

TypedExpressionList PlanPrinter::AddSteps(Select* select, const TypedPlan& input,
                                          const TypedExpressionList& expressions) {
  ExpressionSteps in_steps = InSteps(expressions, [this] { return lowering_.NewColumnId(); });
  if (in_steps.steps.size() > kMostSteps) throw spark::Error::Decline("an expression this deep");
  std::vector<Column> output = input.output;
  for (const auto& step : in_steps.steps) {
    ExpressionPrinter printer(lowering_, select->columns);
    Columns added;
    for (const auto& [column, expression] : step) {
      added.emplace(column.id, printer.Print(*expression));
      output.push_back(column);
    }
    select->columns.merge(added);
    *select = Wrap(*select, output);
  }
  return std::move(in_steps.expressions);
}

void PlanPrinter::AvoidRepetition(Select* select, const TypedPlan& input,
                                  const TypedExpressionList& expressions) {
  constexpr size_t kCheap = 60;
  constexpr size_t kLong = 2000;
  for (const auto& [id, count] : CountReferences(expressions)) {
    const auto found = select->columns.find(id);
    if (found == select->columns.end() || found->second.form != Fragment::Form::kExpression) continue;
    const size_t size = found->second.sql.size();
    if (size > kLong || (count > 1 && size > kCheap && !found->second.has_aggregate)) {
      *select = Wrap(*select, input.output);
      return;
    }
  }
}

Select PlanPrinter::PrintFileScan(const TypedPlan& plan, const spark::FileScan& scan) {
  if (scan.relation->format != "parquet")
    throw spark::Error::Decline("files of format " + scan.relation->format);
  HEARTH_CHECK(scan.fields.size() == plan.output.size());
  if (scan.relation->files.empty()) return PrintNoFiles(plan);
  Select select;
  const std::string alias = lowering_.NewAlias();
  select.from = lowering_.CallText("read_parquet", FileArguments(*scan.relation)) + " AS " + alias;
  for (size_t i = 0; i < plan.output.size(); ++i) {
    const auto at = static_cast<size_t>(scan.fields[i]);
    const spark::StructField& field = scan.relation->schema.fields()[at];
    const std::vector<bool>& casts = scan.relation->cast_fields;
    const std::vector<bool>& absent = scan.relation->absent_fields;
    const bool is_absent = at < absent.size() && absent[at];
    std::string column = is_absent ? "NULL" : alias + "." + QuoteName(field.name);
    if (is_absent || (at < casts.size() && casts[at]))
      column = "CAST(" + column + " AS " + DuckType::For(field.type).text() + ")";
    select.columns.emplace(plan.output[i].id, ColumnFragment(std::move(column), field.type));
  }
  return select;
}

// The columns of a table that has no files.
Select PlanPrinter::PrintNoFiles(const TypedPlan& plan) {
  std::string columns;
  for (const Column& column : plan.output) {
    columns += (columns.empty() ? "" : ", ") + ("CAST(NULL AS " + DuckType::For(column.type).text() + ")");
  }
  return Named(lowering_, "(SELECT " + (columns.empty() ? "1" : columns) + " WHERE false)", plan.output);
}

Select PlanPrinter::PrintLocalScan(const TypedPlan& plan, const spark::LocalScan& scan) {
  return Named(lowering_, lowering_.CallText("hearth_local", {lowering_.LocalTable(scan.table)}),
               plan.output);
}

Select PlanPrinter::PrintStoredScan(const TypedPlan& plan, const spark::StoredScan& scan) {
  return Named(lowering_, QuoteName(scan.rows->name), plan.output);
}

Select PlanPrinter::PrintValues(const TypedPlan& plan, const spark::ValuesScan& scan) {
  const Columns none;
  ExpressionPrinter printer(lowering_, none);
  std::string rows;
  for (const TypedExpressionList& row : scan.rows) {
    std::string cells;
    for (const auto& cell : row) cells += (cells.empty() ? "" : ", ") + printer.PrintStored(*cell).sql;
    rows += (rows.empty() ? "(" : ", (") + cells + ")";
  }
  return Named(lowering_, "(VALUES " + rows + ")", plan.output);
}

Select PlanPrinter::PrintRange(const TypedPlan& plan, const spark::RangeScan& scan) {
  const auto bound = [](int64_t value) { return IntegerLiteral(value, Id::kBigint).sql; };
  return Named(lowering_, lowering_.CallText("range", {bound(scan.start), bound(scan.end), bound(scan.step)}),
               plan.output);
}

Select PlanPrinter::PrintProject(const TypedPlan& plan, const spark::TypedProject& project) {
  Select select = Print(*project.input);
  const LocalScope local(lowering_, IsLocal(*project.input));
  if (select.is_distinct) select = Wrap(select, project.input->output);
  const TypedExpressionList expressions = AddSteps(&select, *project.input, project.expressions);
  AvoidRepetition(&select, *project.input, expressions);
  const auto print = [&] {
    Columns columns;
    ExpressionPrinter printer(lowering_, select.columns);
    for (size_t i = 0; i < plan.output.size(); ++i) {
      columns.emplace(plan.output[i].id, printer.Print(*expressions[i]));
    }
    return columns;
  };
  lowering_.outer_aggregate_used = false;
  Columns columns = print();
  if (lowering_.outer_aggregate_used && (select.is_aggregate || select.has_window)) {
    // A subquery names an aggregate of this query, which only a derived table gives a name.
    select = Wrap(select, project.input->output);
    columns = print();
  }
  select.columns = std::move(columns);
  return select;
}

Select PlanPrinter::PrintFilter(const spark::TypedFilter& filter) {
  Select select = Print(*filter.input);
  const LocalScope local(lowering_, IsLocal(*filter.input));
  if (select.HasLimit() || select.has_window) select = Wrap(select, filter.input->output);
  const spark::TypedExpressionPtr asked = AddSteps(&select, *filter.input, {filter.condition})[0];
  AvoidRepetition(&select, *filter.input, {asked});
  const auto print = [&] { return PrintConjuncts(lowering_, select.columns, asked, *filter.input); };
  lowering_.outer_aggregate_used = false;
  std::vector<Fragment> conjuncts = print();
  if (lowering_.outer_aggregate_used && select.is_aggregate) {
    select = Wrap(select, filter.input->output);
    conjuncts = print();
  }
  auto& clause = select.is_aggregate ? select.having : select.where;
  for (Fragment& conjunct : conjuncts) clause.push_back(std::move(conjunct));
  return select;
}

Select PlanPrinter::PrintJoinSide(const TypedPlan& plan, bool keeps_conditions, bool keeps_expressions) {
  Select select = Print(plan);
  const bool named = std::all_of(select.columns.begin(), select.columns.end(), [](const auto& column) {
    return column.second.form == Fragment::Form::kColumn;
  });
  const bool inlined = select.IsPlain() && !select.from.empty() &&
                       (keeps_conditions || select.where.empty()) && (keeps_expressions || named);
  return inlined ? select : Wrap(select, plan.output);
}

Select PlanPrinter::PrintJoin(const TypedPlan& plan, const spark::TypedJoin& join) {
  const bool inner = join.type == spark::JoinType::kInner || join.type == spark::JoinType::kCross;
  const bool keeps_left = inner || join.type == spark::JoinType::kLeftOuter ||
                          join.type == spark::JoinType::kLeftSemi || join.type == spark::JoinType::kLeftAnti;
  Select select = PrintJoinSide(*join.left, keeps_left, keeps_left);
  Select right = [&] {
    if (!join.is_lateral) {
      return PrintJoinSide(
          *join.right, inner,
          inner || join.type == spark::JoinType::kLeftSemi || join.type == spark::JoinType::kLeftAnti);
    }
    const OuterScope scope(lowering_, select.columns);
    Select lateral = Wrap(Print(*join.right), join.right->output);
    lateral.from = "LATERAL " + lateral.from;
    return lateral;
  }();
  Columns both = select.columns;
  both.insert(right.columns.begin(), right.columns.end());
  for (Fragment& condition : right.where) select.where.push_back(std::move(condition));

  const std::string right_text = right.from_is_join ? "(" + right.from + ")" : right.from;
  if (inner && join.condition == nullptr) {
    select.from += " CROSS JOIN " + right_text;
  } else {
    const std::string condition =
        join.condition == nullptr
            ? "TRUE"
            : ConjunctionText(inner ? PrintConjuncts(lowering_, both, join.condition, plan)
                                    : PrintJoinConjuncts(lowering_, both, join));
    select.from += JoinText(join.type) + right_text + " ON " + condition;
  }
  select.from_is_join = true;
  select.columns = std::move(both);
  KeepOnly(&select.columns, plan.output);
  return select;
}

Select PlanPrinter::PrintAggregate(const TypedPlan& plan, const spark::TypedAggregate& aggregate) {
  Select select = Print(*aggregate.input);
  if (!select.IsPlain()) select = Wrap(select, aggregate.input->output);
  TypedExpressionList read = aggregate.grouping;
  read.insert(read.end(), aggregate.aggregates.begin(), aggregate.aggregates.end());
  AvoidRepetition(&select, *aggregate.input, read);

  ExpressionPrinter printer(lowering_, select.columns);
  const bool keeps_sign = aggregate.aggregates.empty() && MayBeOneRow(*aggregate.input);
  Columns columns;
  std::vector<std::string> keys;
  size_t next = 0;
  for (const auto& key : aggregate.grouping) {
    Fragment value = printer.Print(*key);
    // A bare literal would be taken for the position of a column.
    if (value.form == Fragment::Form::kConstant) {
      value.sql = "CAST(" + value.sql + " AS " + value.type.text() + ")";
      value.form = Fragment::Form::kExpression;
    }
    if (IsReal(key->type)) value = WithoutNegativeZero(printer, value, keeps_sign);
    keys.push_back(value.sql);
    columns.emplace(plan.output[next++].id, std::move(value));
  }
  std::string all_keys;
  for (const std::string& key : keys) all_keys += (all_keys.empty() ? "" : ", ") + key;
  if (aggregate.has_grouping_id) {
    Fragment id{keys.empty() ? "CAST('0' AS BIGINT)" : lowering_.CallText("grouping", keys),
                DuckType(Id::kBigint)};
    columns.emplace(plan.output[next++].id, std::move(id));
  }
  for (const auto& call : aggregate.aggregates) {
    columns.emplace(plan.output[next++].id,
                    printer.PrintAggregate(*call, /*is_grouped=*/!aggregate.grouping.empty()));
  }
  select.group_by = all_keys;
  if (!aggregate.grouping_sets.empty()) {
    std::string sets;
    for (const std::vector<int>& set : aggregate.grouping_sets) {
      std::string members;
      for (const int i : set) members += (members.empty() ? "" : ", ") + keys[static_cast<size_t>(i)];
      sets += (sets.empty() ? "(" : ", (") + members + ")";
    }
    select.group_by = "GROUPING SETS (" + sets + ")";
    // Spark repeats each row for each set before it groups: without rows there is no grand total either.
    if (!keys.empty()) {
      select.having.push_back({lowering_.CallText("count", {"*"}) + " > 0", DuckType(Id::kBoolean)});
    }
  }
  // Keys that are no plain columns must not be mistaken for other expressions of the same columns above.
  for (auto& [id, column] : columns) column.has_aggregate = true;
  select.is_aggregate = true;
  select.columns = std::move(columns);
  return select;
}

Select PlanPrinter::PrintWindow(const TypedPlan& plan, const spark::TypedWindow& window) {
  Select select = Print(*window.input);
  std::set<ColumnId> used;
  for (const auto& [id, count] : CountReferences(window.windows)) used.insert(id);
  if (select.is_distinct || select.HasLimit() || !select.order_by.empty() ||
      AnyWindow(select.columns, used)) {
    select = Wrap(select, window.input->output);
  }
  AvoidRepetition(&select, *window.input, window.windows);
  Columns columns;
  {
    ExpressionPrinter printer(lowering_, select.columns);
    const size_t first = plan.output.size() - window.windows.size();
    for (size_t i = 0; i < window.windows.size(); ++i) {
      columns.emplace(plan.output[first + i].id, printer.PrintWindow(*window.windows[i]));
    }
  }
  select.columns.merge(columns);
  select.has_window = true;
  return select;
}

Select PlanPrinter::PrintSort(const spark::TypedSort& sort) {
  Select select = Print(*sort.input);
  if (select.HasLimit() || select.is_distinct) select = Wrap(select, sort.input->output);
  // The outer order is the one that counts; DuckDB's sort is not asked to be stable.
  std::vector<std::string> order;
  Fragment parts{"", DuckType(Id::kBoolean)};
  for (const spark::SortKey& key : sort.keys) {
    std::string text = ExpressionPrinter(lowering_, select.columns).PrintSortKey(key, &parts);
    if (!text.empty()) order.push_back(std::move(text));
  }
  select.order_by = std::move(order);
  return select;
}

Select PlanPrinter::PrintLimit(const spark::TypedLimit& limit) {
  Select select = Print(*limit.input);
  if (select.HasLimit()) select = Wrap(select, limit.input->output);
  select.limit = limit.limit;
  select.offset = limit.offset;
  return select;
}

// The last rows: numbered as they come, counted, cut, and put out in order.
Select PlanPrinter::PrintTail(const TypedPlan& plan, const spark::TypedTail& tail) {
  Select input = Wrap(Print(*tail.input), tail.input->output);
  const std::string alias = lowering_.NewAlias();
  std::string items;
  for (const Column& column : tail.input->output)
    items += input.columns.at(column.id).sql + " AS " + ColumnName(column) + ", ";
  items += lowering_.CallText("row_number", {}) + " OVER () AS place, " + lowering_.CallText("count", {"*"}) +
           " OVER () AS places";
  Select select;
  select.from = "(SELECT " + items + " FROM " + input.from + ") AS " + alias;
  select.where.push_back(
      {alias + ".place > " + alias + ".places - " + std::to_string(tail.count), DuckType(Id::kBoolean)});
  select.order_by.push_back(alias + ".place ASC NULLS FIRST");
  for (const Column& column : plan.output) {
    select.columns.emplace(column.id, ColumnFragment(alias + "." + ColumnName(column), column.type));
  }
  return select;
}

Select PlanPrinter::PrintSetOperation(const TypedPlan& plan, const spark::TypedSetOperation& operation) {
  const char* symbol = operation.type == spark::SetOperationType::kUnion       ? " UNION "
                       : operation.type == spark::SetOperationType::kIntersect ? " INTERSECT "
                                                                               : " EXCEPT ";
  // A long chain of UNION leans to the left: it is printed flat. What a UNION has made distinct is made so
  // again at its end, as Spark does.
  std::vector<const TypedPlan*> sides = {operation.right.get()};
  const TypedPlan* left = operation.left.get();
  const auto chained = [&](const TypedPlan& side) {
    const auto* inner = side.As<spark::TypedSetOperation>();
    const bool is_union = inner != nullptr && inner->type == spark::SetOperationType::kUnion;
    return is_union && (inner->all || !operation.all) ? inner : nullptr;
  };
  while (operation.type == spark::SetOperationType::kUnion && chained(*left) != nullptr) {
    sides.push_back(chained(*left)->right.get());
    left = chained(*left)->left.get();
  }
  sides.push_back(left);
  if (sides.size() > kMostSides) {
    throw spark::Error::Decline("a UNION of " + std::to_string(sides.size()) + " relations");
  }
  std::string text;
  for (auto side = sides.rbegin(); side != sides.rend(); ++side) {
    const bool all = operation.all || std::next(side) != sides.rend();
    if (!text.empty()) text += std::string(symbol) + (all ? "ALL " : "");
    text += "(" + Render(Print(**side), (*side)->output, SelectList::kPositional) + ")";
  }
  Select select = Named(lowering_, "(" + text + ")", plan.output);
  if (operation.all) return select;
  const bool is_union = operation.type == spark::SetOperationType::kUnion;
  // Of a UNION, all sides but one may turn out to be empty.
  const bool keeps_sign =
      is_union ? std::any_of(sides.begin(), sides.end(), [](const TypedPlan* s) { return MayBeOneRow(*s); })
               : MayBeOneRow(*operation.left);
  ExpressionPrinter printer(lowering_, select.columns);
  for (const Column& column : plan.output) {
    if (column.type.IsNested()) throw spark::Error::Decline("a set operation that compares nested values");
    if (!IsReal(column.type)) continue;
    Fragment& value = select.columns.at(column.id);
    value = WithoutNegativeZero(printer, value, keeps_sign);
  }
  return select;
}

Select PlanPrinter::PrintDistinct(const TypedPlan& plan, const spark::TypedDistinct& distinct) {
  Select select = Print(*distinct.input);
  if (select.HasLimit() || !select.order_by.empty()) select = Wrap(select, distinct.input->output);
  const bool keeps_sign = MayBeOneRow(*distinct.input);
  ExpressionPrinter printer(lowering_, select.columns);
  for (const Column& column : plan.output) {
    Fragment& value = select.columns.at(column.id);
    if (IsReal(column.type)) value = WithoutNegativeZero(printer, value, keeps_sign);
  }
  KeepOnly(&select.columns, plan.output);
  select.is_distinct = true;
  return select;
}

Select PlanPrinter::PrintWith(const spark::TypedWith& with) {
  std::vector<std::string> tables;
  for (const spark::CommonTable& table : with.tables) {
    auto& columns = lowering_.common_tables[table.id];
    std::string names;
    for (size_t i = 0; i < table.plan->output.size(); ++i) {
      columns.emplace_back("c" + std::to_string(i), DuckType::For(table.plan->output[i].type));
    }
    tables.push_back("w" + std::to_string(table.id) + " AS (" +
                     Render(Print(*table.plan), table.plan->output, SelectList::kPositional) + ")");
  }
  Select select = Print(*with.input);
  if (!select.with.empty()) select = Wrap(select, with.input->output);
  select.with = std::move(tables);
  return select;
}

Select PlanPrinter::PrintCommonTableScan(const TypedPlan& plan, const spark::CommonTableScan& scan) {
  const auto found = lowering_.common_tables.find(scan.table_id);
  HEARTH_CHECK(found != lowering_.common_tables.end() && found->second.size() == plan.output.size());
  Select select;
  const std::string alias = lowering_.NewAlias();
  select.from = "w" + std::to_string(scan.table_id) + " AS " + alias;
  for (size_t i = 0; i < plan.output.size(); ++i) {
    const auto& [name, type] = found->second[i];
    select.columns.emplace(plan.output[i].id, Fragment{alias + "." + name, type, Fragment::Form::kColumn});
  }
  return select;
}

}  // namespace hearth::engine
