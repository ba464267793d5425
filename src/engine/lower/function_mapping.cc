#include "engine/lower/function_mapping.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/check.h"
#include "engine/functions/variants.h"
#include "engine/lower/arithmetic_mapping.h"
#include "engine/lower/date_mapping.h"
#include "engine/lower/literal.h"
#include "engine/lower/quoting.h"
#include "engine/lower/text_mapping.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::Call;
using spark::TypedExpression;
using Id = DuckType::Id;
using Printer = ExpressionPrinter;

DuckType Boolean() { return DuckType(Id::kBoolean); }

template <char kFirst, char kSecond = 0>
Fragment Comparison(Printer& printer, const TypedExpression&, const Call& call) {
  constexpr char kSymbol[] = {kFirst, kSecond, 0};
  return Printer::Infix(printer.Print(*call.arguments[0]), kSymbol, printer.Print(*call.arguments[1]),
                        Boolean());
}

Fragment NullSafeEqual(Printer& printer, const TypedExpression&, const Call& call) {
  return Printer::Infix(printer.Print(*call.arguments[0]), "IS NOT DISTINCT FROM",
                        printer.Print(*call.arguments[1]), Boolean());
}

Fragment Postfix(Printer& printer, const Call& call, const char* words) {
  const Fragment value = printer.Print(*call.arguments[0]);
  Fragment out{"(" + value.sql + " " + words + ")", Boolean()};
  Inherit(&out, value);
  return out;
}

Fragment IsNull(Printer& printer, const TypedExpression&, const Call& call) {
  return Postfix(printer, call, "IS NULL");
}

Fragment IsNotNull(Printer& printer, const TypedExpression&, const Call& call) {
  return Postfix(printer, call, "IS NOT NULL");
}

Fragment In(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment value = printer.PrintStored(*call.arguments[0]);
  // IN () is false, or NULL for NULL.
  if (call.arguments.size() == 1) {
    Fragment out{"(CASE WHEN " + value.sql + " IS NULL THEN NULL ELSE FALSE END)", Boolean()};
    Inherit(&out, value);
    return out;
  }
  Fragment out{"(" + value.sql + " IN (", Boolean()};
  Inherit(&out, value);
  for (size_t i = 1; i < call.arguments.size(); ++i) {
    const Fragment item = printer.PrintStored(*call.arguments[i]);
    out.sql += (i == 1 ? "" : ", ") + item.sql;
    Inherit(&out, item);
  }
  out.sql += "))";
  return out;
}

// CASE WHEN for branches that are printed already.
Fragment Choose(const Fragment& condition, const Fragment& yes, const Fragment& no, DuckType type) {
  Fragment out{"(CASE WHEN " + condition.sql + " THEN " + yes.sql + " ELSE " + no.sql + " END)",
               std::move(type)};
  for (const Fragment* part : {&condition, &yes, &no}) Inherit(&out, *part);
  return out;
}

Fragment If(Printer& printer, const TypedExpression& whole, const Call& call) {
  return Choose(printer.Print(*call.arguments[0]), printer.PrintStored(*call.arguments[1]),
                printer.PrintStored(*call.arguments[2]), DuckType::For(whole.type));
}

std::vector<Fragment> PrintArguments(Printer& printer, const Call& call) {
  std::vector<Fragment> out;
  for (const auto& argument : call.arguments) out.push_back(printer.PrintStored(*argument));
  return out;
}

// COALESCE, GREATEST and LEAST are the same in DuckDB; NaN is the largest number in both.
template <typename Name>
Fragment SameFunction(Printer& printer, const TypedExpression& whole, const Call& call, Name name) {
  return printer.CallOf(name, PrintArguments(printer, call), DuckType::For(whole.type));
}

Fragment Coalesce(Printer& printer, const TypedExpression& whole, const Call& call) {
  return SameFunction(printer, whole, call, "coalesce");
}
Fragment Greatest(Printer& printer, const TypedExpression& whole, const Call& call) {
  return SameFunction(printer, whole, call, "greatest");
}
Fragment Least(Printer& printer, const TypedExpression& whole, const Call& call) {
  return SameFunction(printer, whole, call, "least");
}

Fragment IsNan(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment test = printer.CallOf("isnan", {printer.PrintStored(*call.arguments[0])}, Boolean());
  return printer.CallOf("coalesce", {test, Fragment{"FALSE", Boolean()}}, Boolean());
}

Fragment NanVl(Printer& printer, const TypedExpression& whole, const Call& call) {
  const Fragment value = printer.PrintStored(*call.arguments[0]);
  const Fragment other = printer.PrintStored(*call.arguments[1]);
  return Choose(printer.CallOf("isnan", {value}, Boolean()), other, value, DuckType::For(whole.type));
}

