#include "spark/analysis/resolve_expression.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "spark/analysis/analyzer.h"
#include "spark/analysis/expression_tree.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/plan_ids.h"
#include "spark/analysis/resolve_subquery.h"
#include "spark/analysis/resolve_window.h"
#include "spark/analysis/sql_text.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

// Functions that Spark lets a query write without brackets.
constexpr std::array<std::string_view, 5> kLiteralFunctions = {"current_date", "current_timestamp", "current_user",
                                                               "user", "current_time"};

constexpr std::array<std::string_view, 18> kBinaryOperators = {"+",  "-", "*",  "/", "%",  "div", "==", "!=", "<=>",
                                                               "<",  ">", "<=", ">=", "and", "or", "&",  "|",  "^"};

bool IsBinaryOperator(const FunctionCall& call) {
  return call.name.size() == 1 && call.arguments.size() == 2 && !call.is_distinct && call.filter == nullptr &&
         std::find(kBinaryOperators.begin(), kBinaryOperators.end(), call.name[0]) != kBinaryOperators.end();
}

TypedExpressionPtr TextConstant(const std::string& text) {
  return MakeTyped(Constant{Value{text}}, DataType::String(), false);
}

TypedExpressionPtr WithoutAlias(const TypedExpressionPtr& expression) {
  const auto* alias = expression->As<TypedAlias>();
  return alias == nullptr ? expression : alias->child;
}

// Functions whose argument names become names of fields.
bool KeepsAliases(const std::string& function) {
  const std::string name = LowerCase(function);
  return name == "struct" || name == "named_struct";
}

bool IsPlainStar(const ExpressionPtr& expression) {
  const auto* star = expression->As<UnresolvedStar>();
  return star != nullptr && star->target.empty() && !star->plan_id.has_value() && star->except.empty();
}

std::string JoinList(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

// Calls of catalog functions: only Spark's built-in schema exists here.
std::string FunctionName(const FunctionCall& call, const OriginPtr& origin) {
  if (call.name.size() == 1) return call.name[0];
  const size_t size = call.name.size();
  const bool is_builtin = SameName(call.name[size - 2], "builtin") &&
                          (size == 2 || (size == 3 && SameName(call.name[0], "system")));
  if (is_builtin) return call.name.back();
  throw Error(ExceptionKind::kAnalysis, "UNRESOLVED_ROUTINE",
              {{"routineName", QuoteIdentifier(call.name)}, {"searchPath", SearchPath()}}, origin);
}

// A value's element type with the nullability that comes from where it is taken out.
struct FieldMatch {
  const StructField* field = nullptr;
  int count = 0;
};

FieldMatch FindField(const DataType& type, const std::string& name) {
  FieldMatch match;
  for (const StructField& field : type.fields()) {
    if (!SameName(field.name, name)) continue;
    if (match.field == nullptr) match.field = &field;
    ++match.count;
  }
  return match;
}

const StructField& RequireField(const DataType& type, const std::string& name, const OriginPtr& origin) {
  const FieldMatch match = FindField(type, name);
  if (match.count == 1) return *match.field;
  if (match.count > 1) {
    throw Error(ExceptionKind::kAnalysis, "AMBIGUOUS_REFERENCE_TO_FIELDS",
                {{"field", QuoteIdentifier(name)}, {"count", std::to_string(match.count)}}, origin);
  }
  std::string fields;
  for (const StructField& field : type.fields()) fields += (fields.empty() ? "" : ", ") + QuoteIdentifier(field.name);
  throw Error(ExceptionKind::kAnalysis, "FIELD_NOT_FOUND",
              {{"fieldName", QuoteIdentifier(name)}, {"fields", fields}}, origin);
}

}  // namespace

void RejectStar(const OriginPtr& origin, const std::string& place) {
  throw CheckFailure("INVALID_USAGE_OF_STAR_OR_REGEX", {{"elem", "'*'"}, {"prettyName", place}}, origin);
}

