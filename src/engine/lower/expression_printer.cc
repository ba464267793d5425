#include "engine/lower/expression_printer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "engine/lower/cast_printer.h"
#include "engine/lower/function_mapping.h"
#include "engine/lower/literal.h"
#include "engine/lower/plan_printer.h"
#include "engine/lower/quoting.h"
#include "spark/analysis/expression_tree.h"
#include "spark/analysis/function_table.h"
#include "spark/error.h"
#include "spark/nesting.h"

namespace hearth::engine {
namespace {

using spark::Call;
using spark::TypedExpression;
using Id = DuckType::Id;

DuckType Boolean() { return DuckType(Id::kBoolean); }

// What DuckDB's planner, which nothing interrupts, does in about a second: its time grows with the cube of
// the depth of function calls, and doubles with every two EXISTS.
constexpr int kMostCalls = 300;
constexpr int kMostExists = 16;

class Level {
 public:
  explicit Level(int* depth) : depth_(depth) { ++*depth_; }
  ~Level() { --*depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  int* depth_;
};

// a AND (b AND c) as a, b, c: DuckDB limits how deep expressions nest, not how many a conjunction holds.
void Flatten(const TypedExpression& expression, std::string_view function,
             std::vector<const TypedExpression*>* out) {
  // The left side is where long chains lean.
  std::vector<const TypedExpression*> pending = {&expression};
  while (!pending.empty()) {
    const TypedExpression* next = pending.back();
    pending.pop_back();
    const auto* call = next->As<Call>();
    if (call != nullptr && call->function == function) {
      pending.push_back(call->arguments[1].get());
      pending.push_back(call->arguments[0].get());
    } else {
      out->push_back(next);
    }
  }
}

// A term of a conjunction or disjunction, printed.
struct Term {
  Fragment value;
  bool nullable = true;
};

// a AND b AND ..., flat.
Fragment Joined(const std::vector<Term>& terms, bool conjunction) {
  if (terms.size() == 1) return terms[0].value;
  Fragment out{"(", Boolean()};
  for (const Term& term : terms) {
    out.sql += (out.sql.size() == 1 ? "" : conjunction ? " AND " : " OR ") + term.value.sql;
    Inherit(&out, term.value);
  }
  out.sql += ")";
  return out;
}

// The same where a term is asked only for rows on which those before it leave the answer open. DuckDB orders
// the terms of a conjunction by cost, but not the branches of CASE. Behind them no term is FALSE, so that
// only those which may be NULL say more.
Fragment InOrder(const std::vector<Term>& terms, bool conjunction) {
  if (terms.size() == 1) return terms[0].value;
  Fragment out{"(CASE", Boolean()};
  std::vector<Term> nullable;
  for (const Term& term : terms) {
    out.sql += " WHEN " + term.value.sql + (conjunction ? " IS FALSE THEN FALSE" : " IS TRUE THEN TRUE");
    Inherit(&out, term.value);
    if (term.nullable) nullable.push_back(term);
  }
  const std::string otherwise = conjunction ? "TRUE" : "FALSE";
  out.sql += " ELSE " + (nullable.empty() ? otherwise : Joined(nullable, conjunction).sql) + " END)";
  // A term that may be NULL is printed twice, with all that is in it.
  constexpr size_t kLargest = size_t{16} << 20;
  if (out.sql.size() > kLargest)
    throw spark::Error::Decline("conditions that may fail, nested in each other");
  return out;
}

// Terms that stand beside each other as one.
Term Merged(std::vector<Term> terms, bool conjunction) {
  const bool nullable =
      std::any_of(terms.begin(), terms.end(), [](const Term& term) { return term.nullable; });
  return {Joined(terms, conjunction), nullable};
}

bool IsInSubquery(const TypedExpression& expression) {
  const auto* subquery = expression.As<spark::TypedSubquery>();
  return subquery != nullptr && subquery->kind == spark::SubqueryExpression::Kind::kIn;
}

// Spark rewrites x IN (SELECT ...) = FALSE to NOT IN, whose answer for NULL differs.
void DeclineComparedIn(const Call& call, const spark::OriginPtr& origin) {
  const bool compares = call.function == "==" || call.function == "!=" || call.function == "<=>";
  if (compares && (IsInSubquery(*call.arguments[0]) || IsInSubquery(*call.arguments[1]))) {
    throw spark::Error::Decline("IN (SELECT ...) compared with a boolean", origin);
  }
}

}  // namespace

Fragment ExpressionPrinter::CallOf(std::string_view function, const std::vector<Fragment>& arguments,
                                   DuckType type) {
  std::vector<std::string> texts;
  for (const Fragment& argument : arguments) texts.push_back(argument.sql);
  Fragment out{lowering_.CallText(function, texts), std::move(type)};
  for (const Fragment& argument : arguments) Inherit(&out, argument);
  return out;
}

Fragment ExpressionPrinter::RaisingCall(std::string_view function, std::vector<Fragment> arguments,
                                        DuckType type, const spark::OriginPtr& origin) {
  arguments.push_back({lowering_.Site(origin), DuckType(Id::kInteger), Fragment::Form::kConstant});
  Fragment out = CallOf(function, arguments, std::move(type));
  out.raises = true;
  return out;
}

Fragment ExpressionPrinter::Infix(const Fragment& l, std::string_view symbol, const Fragment& r,
                                  DuckType type) {
  Fragment out{"(" + l.sql + " " + std::string(symbol) + " " + r.sql + ")", std::move(type)};
  Inherit(&out, l);
  Inherit(&out, r);
  return out;
}

Fragment ExpressionPrinter::Widen(const Fragment& f, const DuckType& type) {
  if (f.type == type) return f;
  Fragment out{"CAST(" + f.sql + " AS " + type.text() + ")", type};
  Inherit(&out, f);
  out.form = f.form == Fragment::Form::kConstant ? Fragment::Form::kConstant : Fragment::Form::kExpression;
  return out;
}

Fragment ExpressionPrinter::PrintStored(const TypedExpression& expression) {
  return Widen(Print(expression), DuckType::For(expression.type));
}

Fragment ExpressionPrinter::PrintCondition(const TypedExpression& expression) {
  only_truth_ = true;
  return Print(expression);
}

Fragment ExpressionPrinter::Print(const TypedExpression& expression) {
  spark::CheckNesting();
  const bool only_truth = std::exchange(only_truth_, false);
  if (const auto* constant = expression.As<spark::Constant>())
    return PrintConstant(constant->value, expression.type);
  if (const auto* reference = expression.As<spark::ColumnReference>())
    return PrintColumn(expression, *reference);
  if (const auto* cast = expression.As<spark::CastTo>()) return PrintCast(*this, expression, *cast);
  if (const auto* node = expression.As<spark::CaseWhen>()) return PrintCase(expression, *node);
  if (const auto* alias = expression.As<spark::TypedAlias>()) return Print(*alias->child);
  if (const auto* subquery = expression.As<spark::TypedSubquery>())
    return PrintSubquery(expression, *subquery, only_truth);
  if (expression.As<spark::AggregateCall>() != nullptr)
    return PrintAggregate(expression, /*is_grouped=*/false);
  if (expression.As<spark::WindowCall>() != nullptr) return PrintWindow(expression);
  const auto* call = expression.As<Call>();
  if (call == nullptr) throw spark::Error::Decline("lambda functions", expression.origin);
  if (call->function == "and" || call->function == "or") return PrintLogic(expression, *call, only_truth);
  if (call->function == "not") return PrintNot(*call, only_truth);
  DeclineComparedIn(*call, expression.origin);
  const spark::FunctionEntry* entry = spark::FindFunction(call->function);
  if (entry != nullptr && entry->is_replaced) return Print(*spark::ExpandCall(expression));
  const FunctionMapping mapping = FindMapping(call->function);
  if (mapping == nullptr) throw spark::Error::Decline("the function " + call->function, expression.origin);
  const Level level(&lowering_.call_depth);
  if (lowering_.call_depth > kMostCalls) {
    throw spark::Error::Decline(
        "more than " + std::to_string(kMostCalls) + " function calls nested in each other",
        expression.origin);
  }
  return mapping(*this, expression, *call);
}

Fragment ExpressionPrinter::PrintColumn(const TypedExpression&, const spark::ColumnReference& reference) {
  if (const auto found = columns_.find(reference.id); found != columns_.end()) return found->second;
  for (auto scope = lowering_.outer.rbegin(); scope != lowering_.outer.rend(); ++scope) {
    const auto found = (*scope)->find(reference.id);
    if (found == (*scope)->end()) continue;
    if (found->second.has_aggregate || found->second.has_window) lowering_.outer_aggregate_used = true;
    return found->second;
  }
  HEARTH_CHECK(false) << "no column " << reference.name << " with id " << reference.id;
}

Fragment ExpressionPrinter::PrintCase(const TypedExpression& expression, const spark::CaseWhen& node) {
  Fragment out{"(CASE", DuckType::For(expression.type)};
  for (const auto& [condition, value] : node.branches) {
    const Fragment when = Print(*condition);
    const Fragment then = PrintStored(*value);
    out.sql += " WHEN " + when.sql + " THEN " + then.sql;
    Inherit(&out, when);
    Inherit(&out, then);
  }
  if (node.otherwise != nullptr) {
    const Fragment otherwise = PrintStored(*node.otherwise);
    out.sql += " ELSE " + otherwise.sql;
    Inherit(&out, otherwise);
  }
  out.sql += " END)";
  return out;
}

Fragment ExpressionPrinter::PrintNot(const Call& call, bool only_truth) {
  const TypedExpression& operand = *call.arguments[0];
  if (const auto* inner = operand.As<Call>();
      inner != nullptr && spark::Contains(call.arguments[0], IsInSubquery)) {
    // Spark moves NOT inwards before it looks at IN (SELECT ...), which is then one that knows NULL.
    if (inner->function == "not") return Print(*inner->arguments[0]);
    if (inner->function == "and" || inner->function == "or") {
      Call moved = *inner;
      moved.function = inner->function == "and" ? "or" : "and";
      for (auto& term : moved.arguments) {
        term = spark::MakeTyped(Call{"not", {term}}, operand.type, term->nullable, operand.origin);
      }
      return Print(*spark::MakeTyped(std::move(moved), operand.type, operand.nullable, operand.origin));
    }
    DeclineComparedIn(*inner, operand.origin);
  }
  // NOT (a = b), which is what Spark makes of a <> b, as the operator that DuckDB can join by.
  if (const auto* inner = operand.As<Call>(); inner != nullptr && inner->function == "==") {
    return Infix(Print(*inner->arguments[0]), "<>", Print(*inner->arguments[1]), Boolean());
  }
  const auto* subquery = operand.As<spark::TypedSubquery>();
  if (subquery != nullptr && subquery->kind == spark::SubqueryExpression::Kind::kIn) {
    return PrintInSubquery(*subquery, true, only_truth);
  }
  const Fragment value = Print(operand);
  Fragment out{"(NOT " + value.sql + ")", Boolean()};
  Inherit(&out, value);
  return out;
}

Fragment ExpressionPrinter::PrintLogic(const TypedExpression& expression, const Call& call, bool only_truth) {
  std::vector<const TypedExpression*> terms;
  Flatten(expression, call.function, &terms);
  const bool conjunction = call.function == "and";
  const auto print = [&](const TypedExpression& term) {
    only_truth_ = only_truth;
    return Print(term);
  };
  // Rows that came with the query are evaluated by Spark's optimizer, term by term as written. Elsewhere a
  // term that cannot fail may move before others, which lets scans skip what it rejects.
  std::vector<Term> ordered;
  std::vector<Term> group;
  for (const TypedExpression* expression_of_term : terms) {
    Term term{print(*expression_of_term), expression_of_term->nullable};
    const bool keeps_place = term.value.raises || lowering_.is_local;
    if (keeps_place && !group.empty()) {
      ordered.push_back(Merged(std::move(group), conjunction));
      group.clear();
    }
    if (keeps_place) {
      ordered.push_back(std::move(term));
    } else {
      group.push_back(std::move(term));
    }
  }
  const bool any_raises =
      std::any_of(ordered.begin(), ordered.end(), [](const Term& t) { return t.value.raises; });
  if (any_raises) ordered = {{InOrder(ordered, conjunction), true}};
  ordered.insert(ordered.end(), group.begin(), group.end());
  Fragment out = Joined(ordered, conjunction);
  out.type = Boolean();
  out.form = Fragment::Form::kExpression;
  return out;
}

Fragment ExpressionPrinter::PrintSubquery(const TypedExpression& expression,
                                          const spark::TypedSubquery& subquery, bool only_truth) {
  if (subquery.kind == spark::SubqueryExpression::Kind::kScalar)
    return PrintScalarSubquery(expression, subquery);
  if (subquery.kind == spark::SubqueryExpression::Kind::kIn)
    return PrintInSubquery(subquery, false, only_truth);
  std::optional<Level> level;
  if (subquery.outer_references.empty()) level.emplace(&lowering_.exists_depth);
  if (lowering_.exists_depth > kMostExists) {
    throw spark::Error::Decline("more than " + std::to_string(kMostExists) + " EXISTS nested in each other",
                                expression.origin);
  }
  PlanPrinter plans(lowering_);
  return {"EXISTS (" + plans.PrintSubquery(*subquery.plan, columns_, SelectList::kOne) + ")", Boolean()};
}

Fragment ExpressionPrinter::PrintScalarSubquery(const TypedExpression& expression,
                                                const spark::TypedSubquery& subquery) {
  HEARTH_CHECK(subquery.plan->output.size() == 1);
  PlanPrinter plans(lowering_);
  const std::string sql = plans.PrintSubquery(*subquery.plan, columns_, SelectList::kColumns);
  const DuckType type = DuckType::For(expression.type);
  if (!lowering_.exact() || PlanPrinter::GivesOneRow(*subquery.plan)) return {"(" + sql + ")", type};
  // DuckDB refuses a second row by an error of its own; here the row count decides.
  const std::string alias = lowering_.NewAlias();
  // A correlated subquery fails in Spark as a join, which knows nothing of the query's text.
  const bool correlated = !subquery.outer_references.empty();
  const std::string raise =
      lowering_.CallText("hearth_raise", {QuoteText("SCALAR_SUBQUERY_TOO_MANY_ROWS"),
                                          QuoteText(correlated ? "Runtime" : "Spark"), QuoteText("{}"),
                                          lowering_.Site(correlated ? nullptr : expression.origin)});
  const std::string value = alias + "." + PlanPrinter::ColumnName(subquery.plan->output[0]);
  Fragment out{"(SELECT CASE WHEN " + lowering_.CallText("count", {"*"}) + " > 1 AND " + raise +
                   " THEN NULL ELSE " + lowering_.CallText("first", {value}) + " END FROM (" + sql + ") AS " +
                   alias + ")",
               type};
  out.raises = true;
  return out;
}

// Spark runs IN (SELECT ...) as a join that asks for a match: unlike IN over a list it is never NULL, and NOT
// IN is true only when no row could match.
Fragment ExpressionPrinter::PrintInSubquery(const spark::TypedSubquery& subquery, bool negated,
                                            bool only_truth) {
  if (subquery.values.size() != 1) return PrintTupleIn(subquery, negated);
  PlanPrinter plans(lowering_);
  const Fragment value = PrintStored(*subquery.values[0]);
  Fragment out{"(" + value.sql + (negated ? " NOT IN (" : " IN (") +
                   plans.PrintSubquery(*subquery.plan, columns_, SelectList::kColumns) + "))",
               Boolean()};
  Inherit(&out, value);
  return only_truth ? out : CallOf("coalesce", {out, Fragment{"FALSE", Boolean()}}, Boolean());
}

// DuckDB compares tuples as values, for which NULL equals NULL: here each pair is compared by itself.
Fragment ExpressionPrinter::PrintTupleIn(const spark::TypedSubquery& subquery, bool negated) {
  PlanPrinter plans(lowering_);
  const std::string rows = plans.PrintSubquery(*subquery.plan, columns_, SelectList::kColumns);
  const std::string alias = lowering_.NewAlias();
  std::string condition;
  for (size_t i = 0; i < subquery.values.size(); ++i) {
    const std::string value = PrintStored(*subquery.values[i]).sql;
    const std::string column = alias + "." + PlanPrinter::ColumnName(subquery.plan->output[i]);
    condition += (i == 0 ? "(" : " AND (") + value + " = " + column;
    if (negated) condition += " OR " + value + " IS NULL OR " + column + " IS NULL";
    condition += ")";
  }
  return {std::string(negated ? "(NOT " : "(") + "EXISTS (SELECT 1 AS one FROM (" + rows + ") AS " + alias +
              " WHERE " + condition + "))",
          Boolean()};
}

// DuckDB reads sorted columns back from their keys, in which -0.0 has become 0.0: a real number's key must be
// another expression than the column itself.
Fragment ExpressionPrinter::KeyThatLeavesZeros(const TypedExpression& key) {
  const Fragment value = Print(key);
  const bool real = key.type.Is(spark::TypeId::kFloat) || key.type.Is(spark::TypeId::kDouble);
  if (!real || value.form == Fragment::Form::kConstant) return value;
  const Fragment zero{"CAST('0' AS " + value.type.text() + ")", value.type, Fragment::Form::kConstant};
  return Infix(value, "+", zero, value.type);
}

std::string ExpressionPrinter::PrintSortKey(const spark::SortKey& key, Fragment* parts) {
  const Fragment value = KeyThatLeavesZeros(*key.expression);
  if (value.form == Fragment::Form::kConstant) return "";
  Inherit(parts, value);
  return value.sql + (key.ascending ? " ASC" : " DESC") + (key.nulls_first ? " NULLS FIRST" : " NULLS LAST");
}

}  // namespace hearth::engine
