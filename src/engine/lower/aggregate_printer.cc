// Aggregates and window calls: ExpressionPrinter's part for TypedAggregate and TypedWindow.
#include <algorithm>

#include "base/check.h"
#include "engine/functions/variants.h"
#include "engine/lower/aggregate_mapping.h"
#include "engine/lower/cast_printer.h"
#include "engine/lower/expression_printer.h"
#include "engine/lower/literal.h"
#include "engine/lower/quoting.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::AggregateCall;
using spark::DataType;
using spark::TypedExpression;
using spark::TypeId;
using Id = DuckType::Id;

// One aggregate being printed, perhaps over a window.
class AggregateJob {
 public:
  AggregateJob(ExpressionPrinter& printer, const TypedExpression& whole, const AggregateCall& call,
               bool is_grouped, std::string over)
      : printer_(printer), whole_(whole), call_(call), is_grouped_(is_grouped), over_(std::move(over)) {}

  Fragment Print();

 private:
  Fragment Argument(size_t i) {
    const TypedExpression& argument = *call_.arguments[i];
    return argument.type.Is(TypeId::kDecimal) ? printer_.Print(argument) : printer_.PrintStored(argument);
  }
  // function([DISTINCT] arguments) [FILTER (...)] [OVER (...)]; `condition` narrows the rows further.
  Fragment Apply(std::string_view function, const std::vector<Fragment>& arguments, DuckType type,
                 const std::string& condition = "");

  Fragment Count();
  Fragment Sum();
  Fragment SumOf(const Fragment& argument, DuckType type);
  Fragment CheckedSum(const Fragment& argument, const Fragment& sum);
  Fragment WideSum(const Fragment& argument);
  Fragment Average();
  Fragment Edge(const AggregateMapping& mapping);
  Fragment CountIf();
  Fragment Moment(const AggregateMapping& mapping);

  ExpressionPrinter& printer_;
  const TypedExpression& whole_;
  const AggregateCall& call_;
  const bool is_grouped_;
  std::string over_;
};

Fragment AggregateJob::Apply(std::string_view function, const std::vector<Fragment>& arguments, DuckType type,
                             const std::string& condition) {
  std::vector<std::string> texts;
  Fragment out{"", std::move(type)};
  for (const Fragment& argument : arguments) {
    texts.push_back((texts.empty() && call_.is_distinct ? "DISTINCT " : "") + argument.sql);
    Inherit(&out, argument);
  }
  if (call_.ignore_nulls && !over_.empty() && !texts.empty()) texts.back() += " IGNORE NULLS";
  out.sql = printer_.lowering().CallText(function, texts);
  std::string filter = condition;
  if (call_.filter != nullptr) {
    const Fragment given = printer_.Print(*call_.filter);
    filter += (filter.empty() ? "" : " AND ") + given.sql;
    Inherit(&out, given);
  }
  if (!filter.empty()) out.sql += " FILTER (WHERE " + filter + ")";
  out.sql += over_;
  if (over_.empty())
    out.has_aggregate = true;
  else
    out.has_window = true;
  return out;
}

// COUNT(a, b) counts the rows in which neither is NULL.
Fragment AggregateJob::Count() {
  const DuckType type(Id::kBigint);
  std::string present;
  std::vector<Fragment> arguments;
  for (const auto& argument : call_.arguments) {
    Fragment value = printer_.PrintStored(*argument);
    if (argument->nullable && call_.arguments.size() > 1) {
      present += (present.empty() ? "" : " AND ") + value.sql + " IS NOT NULL";
    }
    arguments.push_back(std::move(value));
  }
  if (call_.is_distinct) {
    if (arguments.size() == 1) return Apply("count", arguments, type);
    Fragment row{"(", DuckType(Id::kNested)};
    for (const Fragment& argument : arguments) {
      row.sql += (row.sql.size() == 1 ? "" : ", ") + argument.sql;
      Inherit(&row, argument);
    }
    row.sql += ")";
    return Apply("count", {row}, type, present);
  }
  const bool counts_rows =
      std::all_of(call_.arguments.begin(), call_.arguments.end(), [](const auto& argument) {
        return argument->template As<spark::Constant>() != nullptr && !argument->nullable;
      });
  if (counts_rows) return Apply("count", {Fragment{"*", type}}, type);
  if (arguments.size() == 1) return Apply("count", arguments, type);
  return Apply("count", {Fragment{"*", type}}, type, present);
}

