#include "spark/analysis/select_list.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "spark/analysis/expression_tree.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/resolve_aggregate.h"
#include "spark/analysis/resolve_subquery.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

// An alias inlined into its users may grow with each step; beyond this many nodes the query is declined.
constexpr size_t kMaxInlinedNodes = 100'000;

size_t CountNodes(const TypedExpressionPtr& expression, size_t limit) {
  size_t count = 1;
  ForEachChild(*expression, [&](const TypedExpressionPtr& child) {
    if (count < limit) count += CountNodes(child, limit - count);
  });
  return count;
}

// The aliases of the items resolved so far, by name.
class LateralAliases {
 public:
  explicit LateralAliases(Analysis& analysis) : analysis_(analysis) {}

  TypedExpressionPtr Find(const UnresolvedAttribute& attribute, ExpressionResolver& resolver,
                          bool in_aggregate, const OriginPtr& origin) {
    const auto found = aliases_.find(LowerCase(attribute.parts[0]));
    if (found == aliases_.end()) return nullptr;
    Entry& entry = found->second;
    if (entry.count > 1) {
      throw Error(ExceptionKind::kAnalysis, "AMBIGUOUS_LATERAL_COLUMN_ALIAS",
                  {{"name", QuoteIdentifier(attribute.parts)}, {"n", std::to_string(entry.count)}}, origin);
    }
    if (in_aggregate) throw Error::Decline("a lateral column alias inside an aggregate function", origin);
    if (!IsDeterministic(entry.definition)) {
      throw Error::Decline("a lateral column alias of a random value", origin);
    }
    if (entry.id == 0) {
      entry.id = analysis_.NewColumnId();
      definitions_.emplace(entry.id, entry.definition);
    }
    // The name is what Spark's generated column names show; see ResolveSelectList for an alias that stands
    // alone.
    ColumnReference reference{entry.id, "lateralAliasReference(" + attribute.parts[0] + ")", {}, false};
    TypedExpressionPtr value =
        MakeTyped(std::move(reference), entry.definition->type, entry.definition->nullable, origin);
    for (size_t i = 1; i < attribute.parts.size(); ++i) {
      const auto name = MakeTyped(Constant{Value{attribute.parts[i]}}, DataType::String(), false);
      value = resolver.Extract(value, name, origin);
    }
    return value;
  }

  TypedExpressionPtr Inline(const TypedExpressionPtr& expression) const {
    if (definitions_.empty()) return expression;
    TypedExpressionPtr inlined =
        Transform(expression, [&](const TypedExpressionPtr& e) -> TypedExpressionPtr {
          const auto* column = e->As<ColumnReference>();
          const auto found = column == nullptr ? definitions_.end() : definitions_.find(column->id);
          return found == definitions_.end() ? nullptr : found->second;
        });
    if (inlined != expression && CountNodes(inlined, kMaxInlinedNodes) >= kMaxInlinedNodes) {
      throw Error::Decline("lateral column aliases that multiply", expression->origin);
    }
    return inlined;
  }

  void Add(const std::string& name, const TypedExpressionPtr& definition) {
    Entry& entry = aliases_[LowerCase(name)];
    ++entry.count;
    entry.definition = definition;
  }

 private:
  struct Entry {
    int count = 0;
    ColumnId id = 0;
    TypedExpressionPtr definition;
  };

  Analysis& analysis_;
  std::unordered_map<std::string, Entry> aliases_;
  std::unordered_map<ColumnId, TypedExpressionPtr> definitions_;
};

}  // namespace

std::vector<SelectItem> ResolveSelectList(const ExpressionList& expressions, ExpressionResolver& resolver,
                                          Analysis& analysis) {
  LateralAliases aliases(analysis);
  resolver.LookAfter([&](const UnresolvedAttribute& attribute, const OriginPtr& origin, bool in_aggregate) {
    return aliases.Find(attribute, resolver, in_aggregate, origin);
  });
  std::vector<SelectItem> items;
  for (const ExpressionPtr& expression : expressions) {
    const ExpressionPtr parsed = resolver.Parse(expression);
    std::vector<SelectItem> resolved = resolver.ResolveItems(parsed);
    for (SelectItem& item : resolved) {
      TypedExpressionPtr inlined = aliases.Inline(item.expression);
      if (inlined != item.expression && item.keeps_id) {
        item.name = parsed->As<UnresolvedAttribute>()->parts.back();
        item.keeps_id = false;
      }
      item.expression = std::move(inlined);
    }
    if (parsed->As<Alias>() != nullptr) aliases.Add(resolved[0].name, resolved[0].expression);
    std::move(resolved.begin(), resolved.end(), std::back_inserter(items));
  }
  resolver.LookAfter(nullptr);
  return items;
}