ExpressionResolver::ExpressionResolver(Analysis& analysis, const Resolved& input)
    : analysis_(analysis), input_(input), outer_relation_(&input) {}

void ExpressionResolver::SetOuter(const Resolved* relation, const Resolved* fallback) {
  outer_relation_ = relation;
  outer_fallback_ = fallback;
}

ExpressionPtr ExpressionResolver::Parse(const ExpressionPtr& expression) const {
  const auto* text = expression->As<ExpressionString>();
  return text == nullptr ? expression : ParseExpressionText(text->text, analysis_.environment);
}

struct ExpressionResolver::Visitor {
  ExpressionResolver& self;
  const ExpressionPtr& expression;

  const OriginPtr& origin() const { return expression->origin; }

  TypedExpressionPtr operator()(const Literal& literal) const {
    return MakeTyped(Constant{literal.value}, literal.type, literal.value.IsNull(), origin());
  }
  TypedExpressionPtr operator()(const UnresolvedAttribute& attribute) const {
    return self.ResolveAttribute(attribute, origin());
  }
  TypedExpressionPtr operator()(const UnresolvedStar&) const { RejectStar(origin(), "Project"); }
  TypedExpressionPtr operator()(const UnresolvedRegex&) const { throw Error::Decline("columns by regular expression", origin()); }
  TypedExpressionPtr operator()(const Parameter& parameter) const { return self.ResolveParameter(parameter, origin()); }
  TypedExpressionPtr operator()(const FunctionCall& call) const {
    return IsBinaryOperator(call) ? self.ResolveOperatorChain(expression) : self.ResolveCall(call, origin());
  }
  TypedExpressionPtr operator()(const Alias& alias) const {
    if (alias.names.size() != 1) throw Error::Decline("generators", origin());
    TypedExpressionPtr child = WithoutAlias(self.Resolve(alias.child));
    const DataType type = child->type;
    const bool nullable = child->nullable;
    return MakeTyped(TypedAlias{std::move(child), alias.names[0], alias.metadata}, type, nullable, origin());
  }
  TypedExpressionPtr operator()(const CastExpression& cast) const {
    return ExplicitCast(WithoutAlias(self.Resolve(cast.child)), cast.type, cast.mode, origin(),
                        self.analysis_.environment);
  }
  TypedExpressionPtr operator()(const SortOrder& order) const { return self.Resolve(order.child); }
  TypedExpressionPtr operator()(const LambdaFunction&) const { throw Error::Decline("lambda functions", origin()); }
  TypedExpressionPtr operator()(const LambdaVariable&) const { throw Error::Decline("lambda functions", origin()); }
  TypedExpressionPtr operator()(const WindowExpression& window) const { return self.ResolveWindow(window, origin()); }
  TypedExpressionPtr operator()(const ExtractValue& extract) const {
    TypedExpressionPtr child = WithoutAlias(self.Resolve(extract.child));
    return self.Extract(child, WithoutAlias(self.Resolve(extract.extraction)), origin());
  }
  TypedExpressionPtr operator()(const SubqueryExpression& subquery) const {
    TypedExpressionList values;
    for (const ExpressionPtr& value : subquery.values) values.push_back(WithoutAlias(self.Resolve(value)));
    return ResolveSubquery(subquery, std::move(values), self.outer_relation_, self.outer_fallback_, origin(),
                           self.analysis_);
  }
  TypedExpressionPtr operator()(const NamedArgument&) const { throw Error::Decline("named arguments", origin()); }
  TypedExpressionPtr operator()(const ExpressionString&) const { return self.Resolve(self.Parse(expression)); }
  TypedExpressionPtr operator()(const UnsupportedExpression& node) const { throw Error::Decline(node.what, origin()); }
};

TypedExpressionPtr ExpressionResolver::Resolve(const ExpressionPtr& expression) {
  return std::visit(Visitor{*this, expression}, expression->node);
}

