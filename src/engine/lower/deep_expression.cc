#include "engine/lower/deep_expression.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "spark/analysis/function_table.h"
#include "spark/nesting.h"

namespace hearth::engine {
namespace {

using spark::Call;
using spark::CastTo;
using spark::Column;
using spark::ColumnId;
using spark::TypedExpression;
using spark::TypedExpressionPtr;

constexpr int kStep = 40;  // nested calls that one projection computes

// Whether all arguments are evaluated whenever the call is.
bool IsStrict(const Call& call) {
  static constexpr std::array<std::string_view, 5> kLazy = {"and", "or", "coalesce", "if", "in"};
  if (std::find(kLazy.begin(), kLazy.end(), call.function) != kLazy.end()) return false;
  const spark::FunctionEntry* entry = spark::FindFunction(call.function);
  return entry != nullptr && !entry->is_replaced;
}

class Cutter {
 public:
  Cutter(ExpressionSteps* out, const std::function<ColumnId()>& new_id) : out_(out), new_id_(new_id) {}

  struct Piece {
    TypedExpressionPtr expression;
    int height = 0;   // calls above the columns that it reads
    size_t step = 0;  // how many steps it needs before it
  };

  Piece Cut(const TypedExpressionPtr& expression) {
    spark::CheckNesting();
    if (const auto* call = expression->As<Call>(); call != nullptr && IsStrict(*call)) {
      return CutParts(expression, call->arguments, [&](spark::TypedExpressionList parts) {
        return TypedExpression::Node(Call{call->function, std::move(parts), call->alias});
      });
    }
    if (const auto* cast = expression->As<CastTo>()) {
      return CutParts(expression, {cast->child}, [&](spark::TypedExpressionList parts) {
        CastTo copy = *cast;
        copy.child = std::move(parts[0]);
        return TypedExpression::Node(std::move(copy));
      });
    }
    return {expression, 0, 0};
  }

 private:
  template <typename Rebuild>
  Piece CutParts(const TypedExpressionPtr& expression, const spark::TypedExpressionList& parts,
                 Rebuild&& rebuild) {
    Piece whole{expression, 0, 0};
    spark::TypedExpressionList kept;
    bool changed = false;
    for (const TypedExpressionPtr& part : parts) {
      Piece piece = Cut(part);
      if (piece.height >= kStep) piece = AsColumn(piece);
      changed = changed || piece.expression != part;
      whole.height = std::max(whole.height, piece.height);
      whole.step = std::max(whole.step, piece.step);
      kept.push_back(std::move(piece.expression));
    }
    ++whole.height;
    if (changed) {
      whole.expression = spark::MakeTyped(TypedExpression::Node(rebuild(std::move(kept))), expression->type,
                                          expression->nullable, expression->origin);
    }
    return whole;
  }

  Piece AsColumn(const Piece& piece) {
    Column column{new_id_(), "step", piece.expression->type, piece.expression->nullable, ""};
    if (out_->steps.size() <= piece.step) out_->steps.resize(piece.step + 1);
    out_->steps[piece.step].emplace_back(column, piece.expression);
    spark::ColumnReference reference{column.id, column.name, {}, false};
    return {spark::MakeTyped(std::move(reference), column.type, column.nullable, piece.expression->origin), 0,
            piece.step + 1};
  }

  ExpressionSteps* out_;
  const std::function<ColumnId()>& new_id_;
};

}  // namespace

ExpressionSteps InSteps(const spark::TypedExpressionList& expressions,
                        const std::function<ColumnId()>& new_id) {
  ExpressionSteps out;
  Cutter cutter(&out, new_id);
  for (const TypedExpressionPtr& expression : expressions)
    out.expressions.push_back(cutter.Cut(expression).expression);
  return out;
}

}  // namespace hearth::engine