TypedPlanPtr AddWindows(TypedPlanPtr input, TypedExpressionList* expressions, const OriginPtr& origin,
                        Analysis& analysis) {
  TypedWindow node;
  std::vector<Column> output = input->output;
  const auto replace = [&](const TypedExpressionPtr& e) -> TypedExpressionPtr {
    if (e->As<WindowCall>() == nullptr) return nullptr;
    for (size_t i = 0; i < node.windows.size(); ++i) {
      if (SameExpression(*node.windows[i], *e)) return ReferenceTo(output[input->output.size() + i]);
    }
    node.windows.push_back(e);
    output.push_back(
        {analysis.NewColumnId(), "_we" + std::to_string(node.windows.size() - 1), e->type, e->nullable, ""});
    return ReferenceTo(output.back());
  };
  for (TypedExpressionPtr& expression : *expressions) expression = Transform(expression, replace);
  if (node.windows.empty()) return input;
  RejectOuterReferences(node.windows, origin, analysis);
  node.input = std::move(input);
  return MakePlan(std::move(node), std::move(output));
}

std::vector<ScopeColumn> OutputOf(const std::vector<SelectItem>& items, const Scope& input,
                                  Analysis& analysis) {
  std::vector<ScopeColumn> columns;
  std::unordered_set<ColumnId> used;
  columns.reserve(items.size());
  for (const SelectItem& item : items) {
    ScopeColumn column;
    column.column = {0, item.name, item.expression->type, item.expression->nullable, item.metadata};
    const auto* reference = item.expression->As<ColumnReference>();
    const ScopeColumn* source = item.keeps_id && reference != nullptr ? input.FindId(reference->id) : nullptr;
    if (item.keeps_id && reference != nullptr) {
      column.identity = source == nullptr ? reference->id : source->identity;
      if (source != nullptr) column.qualifier = source->qualifier;
      if (used.insert(reference->id).second) column.column.id = reference->id;
    }
    // A column selected twice is one column to names, but two for the plan.
    if (column.column.id == 0) column.column.id = analysis.NewColumnId();
    if (column.identity == 0) column.identity = column.column.id;
    columns.push_back(std::move(column));
  }
  return columns;
}

Resolved MakeSelect(const Resolved& input, std::vector<SelectItem> items, const OriginPtr& origin,
                    Analysis& analysis) {
  const auto has_aggregate = [](const SelectItem& item) { return ContainsAggregate(item.expression); };
  if (std::any_of(items.begin(), items.end(), has_aggregate)) {
    return MakeAggregate(input, {}, std::move(items), origin, analysis);
  }
  std::vector<ScopeColumn> columns = OutputOf(items, *input.scope, analysis);
  TypedProject project;
  for (SelectItem& item : items) project.expressions.push_back(std::move(item.expression));
  project.input = AddWindows(input.plan, &project.expressions, origin, analysis);
  Resolved out;
  out.scope = std::make_shared<const Scope>(std::move(columns));
  out.plan = MakePlan(std::move(project), ColumnsOf(*out.scope));
  out.below = std::make_shared<const Resolved>(input);
  out.trees = input.trees;
  return out;
}

Resolved ProjectColumns(const Resolved& input, const std::vector<const ScopeColumn*>& columns) {
  TypedProject project{input.plan, {}};
  std::vector<ScopeColumn> kept;
  for (const ScopeColumn* column : columns) {
    project.expressions.push_back(ReferenceTo(column->column));
    kept.push_back(*column);
  }
  Resolved out;
  out.scope = std::make_shared<const Scope>(std::move(kept));
  out.plan = MakePlan(std::move(project), ColumnsOf(*out.scope));
  out.below = std::make_shared<const Resolved>(input);
  out.trees = input.trees;
  return out;
}

}  // namespace hearth::spark