SortKey ExpressionResolver::ResolveSortKey(const ExpressionPtr& expression) {
  const ExpressionPtr parsed = Parse(expression);
  const auto* order = parsed->As<SortOrder>();
  if (order == nullptr) return {WithoutAlias(Resolve(parsed)), true, true};
  return {WithoutAlias(Resolve(order->child)), order->ascending, order->nulls_first};
}

void ExpressionResolver::NoteMissing(ColumnId id) {
  if (!HasColumn(*input_.plan, id) && std::find(missing_.begin(), missing_.end(), id) == missing_.end()) {
    missing_.push_back(id);
  }
}

// ---- names ----

TypedExpressionPtr ExpressionResolver::ResolveField(TypedExpressionPtr column, const std::vector<std::string>& fields,
                                                    const OriginPtr& origin) {
  if (fields.empty()) return column;
  TypedExpressionPtr value = std::move(column);
  for (const std::string& field : fields) value = Extract(value, TextConstant(field), origin);
  const DataType type = value->type;
  const bool nullable = value->nullable;
  return MakeTyped(TypedAlias{std::move(value), fields.back(), ""}, type, nullable, origin);
}

TypedExpressionPtr ExpressionResolver::FindColumn(const std::vector<std::string>& parts, const Resolved& relation,
                                                  const OriginPtr& origin) {
  const std::vector<NameMatch> matches = relation.scope->Find(parts);
  if (matches.empty()) return nullptr;
  if (matches.size() > 1 && ignore_ambiguity_) return nullptr;
  if (matches.size() > 1) throw AmbiguousReference(parts, matches, origin);
  if (&relation == &input_ && relation.scope->IsHidden(matches[0].column->column.id)) {
    NoteMissing(matches[0].column->column.id);
  }
  return ResolveField(ReferenceTo(*matches[0].column, matches[0].written, origin), matches[0].fields, origin);
}

TypedExpressionPtr ExpressionResolver::ResolveAttribute(const UnresolvedAttribute& attribute,
                                                        const OriginPtr& origin) {
  if (attribute.is_metadata_column) throw Error::Decline("metadata columns", origin);
  if (attribute.plan_id.has_value()) {
    if (TypedExpressionPtr found = ResolveByPlanId(attribute, origin)) return found;
  }
  if (before_) {
    if (TypedExpressionPtr found = before_(attribute, origin, aggregate_depth_ > 0)) return found;
  }
  if (TypedExpressionPtr found = FindColumn(attribute.parts, input_, origin)) {
    return found;
  }
  if (TypedExpressionPtr found = ResolveLiteralFunction(attribute, origin)) return found;
  if (after_) {
    if (TypedExpressionPtr found = after_(attribute, origin, aggregate_depth_ > 0)) return found;
  }
  if (allow_missing_) {
    if (TypedExpressionPtr found = ResolveBelow(attribute, origin)) return found;
  }
  if (TypedExpressionPtr found = ResolveOuter(attribute, origin)) return found;
  if (attribute.plan_id.has_value()) {
    throw CheckFailure("CANNOT_RESOLVE_DATAFRAME_COLUMN", {{"name", QuoteDouble(JoinName(attribute.parts))}}, origin);
  }
  throw UnresolvedColumn(attribute.parts, input_.scope.get(), origin);
}

TypedExpressionPtr ExpressionResolver::ResolveByPlanId(const UnresolvedAttribute& attribute,
                                                       const OriginPtr& origin) {
  const std::optional<NameMatch> match = FindPlanColumn(*attribute.plan_id, attribute.parts, input_.trees, origin);
  if (!match.has_value()) return nullptr;
  // The column as it is here: an outer join in between may have made it nullable.
  const ScopeColumn* current = input_.scope->FindId(match->column->column.id);
  const ScopeColumn& column = current == nullptr ? *match->column : *current;
  NoteMissing(column.column.id);
  return ResolveField(ReferenceTo(column, match->written, origin), match->fields, origin);
}

