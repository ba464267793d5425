#include "spark/connect/common.pb.h"
#include "spark/connect/decoder.h"

namespace hearth::spark {

OriginPtr DecodeOrigin(const ::spark::connect::Origin& message) {
  Origin origin;
  if (message.has_python_origin()) {
    origin.fragment = message.python_origin().fragment();
    origin.call_site = message.python_origin().call_site();
  } else if (message.has_jvm_origin()) {
    const auto& jvm = message.jvm_origin();
    if (jvm.has_sql_text()) origin.sql_text = std::make_shared<const std::string>(jvm.sql_text());
    origin.object_type = jvm.object_type();
    origin.object_name = jvm.object_name();
    origin.start = jvm.has_start_index() ? jvm.start_index() : -1;
    origin.stop = jvm.has_stop_index() ? jvm.stop_index() : -1;
    origin.line = jvm.line();
    origin.position = jvm.start_position();
    // The Scala client sends the stack: the first frame of Spark's API, then the user's code that called it.
    if (jvm.stack_trace_size() > 0) origin.fragment = jvm.stack_trace(0).method_name();
    if (jvm.stack_trace_size() > 1) {
      const auto& frame = jvm.stack_trace(1);
      origin.call_site = frame.declaring_class() + "." + frame.method_name() + "(" + frame.file_name() + ":" +
                         std::to_string(frame.line_number()) + ")";
    }
  }
  if (!origin.IsSql() && !origin.IsDataFrame()) return nullptr;
  return std::make_shared<const Origin>(std::move(origin));
}

}  // namespace hearth::spark
