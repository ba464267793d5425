#include "spark/analysis/pretty_name.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "spark/analysis/analyzer.h"
#include "spark/error.h"
#include "spark/nesting.h"
#include "spark/types/value.h"

namespace hearth::spark {
namespace {

struct OperatorSpelling {
  std::string_view function;
  std::string_view text;
};

// Operators that Spark writes as "(l op r)".
constexpr std::array<OperatorSpelling, 20> kInfix = {{{"+", "+"},
                                                      {"-", "-"},
                                                      {"*", "*"},
                                                      {"/", "/"},
                                                      {"%", "%"},
                                                      {"div", "div"},
                                                      {"==", "="},
                                                      {"<=>", "<=>"},
                                                      {"<", "<"},
                                                      {"<=", "<="},
                                                      {">", ">"},
                                                      {">=", ">="},
                                                      {"and", "AND"},
                                                      {"or", "OR"},
                                                      {"&", "&"},
                                                      {"|", "|"},
                                                      {"^", "^"},
                                                      {"subtractdates", "-"},
                                                      {"subtracttimestamps", "-"},
                                                      {"!=", "!="}}};
// The same without brackets.
constexpr std::array<OperatorSpelling, 4> kBareInfix = {{{"dateaddyminterval", "+"},
                                                         {"timestampaddyminterval", "+"},
                                                         {"timestampaddinterval", "+"},
                                                         {"datetimesub", "-"}}};
constexpr std::array<std::string_view, 3> kUpperCaseRanks = {"rank", "dense_rank", "percent_rank"};

bool IsPlainIdentifier(const std::string& name) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_word = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_word) &&
         !std::all_of(name.begin(), name.end(), is_digit);
}

// Java's BigDecimal.toString, which turns to exponents for small values.
std::string JavaDecimal(__int128 unscaled, int scale) {
  const int digits = DecimalDigits(unscaled);
  const int exponent = digits - 1 - scale;
  if (exponent >= -6) return DecimalText(unscaled, scale);
  std::string text = DecimalText(unscaled < 0 ? -unscaled : unscaled, 0);
  std::string out = unscaled < 0 ? "-" : "";
  out += text.substr(0, 1);
  if (digits > 1) out += "." + text.substr(1);
  return out + "E" + std::to_string(exponent);
}

const Constant* ConstantAt(const TypedExpressionList& list, size_t index) {
  return index < list.size() ? list[index]->As<Constant>() : nullptr;
}

// Writes an expression as Spark's toPrettySQL (`pretty`) or Expression.sql.
class SqlWriter {
 public:
  SqlWriter(bool pretty, const Environment& environment) : pretty_(pretty), environment_(environment) {}

  std::string Take() { return std::move(out_); }

  void Write(const TypedExpression& expression) {
    CheckNesting();
    expression_ = &expression;
    std::visit(*this, expression.node);
  }

  void operator()(const Constant& constant) {
    const DataType& type = expression_->type;
    if (pretty_ && WritePlainConstant(constant.value, type)) return;
    out_ += LiteralSql(constant.value, type, ZoneOffset(constant.value, type));
  }

  void operator()(const ColumnReference& column) {
    const bool plain = pretty_ && !column.is_outer;
    if (column.is_outer) out_ += "outer(";
    if (!plain) {
      for (const std::string& part : column.qualifier) out_ += QuoteIfNeeded(part) + ".";
    }
    out_ += plain ? column.name : QuoteIfNeeded(column.name);
    if (column.is_outer) out_ += ")";
  }

  void operator()(const Call& call) {
    if (!call.alias.empty() && WriteAliased(call)) return;
    if (WriteOperator(call) || WriteSpecial(call)) return;
    WriteFunction(call.alias.empty() ? call.function : call.alias, call.arguments);
  }

  void operator()(const CastTo& cast) {
    const DataType& type = expression_->type;
    // Spark forgets that a cast to a nested type was asked for.
    if (pretty_ && (!cast.is_explicit || type.IsNested())) return Write(*cast.child);
    out_ += cast.mode == CastMode::kTry ? "TRY_CAST(" : "CAST(";
    Write(*cast.child);
    out_ += " AS " + type.sql() + ")";
  }