Fragment TypeOf(Printer&, const TypedExpression&, const Call& call) {
  return TextLiteral(call.arguments[0]->type.simple_string());
}

Fragment MakeArray(Printer& printer, const TypedExpression& whole, const Call& call) {
  return SameFunction(printer, whole, call, "list_value");
}

// struct_pack("a" := 1, "b" := 2); DuckDB's fields differ by more than case.
Fragment PackStruct(Printer& printer, const TypedExpression& whole, const std::vector<Fragment>& values) {
  std::set<std::string> seen;
  std::vector<Fragment> arguments;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string& name = whole.type.fields()[i].name;
    std::string lower = name;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (name.empty() || !seen.insert(lower).second) {
      throw spark::Error::Decline("a struct with two fields of one name", whole.origin);
    }
    arguments.push_back(values[i]);
    arguments.back().sql = QuoteName(name) + " := " + values[i].sql;
  }
  return printer.CallOf("struct_pack", arguments, DuckType::For(whole.type));
}

Fragment MakeStruct(Printer& printer, const TypedExpression& whole, const Call& call) {
  return PackStruct(printer, whole, PrintArguments(printer, call));
}

Fragment MakeNamedStruct(Printer& printer, const TypedExpression& whole, const Call& call) {
  std::vector<Fragment> values;
  for (size_t i = 1; i < call.arguments.size(); i += 2)
    values.push_back(printer.PrintStored(*call.arguments[i]));
  return PackStruct(printer, whole, values);
}

Fragment GetStructField(Printer& printer, const TypedExpression& whole, const Call& call) {
  return SameFunction(printer, whole, call, "struct_extract");
}

struct Row {
  std::string_view name;
  FunctionMapping mapping;
};

// Sorted by name.
constexpr Row kRows[] = {
    {"%", MapRemainder},
    {"&", MapBitAnd},
    {"*", MapMultiply},
    {"+", MapAdd},
    {"-", MapSubtract},
    {"/", MapDivide},
    {"<", Comparison<'<'>},
    {"<=", Comparison<'<', '='>},
    {"<=>", NullSafeEqual},
    {"==", Comparison<'='>},
    {">", Comparison<'>'>},
    {">=", Comparison<'>', '='>},
    {"^", MapBitXor},
    {"abs", MapAbs},
    {"add_months", MapAddMonths},
    {"array", MakeArray},
    {"ascii", MapAscii},
    {"base64", MapBase64},
    {"bit_length", MapBitLength},
    {"bround", MapRound},
    {"btrim", MapTrimText},
    {"cbrt", MapCbrt},
    {"ceil", MapCeil},
    {"chr", MapChr},
    {"coalesce", Coalesce},
    {"concat", MapConcat},
    {"concat_ws", MapConcatWithSeparator},
    {"contains", MapContains},
    {"current_catalog", MapGiven},
    {"current_date", MapCurrentDate},
    {"current_schema", MapGiven},
    {"current_timestamp", MapCurrentTimestamp},
    {"current_timezone", MapGiven},
    {"date_add", MapDateAdd},
    {"date_from_unix_date", MapDateFromUnixDate},
    {"date_sub", MapDateSub},
    {"date_trunc", MapTruncTimestamp},
    {"dateaddyminterval", MapAddMonths},
    {"datediff", MapDateDiff},
    {"day", MapDay},
    {"dayofweek", MapDayOfWeek},
    {"dayofyear", MapDayOfYear},
    {"degrees", MapDegrees},
    {"div", MapIntegralDivide},
    {"e", MapE},
    {"endswith", MapEndsWith},
    {"exp", MapExp},
    {"extractansiintervaldays", MapIntervalDays},
    {"floor", MapFloor},
    {"get_struct_field", GetStructField},
    {"greatest", Greatest},
    {"hex", MapHex},
    {"hour", MapHour},
    {"if", If},
    {"in", In},
    {"initcap", MapInitcap},
    {"instr", MapInstr},
    {"isnan", IsNan},
    {"isnotnull", IsNotNull},
    {"isnull", IsNull},
    {"last_day", MapLastDay},
    {"least", Least},
    {"length", MapLength},
    {"like", MapLike},
    {"ln", MapLn},
    {"localtimestamp", MapLocalTimestamp},
    {"locate", MapLocate},
    {"log", MapLog},
    {"log10", MapLog10},
    {"log2", MapLog2},
    {"lower", MapLower},
    {"lpad", MapLpad},
    {"ltrim", MapTrimLeft},
    {"md5", MapMd5},
    {"minute", MapMinute},
    {"month", MapMonth},
    {"months_between", MapMonthsBetween},
    {"named_struct", MakeNamedStruct},
    {"nanvl", NanVl},
    {"negative", MapNegative},
    {"octet_length", MapOctetLength},
    {"pi", MapPi},
    {"pmod", MapPmod},
    {"positive", MapPositive},
    {"power", MapPower},
    {"quarter", MapQuarter},
    {"radians", MapRadians},
    {"repeat", MapRepeat},
    {"replace", MapReplace},
    {"rint", MapRint},
    {"round", MapRound},
    {"rpad", MapRpad},
    {"rtrim", MapTrimRight},
    {"second", MapSecond},
    {"secondwithfraction", MapSecondWithFraction},
    {"sha1", MapSha1},
    {"sha2", MapSha2},
    {"shiftright", MapShiftRight},
    {"signum", MapSignum},
    {"space", MapSpace},
    {"sqrt", MapSqrt},
    {"startswith", MapStartsWith},
    {"struct", MakeStruct},
    {"substring", MapSubstring},
    {"subtractdates", MapSubtractDates},
    {"subtracttimestamps", MapSubtractTimestamps},
    {"timestampaddinterval", MapTimestampAddInterval},
    {"timestampaddyminterval", MapTimestampAddMonths},
    {"translate", MapTranslate},
    {"trim", MapTrim},
    {"trunc", MapTruncDate},
    {"typeof", TypeOf},
    {"unix_date", MapUnixDate},
    {"upper", MapUpper},
    {"weekday", MapWeekday},
    {"weekofyear", MapWeekOfYear},
    {"year", MapYear},
    {"|", MapBitOr},
    {"~", MapBitNot},
};

}  // namespace

