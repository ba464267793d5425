#include "spark/analysis/function_resolution.h"

#include <algorithm>

#include "base/check.h"
#include "spark/analysis/analyzer.h"
#include "spark/analysis/cast_rules.h"
#include "spark/analysis/coercion.h"
#include "spark/analysis/function_table.h"
#include "spark/analysis/function_table_rules.h"

namespace hearth::spark {
namespace {

bool AcceptsCount(const FunctionEntry& entry, size_t count) {
  return count >= static_cast<size_t>(entry.least_arguments) &&
         (entry.most_arguments == FunctionEntry::kUnlimited ||
          count <= static_cast<size_t>(entry.most_arguments));
}

// The parser's name for x [NOT] LIKE ANY (...) and LIKE ALL (...), with or without case.
bool IsQuantifiedLike(std::string_view name) {
  if (name.starts_with("not")) name.remove_prefix(3);
  return name == "likeany" || name == "likeall" || name == "ilikeany" || name == "ilikeall";
}

// "2", "[2, 3]", "> 0".
std::string ExpectedCounts(const FunctionEntry& entry) {
  if (entry.most_arguments == FunctionEntry::kUnlimited)
    return "> " + std::to_string(entry.least_arguments - 1);
  if (entry.least_arguments == entry.most_arguments) return std::to_string(entry.least_arguments);
  std::string out;
  for (int i = entry.least_arguments; i <= entry.most_arguments; ++i) {
    out += (out.empty() ? "[" : ", ") + std::to_string(i);
  }
  return out + "]";
}

void CheckArgumentCount(const FunctionEntry& entry, const FunctionRequest& request,
                        const Environment& environment) {
  if (AcceptsCount(entry, request.arguments.size())) return;
  if (entry.name == "count") {
    throw Error(ExceptionKind::kAnalysis, "WRONG_NUM_ARGS.WITH_SUGGESTION",
                {{"functionName", "`count`"},
                 {"expectedNum", " >= 1"},
                 {"actualNum", "0"},
                 {"legacyNum", "0"},
                 {"legacyConfKey", "\"spark.sql.legacy.allowParameterlessCount\""},
                 {"legacyConfValue", "\"true\""}});
  }
  Resolution(entry, request, &environment).FailArgumentCount(ExpectedCounts(entry));
}

// What only aggregates take is refused elsewhere, and what no aggregate of ours honours is declined.
void CheckModifiers(const FunctionEntry& entry, const FunctionRequest& request) {
  const bool is_aggregate = entry.function_class == FunctionClass::kAggregate;
  const auto refuse = [&](const std::string& syntax) {
    throw Error(ExceptionKind::kAnalysis, "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
                {{"prettyName", QuoteIdentifier(request.name)}, {"syntax", syntax}}, request.origin);
  };
  if (request.is_distinct && !is_aggregate) refuse("DISTINCT");
  if (request.filter != nullptr && !is_aggregate) refuse("FILTER CLAUSE");
  if (!request.order_by.empty()) throw Error::Decline("WITHIN GROUP (ORDER BY ...)", request.origin);
  if (request.ignore_nulls) {
    static constexpr std::string_view kTakesNulls[] = {"first",     "first_value", "last", "last_value",
                                                       "any_value", "lag",         "lead", "nth_value"};
    if (std::find(std::begin(kTakesNulls), std::end(kTakesNulls), entry.name) == std::end(kTakesNulls)) {
      refuse("IGNORE NULLS");
    }
  }
}

void DeclineCollations(const FunctionRequest& request) {
  for (const auto& argument : request.arguments) {
    if (argument->type.Is(TypeId::kString) && !argument->type.collation().empty()) {
      throw Error::Decline("functions of collated strings", request.origin);
    }
    if (argument->type.Is(TypeId::kVariant) || argument->type.Is(TypeId::kTime)) {
      throw Error::Decline("functions of type " + argument->type.simple_string(), request.origin);
    }
  }
}

[[noreturn]] void ThrowCastRefusal(const TypedExpressionPtr& cast, const DataType& from,
                                   const Environment& environment) {
  const CastRefusal refusal = WhyNoCast(from, cast->type);
  Error::Parameters parameters = {{"sqlExpr", QuoteDouble(PrettyName(*cast, environment))},
                                  {"srcType", QuoteDouble(from.sql())},
                                  {"targetType", QuoteDouble(cast->type.sql())}};
  std::string condition = "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION";
  if (refusal.suggestion == CastRefusal::Suggestion::kConfiguration) {
    condition = "DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION";
    parameters.emplace("config", "\"spark.sql.ansi.enabled\"");
    parameters.emplace("configVal", "'false'");
  } else if (refusal.suggestion == CastRefusal::Suggestion::kFunction) {
    condition = "DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION";
    parameters.emplace("functionNames", QuoteIdentifier(refusal.function));
  }
  throw Error(ExceptionKind::kExtendedAnalysis, condition, std::move(parameters), cast->origin);
}

}  // namespace

std::optional<FunctionClass> ClassifyFunction(std::string_view name) {
  const FunctionEntry* entry = FindFunction(name);
  return entry == nullptr ? std::nullopt : std::optional(entry->function_class);
}

TypedExpressionPtr ResolveFunction(const FunctionRequest& request, const Environment& environment) {
  const FunctionEntry* entry = FindFunction(request.name);
  if (entry == nullptr || entry->is_internal) {
    if (IsQuantifiedLike(request.name)) throw Error::Decline("LIKE ANY and LIKE ALL", request.origin);
    if (IsSparkFunction(request.name)) throw Error::Decline("the function " + request.name, request.origin);
    throw Error(ExceptionKind::kAnalysis, "UNRESOLVED_ROUTINE",
                {{"routineName", QuoteIdentifier(request.name)},
                 {"searchPath", "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]"}},
                request.origin);
  }
  CheckArgumentCount(*entry, request, environment);
  CheckModifiers(*entry, request);
  DeclineCollations(request);
  Resolution call(*entry, request, &environment);
  TypedExpressionPtr resolved = entry->rule(call);
  if (!entry->is_replaced) return resolved;
  return Resolution(*entry, request, &environment).Give(resolved->type, resolved->nullable);
}

TypedExpressionPtr ExpandCall(const TypedExpression& expression) {
  const auto* call = expression.As<Call>();
  HEARTH_CHECK(call != nullptr);
  const FunctionEntry* entry = FindFunction(call->function);
  HEARTH_CHECK(entry != nullptr && entry->is_replaced) << call->function;
  const FunctionRequest request{call->function, call->arguments,  false, nullptr, {},
                                false,          expression.origin};
  Resolution resolution(*entry, request, nullptr);
  return entry->rule(resolution);
}

TypedExpressionPtr ImplicitCast(TypedExpressionPtr expression, const DataType& type) {
  if (SameType(expression->type, type)) return expression;
  const bool nullable = expression->nullable || CastForcesNull(expression->type, type);
  OriginPtr origin = expression->origin;
  return MakeTyped(CastTo{std::move(expression), CastMode::kAnsi, false}, type, nullable, std::move(origin));
}

TypedExpressionPtr ExplicitCast(TypedExpressionPtr expression, const DataType& type, CastMode mode,
                                OriginPtr origin, const Environment& environment) {
  const DataType from = expression->type;
  if (mode == CastMode::kLegacy) throw Error::Decline("a cast without ANSI rules", origin);
  const bool nullable = expression->nullable || CastForcesNull(from, type) || mode == CastMode::kTry;
  TypedExpressionPtr cast =
      MakeTyped(CastTo{std::move(expression), mode, true}, type, nullable, std::move(origin));
  if (!CanCast(from, type)) ThrowCastRefusal(cast, from, environment);
  return cast;
}

}  // namespace hearth::spark