  void operator()(const CaseWhen& node) {
    out_ += "CASE";
    for (const auto& [when, then] : node.branches) {
      out_ += " WHEN ";
      Write(*when);
      out_ += " THEN ";
      Write(*then);
    }
    if (node.otherwise != nullptr) {
      out_ += " ELSE ";
      Write(*node.otherwise);
    }
    out_ += " END";
  }

  void operator()(const AggregateCall& call) {
    std::string name = call.alias.empty() ? call.function : call.alias;
    if (std::find(kUpperCaseRanks.begin(), kUpperCaseRanks.end(), call.function) != kUpperCaseRanks.end()) {
      for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    out_ += name + "(";
    if (call.is_distinct) out_ += "DISTINCT ";
    WriteList(call.arguments);
    out_ += ")";
    if (call.filter != nullptr) {
      out_ += " FILTER (WHERE ";
      Write(*call.filter);
      out_ += ")";
    }
  }

  void operator()(const WindowCall& window) {
    (*this)(window.function);
    out_ += " OVER ";
    WriteSpec(window);
  }

  void operator()(const TypedSubquery& subquery) {
    using Kind = SubqueryExpression::Kind;
    if (subquery.kind == Kind::kScalar) return WriteFunction("scalarsubquery", subquery.outer_references);
    if (subquery.kind == Kind::kExists) return WriteFunction("exists", subquery.outer_references);
    out_ += "(";
    WriteInValues(subquery.values);
    out_ += " IN (";
    WriteFunction("listquery", subquery.outer_references);
    out_ += "))";
  }

  void operator()(const TypedLambda& lambda) {
    out_ += "lambdafunction(";
    Write(*lambda.body);
    for (const Column& parameter : lambda.parameters) out_ += ", " + parameter.name;
    out_ += ")";
  }

  void operator()(const TypedAlias& alias) {
    Write(*alias.child);
    out_ += " AS " + QuoteIfNeeded(alias.name);
  }

  void WriteSpec(const WindowCall& window) {
    out_ += "(";
    if (!window.partition_by.empty()) {
      out_ += "PARTITION BY ";
      WriteList(window.partition_by);
      out_ += " ";
    }
    if (!window.order_by.empty()) out_ += "ORDER BY ";
    for (size_t i = 0; i < window.order_by.size(); ++i) {
      if (i > 0) out_ += ", ";
      const SortKey& key = window.order_by[i];
      Write(*key.expression);
      out_ +=
          std::string(key.ascending ? " ASC" : " DESC") + (key.nulls_first ? " NULLS FIRST" : " NULLS LAST");
    }
    if (!window.order_by.empty()) out_ += " ";
    WriteFrame(window);
    out_ += ")";
  }

 private:
  void WriteList(const TypedExpressionList& list) {
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out_ += ", ";
      Write(*list[i]);
    }
  }

  void WriteFunction(std::string_view name, const TypedExpressionList& arguments) {
    out_ += name;
    out_ += "(";
    // What the query's time or its session gives stands in the typed call and not in what was written.
    constexpr std::array<std::string_view, 8> kGiven = {
        "current_date",   "curdate",         "current_timestamp", "now",
        "localtimestamp", "current_catalog", "current_schema",    "current_timezone"};
    if (std::find(kGiven.begin(), kGiven.end(), name) == kGiven.end()) WriteList(arguments);
    out_ += ")";
  }

  void WriteInfix(const TypedExpressionList& arguments, std::string_view text) {
    Write(*arguments[0]);
    out_ += " ";
    out_ += text;
    out_ += " ";
    Write(*arguments[1]);
  }

  void WriteBracketed(std::string_view before, const TypedExpression& argument, std::string_view after) {
    out_ += "(";
    out_ += before;
    Write(argument);
    out_ += after;
    out_ += ")";
  }