FunctionMapping FindMapping(std::string_view function) {
  const auto* row = std::lower_bound(std::begin(kRows), std::end(kRows), function,
                                     [](const Row& r, std::string_view name) { return r.name < name; });
  return row != std::end(kRows) && row->name == function ? row->mapping : nullptr;
}

std::vector<std::string_view> MappedFunctions() {
  std::vector<std::string_view> names;
  for (const Row& row : kRows) names.push_back(row.name);
  return names;
}

const std::vector<std::string_view>& MappedDuckFunctions() {
  static const auto& names = *new std::vector<std::string_view>{"abs",
                                                                "arg_max_null",
                                                                "arg_min_null",
                                                                "ascii",
                                                                "bit_and",
                                                                "bit_length",
                                                                "bit_or",
                                                                "bit_xor",
                                                                "bool_and",
                                                                "bool_or",
                                                                "ceil",
                                                                "chr",
                                                                "coalesce",
                                                                "concat_ws",
                                                                "contains",
                                                                "corr",
                                                                "count",
                                                                "covar_pop",
                                                                "covar_samp",
                                                                "cume_dist",
                                                                "date_trunc",
                                                                "day",
                                                                "dayofweek",
                                                                "dayofyear",
                                                                "decode",
                                                                "degrees",
                                                                "dense_rank",
                                                                "encode",
                                                                "ends_with",
                                                                "epoch_us",
                                                                "first",
                                                                "first_value",
                                                                "floor",
                                                                "greatest",
                                                                "grouping",
                                                                "hearth_local",
                                                                "hex",
                                                                "hour",
                                                                "isfinite",
                                                                "isnan",
                                                                "isodow",
                                                                "lag",
                                                                "last",
                                                                "last_day",
                                                                "last_value",
                                                                "lead",
                                                                "least",
                                                                "length",
                                                                "list_value",
                                                                "ltrim",
                                                                "make_timestamp",
                                                                "make_timestamptz",
                                                                "max",
                                                                "md5",
                                                                "microsecond",
                                                                "min",
                                                                "minute",
                                                                "month",
                                                                "nth_value",
                                                                "ntile",
                                                                "octet_length",
                                                                "percent_rank",
                                                                "pi",
                                                                "quarter",
                                                                "radians",
                                                                "range",
                                                                "rank",
                                                                "read_parquet",
                                                                "repeat",
                                                                "replace",
                                                                "round_even",
                                                                "row_number",
                                                                "rtrim",
                                                                "second",
                                                                "sha1",
                                                                "sha256",
                                                                "sign",
                                                                "sqrt",
                                                                "starts_with",
                                                                "stddev_pop",
                                                                "stddev_samp",
                                                                "strlen",
                                                                "strpos",
                                                                "struct_extract",
                                                                "struct_pack",
                                                                "substring",
                                                                "sum",
                                                                "to_microseconds",
                                                                "translate",
                                                                "trim",
                                                                "trunc",
                                                                "var_pop",
                                                                "var_samp",
                                                                "weekofyear",
                                                                "xor",
                                                                "year"};
  return names;
}

bool IsMappedDuckFunction(std::string_view name) {
  const auto& names = MappedDuckFunctions();
  return std::binary_search(names.begin(), names.end(), name);
}

}  // namespace hearth::engine