Fragment AggregateJob::SumOf(const Fragment& argument, DuckType type) {
  return Apply("sum", {argument}, std::move(type));
}

// DuckDB's sum of wide decimals wraps around at 128 bits. A sum of doubles beside it shows whether it did:
// then the two are far apart, and the estimate is beyond what a decimal holds, so that its cast raises.
Fragment AggregateJob::CheckedSum(const Fragment& argument, const Fragment& sum) {
  const DuckType real(Id::kDouble);
  const Fragment estimate = SumOf(Fragment{"CAST(" + argument.sql + " AS DOUBLE)", real}, real);
  const std::string distance =
      printer_.lowering().CallText("abs", {"CAST(" + sum.sql + " AS DOUBLE) - " + estimate.sql});
  const std::string limit = "CAST('1e" + std::to_string(37 - argument.type.scale()) + "' AS DOUBLE)";
  // In kExact the rows are of no interest, only an error is; and this one is not Spark's.
  const std::string otherwise =
      printer_.lowering().exact() ? "NULL" : "CAST(" + estimate.sql + " AS " + sum.type.text() + ")";
  Fragment out{"(CASE WHEN " + sum.sql + " IS NULL THEN NULL WHEN " + distance + " < " + limit + " THEN " +
                   sum.sql + " ELSE " + otherwise + " END)",
               sum.type};
  Inherit(&out, sum);
  return out;
}

Fragment AggregateJob::WideSum(const Fragment& argument) {
  const DataType from = DataType::Decimal(argument.type.width(), argument.type.scale());
  const DataType sum_type = DataType::Decimal(38, argument.type.scale());
  const DuckType result = DuckType::For(whole_.type);
  // Spark reads distinct values through an aggregation of groups, too.
  const SumBuffer buffer =
      over_.empty() && (is_grouped_ || call_.is_distinct) ? SumBuffer::kRow : SumBuffer::kVariable;
  if (!printer_.lowering().exact()) {
    const Fragment sum = CheckedSum(argument, SumOf(argument, DuckType::Decimal(38, argument.type.scale())));
    return printer_.RaisingCall(DecimalSumVariant(buffer, sum_type, whole_.type, OnError::kRaise), {sum},
                                result, whole_.origin);
  }
  if (call_.is_distinct) {
    // Parts of different numbers may be equal.
    throw spark::Error::Decline("an overflow in a sum of distinct decimals", whole_.origin);
  }
  const DuckType huge(Id::kHugeint);
  const Fragment high =
      SumOf(printer_.CallOf(DecimalPartVariant(/*is_high=*/true, from), {argument}, huge), huge);
  const Fragment low =
      SumOf(printer_.CallOf(DecimalPartVariant(/*is_high=*/false, from), {argument}, huge), huge);
  return printer_.RaisingCall(DecimalSumOfPartsVariant(buffer, sum_type, whole_.type, OnError::kRaise),
                              {high, low}, result, whole_.origin);
}

Fragment AggregateJob::Sum() {
  const DataType& type = call_.arguments[0]->type;
  const Fragment argument = Argument(0);
  if (type.Is(TypeId::kDecimal)) {
    // 10^10 rows of less than 29 digits do not overflow 38; Spark counts on that as well.
    if (argument.type.width() <= 28) return SumOf(argument, DuckType::Decimal(38, argument.type.scale()));
    return WideSum(argument);
  }
  if (!whole_.type.Is(TypeId::kLong)) return SumOf(argument, DuckType(Id::kDouble));
  const Fragment sum = SumOf(argument, DuckType(Id::kHugeint));
  if (printer_.lowering().exact()) {
    return printer_.RaisingCall("hearth_sum_to_long", {sum}, DuckType(Id::kBigint), whole_.origin);
  }
  return ExpressionPrinter::Widen(sum, DuckType(Id::kBigint));
}