TypedExpressionPtr ExpressionResolver::ResolveBelow(const UnresolvedAttribute& attribute, const OriginPtr& origin) {
  for (const Resolved* below = input_.below.get(); below != nullptr; below = below->below.get()) {
    const std::vector<NameMatch> matches = below->scope->Find(attribute.parts);
    if (matches.size() != 1) continue;  // an ambiguous name is not an error here, as in Spark
    NoteMissing(matches[0].column->column.id);
    return ResolveField(ReferenceTo(*matches[0].column, matches[0].written, origin), matches[0].fields, origin);
  }
  return nullptr;
}

TypedExpressionPtr ExpressionResolver::ResolveOuter(const UnresolvedAttribute& attribute, const OriginPtr& origin) {
  OuterQuery* outer = analysis_.outer;
  if (outer == nullptr) return nullptr;
  for (const Resolved* relation : {outer->relation, outer->fallback}) {
    if (relation == nullptr) continue;
    const std::vector<NameMatch> matches = relation->scope->Find(attribute.parts);
    if (matches.size() != 1) continue;
    const ScopeColumn& column = *matches[0].column;
    if (!HasColumn(*relation->plan, column.column.id)) throw Error::Decline("this correlated column", origin);
    TypedExpressionPtr seen = ReferenceTo(column, matches[0].written, origin);
    const auto same = [&](const TypedExpressionPtr& e) { return SameExpression(*e, *seen); };
    if (std::none_of(outer->references.begin(), outer->references.end(), same)) outer->references.push_back(seen);
    ColumnReference reference = *seen->As<ColumnReference>();
    reference.is_outer = true;
    return ResolveField(MakeTyped(std::move(reference), seen->type, seen->nullable, origin), matches[0].fields, origin);
  }
  return nullptr;
}

TypedExpressionPtr ExpressionResolver::ResolveLiteralFunction(const UnresolvedAttribute& attribute,
                                                              const OriginPtr& origin) {
  if (attribute.parts.size() != 1) return nullptr;
  const std::string name = LowerCase(attribute.parts[0]);
  if (std::find(kLiteralFunctions.begin(), kLiteralFunctions.end(), name) == kLiteralFunctions.end()) return nullptr;
  FunctionRequest request;
  request.name = name;
  request.origin = origin;
  return ResolveFunction(request, analysis_.environment);
}

TypedExpressionPtr ExpressionResolver::ResolveParameter(const Parameter& parameter, const OriginPtr& origin) {
  const SqlText* bound = analysis_.parameters;
  ExpressionPtr value;
  if (bound != nullptr && parameter.name.empty()) {
    const auto position = static_cast<size_t>(parameter.position);
    if (position < bound->positional_arguments.size()) value = bound->positional_arguments[position];
  } else if (bound != nullptr) {
    const auto found = bound->named_arguments.find(parameter.name);
    if (found != bound->named_arguments.end()) value = found->second;
  }
  if (value == nullptr) {
    const std::string name = parameter.name.empty() ? "_" + std::to_string(parameter.position) : parameter.name;
    throw CheckFailure("UNBOUND_SQL_PARAMETER", {{"name", name}}, origin);
  }
  return WithoutAlias(Resolve(value));
}

// ---- values inside values ----

TypedExpressionPtr ExpressionResolver::Extract(const TypedExpressionPtr& child, const TypedExpressionPtr& key,
                                               const OriginPtr& origin) {
  if (child->type.Is(TypeId::kNull)) return MakeTyped(Constant{}, DataType::Null(), true, origin);
  const auto* constant = key->As<Constant>();
  const bool is_name = constant != nullptr && key->type.Is(TypeId::kString) && !constant->value.IsNull();
  if (child->type.Is(TypeId::kStruct) && is_name) {
    const auto& name = constant->value.As<std::string>();
    const StructField& field = RequireField(child->type, name, origin);
    // The name as written stands in generated column names.
    return MakeTyped(Call{"get_struct_field", {child, TextConstant(field.name)}, name}, field.type,
                     child->nullable || field.nullable, origin);
  }
  if (child->type.Is(TypeId::kArray) && is_name && child->type.element().Is(TypeId::kStruct)) {
    throw Error::Decline("a field of an array of structs", origin);
  }
  if (child->type.Is(TypeId::kArray)) {
    FunctionRequest request;
    request.name = "get_array_item";
    request.arguments = {child, key};
    request.origin = origin;
    return ResolveFunction(request, analysis_.environment);
  }
  if (child->type.Is(TypeId::kMap)) {
    FunctionRequest request;
    request.name = "get_map_value";
    request.arguments = {child, key};
    request.origin = origin;
    return ResolveFunction(request, analysis_.environment);
  }
  throw Error(ExceptionKind::kAnalysis, "INVALID_EXTRACT_BASE_FIELD_TYPE",
              {{"base", QuoteDouble(PrettyName(*child, analysis_.environment))},
               {"other", QuoteDouble(child->type.sql())}},
              origin);
}