  // Numbers, strings and NULL stand bare in generated names.
  bool WritePlainConstant(const Value& value, const DataType& type) {
    if (value.IsNull()) {
      out_ += "NULL";
    } else if (type.Is(TypeId::kString)) {
      out_ += value.As<std::string>();
    } else if (type.IsIntegral()) {
      out_ += std::to_string(value.As<int64_t>());
    } else if (type.Is(TypeId::kDouble)) {
      out_ += JavaDouble(value.As<double>());
    } else if (type.Is(TypeId::kFloat)) {
      out_ += JavaFloat(value.As<float>());
    } else if (type.Is(TypeId::kDecimal)) {
      out_ += JavaDecimal(value.As<Decimal>().unscaled, type.scale());
    } else {
      return false;
    }
    return true;
  }

  // Instants are written in the session's zone.
  int64_t ZoneOffset(const Value& value, const DataType& type) const {
    if (!type.Is(TypeId::kTimestamp) || value.IsNull()) return 0;
    const std::string zone = environment_.Configuration("spark.sql.session.timeZone");
    const auto local = environment_.ToLocal(zone, value.As<int64_t>());
    if (!local) throw Error::Decline("a generated name with a timestamp in the zone " + zone);
    return *local - value.As<int64_t>();
  }

  // Functions under another name of theirs are written as functions, but for shifts.
  bool WriteAliased(const Call& call) {
    if (call.function == "get_struct_field" || call.function == "extract") return false;
    if (call.alias == "<<" || call.alias == ">>") {
      out_ += "(";
      WriteInfix(call.arguments, call.alias);
      out_ += ")";
      return true;
    }
    WriteFunction(call.alias, call.arguments);
    return true;
  }

  bool WriteOperator(const Call& call) {
    if (call.arguments.size() == 2) {
      for (const OperatorSpelling& infix : kInfix) {
        if (infix.function != call.function) continue;
        out_ += "(";
        WriteInfix(call.arguments, infix.text);
        out_ += ")";
        return true;
      }
      for (const OperatorSpelling& infix : kBareInfix) {
        if (infix.function != call.function) continue;
        WriteInfix(call.arguments, infix.text);
        return true;
      }
      return false;
    }
    if (call.arguments.size() != 1) return false;
    const TypedExpression& argument = *call.arguments[0];
    if (call.function == "not") return WriteBracketed("NOT ", argument, ""), true;
    if (call.function == "negative") return WriteBracketed("- ", argument, ""), true;
    if (call.function == "positive") return WriteBracketed("+ ", argument, ""), true;
    if (call.function == "isnull") return WriteBracketed("", argument, " IS NULL"), true;
    if (call.function == "isnotnull") return WriteBracketed("", argument, " IS NOT NULL"), true;
    if (call.function != "~") return false;
    out_ += "~";
    Write(argument);
    return true;
  }

  bool WriteSpecial(const Call& call) {
    const TypedExpressionList& arguments = call.arguments;
    if (call.function == "in") {
      out_ += "(";
      Write(*arguments[0]);
      out_ += " IN (";
      WriteList({arguments.begin() + 1, arguments.end()});
      out_ += "))";
    } else if (call.function == "like") {
      WriteLike(arguments);
    } else if (call.function == "ilike" && arguments.size() == 3) {
      WriteFunction("ilike", {arguments[0], arguments[1]});  // Spark leaves the escape character out.
    } else if (call.function == "if") {
      out_ += "(";
      WriteFunction("IF", arguments);
      out_ += ")";
    } else if (call.function == "extract" && arguments.size() == 2) {
      out_ += (call.alias.empty() ? "extract" : call.alias) + "(";
      Write(*arguments[0]);
      out_ += " FROM ";
      Write(*arguments[1]);
      out_ += ")";
    } else if (call.function == "get_struct_field") {
      Write(*arguments[0]);
      out_ += "." + (pretty_ ? call.alias : QuoteIdentifier(call.alias));
    } else if (call.function == "get_array_item" || call.function == "get_map_value") {
      Write(*arguments[0]);
      out_ += "[";
      Write(*arguments[1]);
      out_ += "]";
    } else {
      return WriteTrim(call);
    }
    return true;
  }

