#include "engine/lower/text_mapping.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "engine/lower/literal.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::Call;
using spark::TypedExpression;
using spark::TypeId;
using Id = DuckType::Id;
using Printer = ExpressionPrinter;

DuckType Text() { return DuckType(Id::kVarchar); }
DuckType Bigint() { return DuckType(Id::kBigint); }
DuckType Integer() { return DuckType(Id::kInteger); }

std::vector<Fragment> Arguments(Printer& printer, const Call& call) {
  std::vector<Fragment> out;
  for (const auto& argument : call.arguments) out.push_back(printer.PrintStored(*argument));
  return out;
}

Fragment Same(Printer& printer, const Call& call, const char* function, DuckType type) {
  return printer.CallOf(function, Arguments(printer, call), std::move(type));
}

const std::string* LiteralText(const TypedExpression& expression) {
  const auto* constant = expression.As<spark::Constant>();
  return constant == nullptr ? nullptr : std::get_if<std::string>(&constant->value.data);
}

const int64_t* LiteralInteger(const TypedExpression& expression) {
  const auto* constant = expression.As<spark::Constant>();
  return constant == nullptr ? nullptr : std::get_if<int64_t>(&constant->value.data);
}

bool IsNullConstant(const TypedExpression& expression) {
  if (const auto* cast = expression.As<spark::CastTo>()) return IsNullConstant(*cast->child);
  const auto* constant = expression.As<spark::Constant>();
  return constant != nullptr && constant->value.IsNull();
}

enum class PatternKind { kPlain, kEscaped, kInvalid };

// Whether a LIKE pattern needs its escape character, and uses it only before %, _ and itself.
PatternKind Classify(const std::string& pattern, char escape) {
  PatternKind kind = PatternKind::kPlain;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != escape) continue;
    kind = PatternKind::kEscaped;
    ++i;
    if (i == pattern.size()) return PatternKind::kInvalid;
    if (pattern[i] != '%' && pattern[i] != '_' && pattern[i] != escape) return PatternKind::kInvalid;
  }
  return kind;
}

// TRIM(characters FROM text) holds the characters first; without them only spaces go.
Fragment Trim(Printer& printer, const Call& call, const char* function) {
  const bool given = call.arguments.size() == 2;
  const Fragment text = printer.PrintStored(*call.arguments[given ? 1 : 0]);
  const Fragment characters = given ? printer.PrintStored(*call.arguments[0]) : TextLiteral(" ");
  return printer.CallOf(function, {text, characters}, Text());
}

}  // namespace

Fragment MapLike(Printer& printer, const TypedExpression& whole, const Call& call) {
  const Fragment value = printer.PrintStored(*call.arguments[0]);
  const Fragment pattern = printer.PrintStored(*call.arguments[1]);
  const Fragment escape =
      call.arguments.size() == 3 ? printer.PrintStored(*call.arguments[2]) : TextLiteral("\\");
  const std::string* escape_text = call.arguments.size() == 3 ? LiteralText(*call.arguments[2]) : nullptr;
  const char escape_character = escape_text != nullptr && escape_text->size() == 1 ? (*escape_text)[0] : '\\';
  const std::string* text = LiteralText(*call.arguments[1]);
  const bool known_escape =
      call.arguments.size() == 2 || (escape_text != nullptr && escape_text->size() == 1);
  if (text == nullptr || !known_escape || Classify(*text, escape_character) == PatternKind::kInvalid) {
    return printer.RaisingCall("hearth_like", {value, pattern, escape}, DuckType(Id::kBoolean), whole.origin);
  }
  // Without ESCAPE, DuckDB turns simple patterns into prefix, suffix and contains tests.
  Fragment out = Printer::Infix(value, "LIKE", pattern, DuckType(Id::kBoolean));
  if (Classify(*text, escape_character) == PatternKind::kEscaped) {
    out.sql = "(" + value.sql + " LIKE " + pattern.sql + " ESCAPE " + escape.sql + ")";
  }
  return out;
}

Fragment MapUpper(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "hearth_upper", Text());
}
Fragment MapLower(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "hearth_lower", Text());
}
Fragment MapInitcap(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "hearth_initcap", Text());
}

Fragment MapMd5(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "md5", Text());
}
Fragment MapSha1(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "sha1", Text());
}

Fragment MapSha2(Printer& printer, const TypedExpression& whole, const Call& call) {
  const int64_t* bits = LiteralInteger(*call.arguments[1]);
  if (bits == nullptr || (*bits != 0 && *bits != 256)) {
    throw spark::Error::Decline("sha2 of a length other than 256 bits", whole.origin);
  }
  return printer.CallOf("sha256", {printer.PrintStored(*call.arguments[0])}, Text());
}

Fragment MapBase64(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "hearth_base64", Text());
}
Fragment MapHex(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "hex", Text());
}
Fragment MapGiven(Printer& printer, const TypedExpression&, const Call& call) {
  return printer.PrintStored(*call.arguments.at(0));
}

Fragment MapLength(Printer& printer, const TypedExpression&, const Call& call) {
  const bool binary = call.arguments[0]->type.Is(TypeId::kBinary);
  return Same(printer, call, binary ? "octet_length" : "length", Bigint());
}

Fragment MapOctetLength(Printer& printer, const TypedExpression&, const Call& call) {
  const bool binary = call.arguments[0]->type.Is(TypeId::kBinary);
  return Same(printer, call, binary ? "octet_length" : "strlen", Bigint());
}

Fragment MapBitLength(Printer& printer, const TypedExpression& whole, const Call& call) {
  const Fragment eight{"8", Integer(), Fragment::Form::kConstant};
  return Printer::Infix(MapOctetLength(printer, whole, call), "*", eight, Bigint());
}