// ---- functions ----

// Chains like a AND b AND c ... lean to the left; resolving them in a loop keeps the stack flat.
TypedExpressionPtr ExpressionResolver::ResolveOperatorChain(const ExpressionPtr& expression) {
  std::vector<ExpressionPtr> chain;
  ExpressionPtr first = expression;
  while (true) {
    const auto* call = first->As<FunctionCall>();
    if (call == nullptr || !IsBinaryOperator(*call)) break;
    chain.push_back(first);
    first = call->arguments[0];
  }
  TypedExpressionPtr value = Resolve(first);
  for (auto it = chain.rbegin(); it != chain.rend(); ++it) {
    value = ResolveFunctionCall(*(*it)->As<FunctionCall>(), value, (*it)->origin);
  }
  return value;
}

TypedExpressionPtr ExpressionResolver::ResolveCall(const FunctionCall& call, const OriginPtr& origin) {
  return ResolveFunctionCall(call, nullptr, origin);
}

TypedExpressionList ExpressionResolver::ResolveArguments(const FunctionCall& call, TypedExpressionPtr first,
                                                         const OriginPtr& origin) {
  TypedExpressionList arguments;
  const bool keeps_aliases = KeepsAliases(call.name.back());
  for (const ExpressionPtr& argument : call.arguments) {
    if (first != nullptr) {
      arguments.push_back(WithoutAlias(first));
      first = nullptr;
      continue;
    }
    if (const auto* star = argument->As<UnresolvedStar>()) {
      for (SelectItem& item : ExpandStar(*star, argument->origin == nullptr ? origin : argument->origin)) {
        arguments.push_back(std::move(item.expression));
      }
      continue;
    }
    TypedExpressionPtr value = Resolve(argument);
    arguments.push_back(keeps_aliases ? std::move(value) : WithoutAlias(value));
  }
  return arguments;
}

TypedExpressionPtr ExpressionResolver::ResolveFunctionCall(const FunctionCall& call, TypedExpressionPtr first,
                                                           const OriginPtr& origin) {
  FunctionRequest request;
  request.name = FunctionName(call, origin);
  request.origin = origin;
  const std::string name = LowerCase(request.name);
  const bool is_grouping = name == "grouping" || name == "grouping_id";
  const std::optional<FunctionClass> kind = is_grouping ? std::nullopt : ClassifyFunction(name);
  if (kind == FunctionClass::kGenerator) throw Error::Decline("the generator " + name, origin);
  const bool in_window = std::exchange(in_window_function_, false);
  const bool is_aggregate = kind == FunctionClass::kAggregate;
  if (is_aggregate) ++aggregate_depth_;
  if (name == "count" && call.arguments.size() == 1 && !call.is_distinct && IsPlainStar(call.arguments[0])) {
    request.arguments = {MakeTyped(Constant{Value{int64_t{1}}}, DataType::Integer(), false)};
  } else {
    request.arguments = ResolveArguments(call, std::move(first), origin);
  }
  if (call.filter != nullptr) request.filter = WithoutAlias(Resolve(call.filter));
  for (const ExpressionPtr& order : call.within_group) request.order_by.push_back(ResolveSortKey(order));
  if (is_aggregate) --aggregate_depth_;
  request.is_distinct = call.is_distinct;
  request.ignore_nulls = call.ignore_nulls.value_or(false);
  if (is_grouping) {
    // Known only to an aggregation, which replaces the call; see aggregate_block.h.
    return MakeTyped(Call{name, std::move(request.arguments), ""},
                     name == "grouping" ? DataType::Byte() : DataType::Long(), false, origin);
  }
  TypedExpressionPtr resolved = ResolveFunction(request, analysis_.environment);
  if (kind == FunctionClass::kWindow && !in_window) {
    throw CheckFailure("WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE",
                       {{"funcName", QuoteDouble(PrettyName(*resolved, analysis_.environment))}}, origin);
  }
  return resolved;
}

