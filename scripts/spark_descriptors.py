"""Writes the FileDescriptorSet of Spark Connect from the *_pb2.py files of the PySpark client.

    spark_descriptors.py PROTO_FOLDER OUTPUT

The client carries every .proto of its release as a serialized FileDescriptorProto: the one published source that is
exactly Spark's. The bytes are taken from the Python text, so no protobuf runtime is needed.
"""

import ast
import pathlib
import sys


def serialized_file(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "AddSerializedFile":
            return ast.literal_eval(node.args[0])
    raise SystemExit(f"{path} holds no serialized descriptor")


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def main(folder, output):
    with open(output, "wb") as out:
        for path in sorted(pathlib.Path(folder).glob("*_pb2.py")):
            file = serialized_file(path)
            # FileDescriptorSet.file is field 1, length-delimited.
            out.write(b"\x0a" + varint(len(file)) + file)


if __name__ == "__main__":
    main(*sys.argv[1:])