Fragment MapTrim(Printer& printer, const TypedExpression&, const Call& call) {
  return Trim(printer, call, "trim");
}
Fragment MapTrimLeft(Printer& printer, const TypedExpression&, const Call& call) {
  return Trim(printer, call, "ltrim");
}
Fragment MapTrimRight(Printer& printer, const TypedExpression&, const Call& call) {
  return Trim(printer, call, "rtrim");
}

// btrim(text, characters), the other way round.
Fragment MapTrimText(Printer& printer, const TypedExpression&, const Call& call) {
  std::vector<Fragment> arguments = Arguments(printer, call);
  if (arguments.size() == 1) arguments.push_back(TextLiteral(" "));
  return printer.CallOf("trim", arguments, Text());
}

Fragment MapSubstring(Printer& printer, const TypedExpression& whole, const Call& call) {
  const int64_t* position = LiteralInteger(*call.arguments[1]);
  const int64_t* length = LiteralInteger(*call.arguments[2]);
  const bool text = !call.arguments[0]->type.Is(TypeId::kBinary);
  // DuckDB agrees from position 1 on and for lengths that are not negative.
  if (text && position != nullptr && length != nullptr && *position >= 1 && *length >= 0) {
    std::vector<Fragment> arguments = Arguments(printer, call);
    if (*length == std::numeric_limits<int32_t>::max()) arguments.pop_back();
    return printer.CallOf("substring", arguments, Text());
  }
  return printer.CallOf("hearth_substring", Arguments(printer, call), DuckType::For(whole.type));
}

Fragment MapConcat(Printer& printer, const TypedExpression& whole, const Call& call) {
  if (call.arguments.empty()) return TextLiteral("");
  // DuckDB gives || with a bare NULL the type of NULL, not that of text.
  if (std::any_of(call.arguments.begin(), call.arguments.end(),
                  [](const auto& a) { return IsNullConstant(*a); })) {
    return NullLiteral(DuckType::For(whole.type));
  }
  Fragment out{"", DuckType::For(whole.type)};
  for (const Fragment& part : Arguments(printer, call)) {
    out.sql += (out.sql.empty() ? "(" : " || ") + part.sql;
    Inherit(&out, part);
  }
  out.sql += ")";
  return out;
}

Fragment MapConcatWithSeparator(Printer& printer, const TypedExpression& whole, const Call& call) {
  if (call.arguments.size() > 1) return Same(printer, call, "concat_ws", Text());
  const Fragment separator = printer.PrintStored(*call.arguments[0]);
  Fragment out{"(CASE WHEN " + separator.sql + " IS NULL THEN NULL ELSE '' END)", DuckType::For(whole.type)};
  Inherit(&out, separator);
  return out;
}

Fragment MapLpad(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "hearth_lpad", Text());
}
Fragment MapRpad(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "hearth_rpad", Text());
}

Fragment MapRepeat(Printer& printer, const TypedExpression&, const Call& call) {
  std::vector<Fragment> arguments = Arguments(printer, call);
  arguments[1] = Printer::Widen(arguments[1], Bigint());
  return printer.CallOf("repeat", arguments, Text());
}

Fragment MapSpace(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment count = Printer::Widen(printer.PrintStored(*call.arguments[0]), Bigint());
  return printer.CallOf("repeat", {TextLiteral(" "), count}, Text());
}

Fragment MapReplace(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "replace", Text());
}
Fragment MapTranslate(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "translate", Text());
}

Fragment MapInstr(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "strpos", Bigint());
}

// locate(part, text, start) counts from the start of the text; an empty part is found at once.
Fragment MapLocate(Printer& printer, const TypedExpression& whole, const Call& call) {
  const int64_t* start = LiteralInteger(*call.arguments[2]);
  if (start == nullptr)
    throw spark::Error::Decline("locate from a position that is no literal", whole.origin);
  const Fragment part = printer.PrintStored(*call.arguments[0]);
  const Fragment text = printer.PrintStored(*call.arguments[1]);
  if (*start == 1) return printer.CallOf("strpos", {text, part}, Bigint());
  const std::string first = std::to_string(*start);
  const Fragment rest =
      printer.CallOf("substring", {text, IntegerLiteral(std::max<int64_t>(*start, 1), Id::kInteger)}, Text());
  const Fragment found = printer.CallOf("strpos", {rest, part}, Bigint());
  Fragment out{"(CASE WHEN " + text.sql + " IS NULL OR " + part.sql + " IS NULL THEN NULL", Bigint()};
  if (*start < 1) {
    out.sql += " ELSE 0 END)";
  } else {
    out.sql += " WHEN " + part.sql + " = '' THEN 1 WHEN " + found.sql + " = 0 THEN 0 ELSE " + found.sql +
               " + " + first + " - 1 END)";
  }
  Inherit(&out, text);
  Inherit(&out, part);
  return out;
}

Fragment MapAscii(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "ascii", Integer());
}

Fragment MapChr(Printer& printer, const TypedExpression& whole, const Call& call) {
  const int64_t* code = LiteralInteger(*call.arguments[0]);
  if (code == nullptr || *code < 1 || *code > 127) {
    throw spark::Error::Decline("chr of what is no literal from 1 to 127", whole.origin);
  }
  return printer.CallOf("chr", {IntegerLiteral(*code, Id::kInteger)}, Text());
}

Fragment MapStartsWith(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "starts_with", DuckType(Id::kBoolean));
}
Fragment MapEndsWith(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "ends_with", DuckType(Id::kBoolean));
}
Fragment MapContains(Printer& printer, const TypedExpression&, const Call& call) {
  return Same(printer, call, "contains", DuckType(Id::kBoolean));
}

}  // namespace hearth::engine