TypedExpressionPtr ExpressionResolver::ResolveWindow(const WindowExpression& window, const OriginPtr& origin) {
  const WindowExpression* definition = &window;
  if (!window.window_name.empty()) definition = &FindNamedWindow(window.window_name, analysis_, origin);
  WindowParts parts;
  in_window_function_ = true;
  parts.function = WithoutAlias(Resolve(window.function));
  in_window_function_ = false;
  for (const ExpressionPtr& key : definition->partition_by) {
    parts.partition_by.push_back(WithoutAlias(Resolve(key)));
  }
  for (const SortOrder& order : definition->order_by) {
    parts.order_by.push_back({WithoutAlias(Resolve(order.child)), order.ascending, order.nulls_first});
  }
  if (definition->frame.has_value()) {
    const auto resolve_bound = [&](const FrameBound& bound) {
      return bound.value == nullptr ? nullptr : WithoutAlias(Resolve(bound.value));
    };
    parts.frame = definition->frame;
    parts.lower = resolve_bound(definition->frame->lower);
    parts.upper = resolve_bound(definition->frame->upper);
  }
  return MakeWindow(std::move(parts), origin, analysis_);
}

// ---- select lists ----

SelectItem ExpressionResolver::NameItem(TypedExpressionPtr expression) {
  SelectItem item;
  if (const auto* alias = expression->As<TypedAlias>()) {
    item = {alias->child, alias->name, alias->metadata, false};
    const auto* column = alias->child->As<ColumnReference>();
    const ScopeColumn* found = column == nullptr ? nullptr : input_.scope->FindId(column->id);
    if (item.metadata.empty() && found != nullptr) item.metadata = found->column.metadata;
    return item;
  }
  if (const auto* column = expression->As<ColumnReference>(); column != nullptr && !column->is_outer) {
    const ScopeColumn* found = input_.scope->FindId(column->id);
    return {expression, column->name, found == nullptr ? "" : found->column.metadata, true};
  }
  if (const auto* column = expression->As<ColumnReference>()) return {expression, column->name, "", false};
  if (const auto* cast = expression->As<CastTo>()) {
    // Spark gives a cast column the column's own name.
    if (const auto* column = cast->child->As<ColumnReference>()) return {expression, column->name, "", false};
  }
  std::string name = PrettyName(*expression, analysis_.environment);
  return {std::move(expression), std::move(name), "", false};
}

std::vector<SelectItem> ExpressionResolver::ResolveItems(const ExpressionPtr& expression) {
  const ExpressionPtr parsed = Parse(expression);
  if (const auto* star = parsed->As<UnresolvedStar>()) return ExpandStar(*star, parsed->origin);
  if (const auto* alias = parsed->As<Alias>(); alias != nullptr && alias->child->As<UnresolvedStar>() != nullptr) {
    RejectStar(alias->child->origin, "expression `alias`");
  }
  return {NameItem(Resolve(parsed))};
}

std::vector<SelectItem> ExpressionResolver::ExpandStar(const UnresolvedStar& star, const OriginPtr& origin) {
  std::vector<SelectItem> items = StarColumns(star, origin);
  if (!star.except.empty()) RemoveExcepted(star, &items);
  return items;
}