  bool WriteTrim(const Call& call) {
    if (call.arguments.size() != 2) return false;
    const char* side = call.function == "trim"    ? "BOTH"
                       : call.function == "ltrim" ? "LEADING"
                       : call.function == "rtrim" ? "TRAILING"
                                                  : nullptr;
    if (side == nullptr) return false;
    out_ += std::string("TRIM(") + side + " ";
    Write(*call.arguments[0]);
    out_ += " FROM ";
    Write(*call.arguments[1]);
    out_ += ")";
    return true;
  }

  void WriteLike(const TypedExpressionList& arguments) {
    WriteInfix(arguments, "LIKE");
    const Constant* escape = ConstantAt(arguments, 2);
    if (escape == nullptr || escape->value.IsNull()) return;
    const auto& text = escape->value.As<std::string>();
    if (text != "\\") out_ += " ESCAPE '" + text + "'";
  }

  // Several values stand as the struct that Spark compares.
  void WriteInValues(const TypedExpressionList& values) {
    if (values.size() == 1) return Write(*values[0]);
    out_ += "named_struct(";
    for (size_t i = 0; i < values.size(); ++i) {
      const auto* column = values[i]->As<ColumnReference>();
      const std::string name = column != nullptr ? column->name : "col" + std::to_string(i + 1);
      out_ += (i == 0 ? "" : ", ") + (pretty_ ? name : "'" + name + "'") + ", ";
      Write(*values[i]);
    }
    out_ += ")";
  }

  void WriteBound(const TypedFrameBound& bound) {
    using Kind = FrameBound::Kind;
    switch (bound.kind) {
      case Kind::kUnboundedPreceding: out_ += "UNBOUNDED PRECEDING"; break;
      case Kind::kUnboundedFollowing: out_ += "UNBOUNDED FOLLOWING"; break;
      case Kind::kCurrentRow: out_ += "CURRENT ROW"; break;
      case Kind::kValue: out_ += bound.text; break;
    }
  }

  void WriteFrame(const WindowCall& window) {
    const bool is_lag = window.function.function == "lag";
    if (is_lag || window.function.function == "lead") {
      // Spark's frame of these is the one row that they read.
      const Constant* offset = ConstantAt(window.function.arguments, 1);
      const auto* number = offset == nullptr ? nullptr : std::get_if<int64_t>(&offset->value.data);
      const int64_t distance = number == nullptr ? 1 : *number;
      const std::string bound = std::to_string(is_lag ? -distance : distance) + " FOLLOWING";
      out_ += "ROWS BETWEEN " + bound + " AND " + bound;
      return;
    }
    out_ += window.rows ? "ROWS BETWEEN " : "RANGE BETWEEN ";
    WriteBound(window.lower);
    out_ += " AND ";
    WriteBound(window.upper);
  }

  bool pretty_;
  const Environment& environment_;
  const TypedExpression* expression_ = nullptr;
  std::string out_;
};

std::string Written(const TypedExpression& expression, bool pretty, const Environment& environment) {
  SqlWriter writer(pretty, environment);
  writer.Write(expression);
  return writer.Take();
}

}  // namespace

std::string QuoteIfNeeded(const std::string& name) {
  return IsPlainIdentifier(name) ? name : QuoteIdentifier(name);
}

std::string PrettyName(const TypedExpression& expression, const Environment& environment) {
  return Written(expression, /*pretty=*/true, environment);
}

std::string ExpressionSql(const TypedExpression& expression, const Environment& environment) {
  return Written(expression, /*pretty=*/false, environment);
}

std::string WindowSpecSql(const WindowCall& window, const Environment& environment) {
  SqlWriter writer(/*pretty=*/true, environment);
  writer.WriteSpec(window);
  return writer.Take();
}

}  // namespace hearth::spark
