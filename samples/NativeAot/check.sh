#!/usr/bin/env bash
# Publishes the sample as a native executable for this machine's processor, and asserts that it takes the same kernel and
# comes to the same bits as the one compiled just in time. Needs a C linker (clang, or gcc) and zlib's headers, and the library as
# dotnet build -c Release has made it.
set -euo pipefail
cd "$(dirname "$0")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
linker=$(command -v clang >/dev/null && echo clang || echo gcc)
dotnet publish -c Release -p:BuildProjectReferences=false -p:CppCompilerAndLinker="$linker" -o "$out" >"$out/log" \
  || { cat "$out/log"; exit 1; }
dotnet run -c Release -p:BuildProjectReferences=false -p:PublishAot=false >"$out/jit"
"$out/NativeAot" >"$out/aot"
cat "$out/aot"
diff "$out/jit" "$out/aot" && echo "native AOT and JIT agree, $(stat -c %s "$out/NativeAot") bytes"