Fragment AggregateJob::Average() {
  const DataType& type = call_.arguments[0]->type;
  if (!type.Is(TypeId::kDecimal)) {
    const Fragment real = ExpressionPrinter::Widen(Argument(0), DuckType(Id::kDouble));
    return ExpressionPrinter::Infix(SumOf(real, DuckType(Id::kDouble)), "/",
                                    Apply("count", {real}, DuckType(Id::kBigint)), DuckType(Id::kDouble));
  }
  const Fragment argument = Argument(0);
  const DataType sum_type = DataType::Decimal(std::min(38, type.precision() + 10), type.scale());
  const Fragment natural = SumOf(argument, DuckType::Decimal(38, argument.type.scale()));
  const bool checked = argument.type.width() > 28;
  const Fragment sum =
      ExpressionPrinter::Widen(checked ? CheckedSum(argument, natural) : natural, DuckType::For(sum_type));
  const Fragment count = Apply("count", {argument}, DuckType(Id::kBigint));
  const DuckType result = DuckType::For(whole_.type);
  // An average has as many digits before the point as its values: unless 38 digits cut that, it cannot
  // overflow, and the total form leaves DuckDB free to move it.
  if (type.precision() + 4 <= 38) {
    return printer_.CallOf(DecimalAverageVariant(sum_type, whole_.type, OnError::kTry), {sum, count}, result);
  }
  return printer_.RaisingCall(DecimalAverageVariant(sum_type, whole_.type, OnError::kRaise), {sum, count},
                              result, whole_.origin);
}

// FIRST and LAST take whatever comes first; outside of a window, skipping NULLs is a filter.
Fragment AggregateJob::Edge(const AggregateMapping& mapping) {
  const Fragment argument = printer_.PrintStored(*call_.arguments[0]);
  const DuckType type = DuckType::For(whole_.type);
  if (!over_.empty()) return Apply(mapping.window_function, {argument}, type);
  return Apply(mapping.function, {argument}, type, call_.ignore_nulls ? argument.sql + " IS NOT NULL" : "");
}

Fragment AggregateJob::CountIf() {
  const Fragment condition = printer_.Print(*call_.arguments[0]);
  if (call_.is_distinct) throw spark::Error::Decline("count_if with DISTINCT", whole_.origin);
  Fragment out = Apply("count", {Fragment{"*", DuckType(Id::kBigint)}}, DuckType(Id::kBigint), condition.sql);
  Inherit(&out, condition);
  return out;
}

// Infinity and NaN make every moment NaN in Spark, where DuckDB raises or, for one row, gives zero. So DuckDB
// gets the finite rows only, and the others decide beside it.
Fragment AggregateJob::Moment(const AggregateMapping& mapping) {
  const DuckType count_type(Id::kBigint);
  std::vector<Fragment> arguments;
  std::string present;
  std::string finite;
  for (const auto& argument : call_.arguments) {
    arguments.push_back(printer_.PrintStored(*argument));
    const std::string& value = arguments.back().sql;
    present += (present.empty() ? "" : " AND ") + value + " IS NOT NULL";
    finite += (finite.empty() ? "" : " AND ") + printer_.lowering().CallText("isfinite", {value});
  }
  // DuckDB's moments of two columns take (y, x). The last digit shows which of them is which.
  const Fragment moment =
      Apply(mapping.function, {arguments.rbegin(), arguments.rend()}, DuckType::For(whole_.type), finite);
  // With DISTINCT, one distinct value is one row.
  const std::vector<Fragment> counted =
      call_.is_distinct ? arguments : std::vector{Fragment{"*", count_type}};
  const Fragment rows = Apply("count", counted, count_type, present);
  const Fragment others = Apply("count", counted, count_type, present + " AND NOT (" + finite + ")");
  const bool sample = mapping.kind == AggregateMapping::Kind::kSampleMoment;
  Fragment out{"(CASE WHEN " + others.sql + " = 0 THEN " + moment.sql +
                   (sample ? " WHEN " + rows.sql + " = 1 THEN NULL" : "") +
                   " ELSE CAST('nan' AS DOUBLE) END)",
               moment.type};
  for (const Fragment* part : {&moment, &rows, &others}) Inherit(&out, *part);
  return out;
}

Fragment AggregateJob::Print() {
  const AggregateMapping* mapping = FindAggregate(call_.function);
  if (call_.function == "corr") {
    // DuckDB divides by the deviations, Spark by the root of their product; and Spark raises where there is
    // no variance.
    throw spark::Error::Decline("the function corr", whole_.origin);
  }
  if (mapping == nullptr) throw spark::Error::Decline("the function " + call_.function, whole_.origin);
  switch (mapping->kind) {
    case AggregateMapping::Kind::kCount: return Count();
    case AggregateMapping::Kind::kSum: return Sum();
    case AggregateMapping::Kind::kAverage: return Average();
    case AggregateMapping::Kind::kEdge: return Edge(*mapping);
    case AggregateMapping::Kind::kCountIf: return CountIf();
    case AggregateMapping::Kind::kMoment:
    case AggregateMapping::Kind::kSampleMoment: return Moment(*mapping);
    case AggregateMapping::Kind::kWindowOnly:
      if (over_.empty()) throw spark::Error::Decline(call_.function + " without a window", whole_.origin);
      break;
    case AggregateMapping::Kind::kSame: break;
  }
  std::vector<Fragment> arguments;
  for (size_t i = 0; i < call_.arguments.size(); ++i)
    arguments.push_back(printer_.PrintStored(*call_.arguments[i]));
  return Apply(mapping->function, arguments,
               mapping->gives_bigint ? DuckType(Id::kBigint) : DuckType::For(whole_.type));
}