std::vector<SelectItem> ExpressionResolver::StarColumns(const UnresolvedStar& star, const OriginPtr& origin) {
  std::vector<SelectItem> items;
  const auto add = [&](const ScopeColumn& column) {
    if (!input_.scope->hidden().empty()) NoteMissing(column.column.id);
    items.push_back({ReferenceTo(column, "", origin), column.column.name, column.column.metadata, true});
  };
  if (star.plan_id.has_value()) {
    for (const ScopeColumn* column : FindPlanColumns(*star.plan_id, input_.trees, origin)) {
      const ScopeColumn* current = input_.scope->FindId(column->column.id);
      if (current == nullptr) throw Error::Decline("a star of a DataFrame whose columns are gone", origin);
      add(*current);
    }
    return items;
  }
  if (star.target.empty()) {
    for (const ScopeColumn& column : input_.scope->columns()) add(column);
    return items;
  }
  for (const ScopeColumn* column : input_.scope->FindQualified(star.target)) add(*column);
  if (!items.empty()) return items;
  TypedExpressionPtr value = FindColumn(star.target, input_, origin);
  if (value == nullptr) {
    std::string columns;
    for (const ScopeColumn& column : input_.scope->columns()) {
      columns += (columns.empty() ? "" : ", ") + QuoteIdentifier(column.column.name);
    }
    throw Error(ExceptionKind::kAnalysis, "CANNOT_RESOLVE_STAR_EXPAND",
                {{"targetString", QuoteIdentifier(star.target)}, {"columns", columns}}, origin);
  }
  value = WithoutAlias(value);
  if (!value->type.Is(TypeId::kStruct)) {
    throw Error(ExceptionKind::kAnalysis, "_LEGACY_ERROR_TEMP_1050",
                {{"attributes", "List(" + JoinList(star.target) + ")"}}, origin);
  }
  for (const StructField& field : value->type.fields()) {
    items.push_back({Extract(value, TextConstant(field.name), origin), field.name, field.metadata, false});
  }
  return items;
}

void ExpressionResolver::RemoveExcepted(const UnresolvedStar& star, std::vector<SelectItem>* items) {
  std::vector<ScopeColumn> columns;
  for (size_t i = 0; i < items->size(); ++i) {
    const SelectItem& item = (*items)[i];
    const auto* reference = item.expression->As<ColumnReference>();
    Qualifier qualifier;
    if (reference != nullptr && !reference->qualifier.empty()) {
      qualifier = std::make_shared<const std::vector<std::string>>(reference->qualifier);
    }
    const auto id = static_cast<ColumnId>(i);
    columns.push_back({{id, item.name, item.expression->type, item.expression->nullable, ""}, qualifier, id});
  }
  const Scope scope(std::move(columns));
  std::vector<bool> drop(items->size(), false);
  for (const ExpressionPtr& except : star.except) {
    const auto* attribute = except->As<UnresolvedAttribute>();
    HEARTH_CHECK(attribute != nullptr);
    const std::vector<NameMatch> matches = scope.Find(attribute->parts);
    if (matches.empty()) throw UnresolvedColumn(attribute->parts, &scope, except->origin);
    if (matches.size() > 1) throw AmbiguousReference(attribute->parts, matches, except->origin);
    if (!matches[0].fields.empty()) throw Error::Decline("EXCEPT of a nested field", except->origin);
    const auto index = static_cast<size_t>(matches[0].column->column.id);
    if (drop[index]) {
      std::string names;
      for (const ExpressionPtr& e : star.except) {
        names += (names.empty() ? "" : ", ") + JoinName(e->As<UnresolvedAttribute>()->parts);
      }
      throw Error(ExceptionKind::kAnalysis, "EXCEPT_OVERLAPPING_COLUMNS", {{"columns", names}}, except->origin);
    }
    drop[index] = true;
  }
  std::vector<SelectItem> kept;
  for (size_t i = 0; i < items->size(); ++i) {
    if (!drop[i]) kept.push_back(std::move((*items)[i]));
  }
  *items = std::move(kept);
}

}  // namespace hearth::spark