std::string FrameBound(ExpressionPrinter& printer, const spark::TypedFrameBound& bound) {
  switch (bound.kind) {
    case spark::FrameBound::Kind::kUnboundedPreceding: return "UNBOUNDED PRECEDING";
    case spark::FrameBound::Kind::kUnboundedFollowing: return "UNBOUNDED FOLLOWING";
    case spark::FrameBound::Kind::kCurrentRow: return "CURRENT ROW";
    case spark::FrameBound::Kind::kValue: break;
  }
  if (!bound.offset->type.IsNumeric()) throw spark::Error::Decline("window frames measured in intervals");
  return printer.PrintStored(*bound.offset).sql + (bound.preceding ? " PRECEDING" : " FOLLOWING");
}

// DuckDB's parser refuses frames that end before they start; for Spark they are empty.
void DeclineEmptyFrame(const spark::WindowCall& window, const spark::OriginPtr& origin) {
  using Kind = spark::FrameBound::Kind;
  const bool starts_after = window.lower.kind == Kind::kValue && !window.lower.preceding;
  const bool ends_before = window.upper.kind == Kind::kValue && window.upper.preceding;
  const bool empty = (starts_after && (ends_before || window.upper.kind == Kind::kCurrentRow)) ||
                     (ends_before && window.lower.kind == Kind::kCurrentRow);
  if (empty) throw spark::Error::Decline("a window frame that ends before it starts", origin);
}

bool HasOffset(const spark::TypedFrameBound& bound) { return bound.kind == spark::FrameBound::Kind::kValue; }

}  // namespace

Fragment ExpressionPrinter::PrintAggregate(const TypedExpression& expression, bool is_grouped) {
  const auto* call = expression.As<AggregateCall>();
  HEARTH_CHECK(call != nullptr);
  return AggregateJob(*this, expression, *call, is_grouped, "").Print();
}

Fragment ExpressionPrinter::PrintWindow(const TypedExpression& expression) {
  const auto* window = expression.As<spark::WindowCall>();
  HEARTH_CHECK(window != nullptr);
  Fragment parts{"", DuckType(Id::kBoolean)};
  std::string over;
  for (const auto& key : window->partition_by) {
    const Fragment value = KeyThatLeavesZeros(*key);
    Inherit(&parts, value);
    over += (over.empty() ? "PARTITION BY " : ", ") + value.sql;
  }
  std::string order;
  for (const spark::SortKey& key : window->order_by) {
    const std::string text = PrintSortKey(key, &parts);
    if (!text.empty()) order += (order.empty() ? "ORDER BY " : ", ") + text;
  }
  if (!order.empty()) over += (over.empty() ? "" : " ") + order;
  const AggregateMapping* mapping = FindAggregate(window->function.function);
  const bool takes_frame = window->is_aggregate || (mapping != nullptr && mapping->takes_frame);
  if (takes_frame) {
    DeclineEmptyFrame(*window, expression.origin);
    const bool measured = !window->rows && (HasOffset(window->lower) || HasOffset(window->upper));
    if (measured && (window->order_by.size() != 1 || !window->order_by[0].expression->type.IsNumeric())) {
      throw spark::Error::Decline("a RANGE frame over an order that is no number", expression.origin);
    }
    // Without an order all rows are peers, and a constant order is none.
    const std::string unit = window->rows ? "ROWS" : "RANGE";
    const std::string frame =
        unit + " BETWEEN " + FrameBound(*this, window->lower) + " AND " + FrameBound(*this, window->upper);
    if (measured && order.empty())
      throw spark::Error::Decline("a RANGE frame over a constant", expression.origin);
    over += (over.empty() ? "" : " ") + frame;
  }
  Fragment out =
      AggregateJob(*this, expression, window->function, /*is_grouped=*/false, " OVER (" + over + ")").Print();
  Inherit(&out, parts);
  out.has_window = true;
  return out;
}

}  // namespace hearth::engine
