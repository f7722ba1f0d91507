using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tensors.Reference;

namespace Pellucid.Tests;

/// <summary>Every backend that this machine can run; the same tests run on all of them.</summary>
internal static class TestBackends
{
    public static TheoryData<string> Names => ["reference", .. CpuNames.Select(row => row.Data)];

    public static TheoryData<string> CpuNames => [.. CpuBackend.Supported.Select(instructions => instructions.ToString())];

    /// <summary>The processor at its best.</summary>
    public static string WidestCpu => CpuBackend.Supported[0].ToString();

    public static Backend Create(string name) => name switch
    {
        "reference" => new ReferenceBackend(),
        _ => CreateCpu(name, threads: 2),
    };

    public static CpuBackend CreateCpu(string name, int threads) => CpuBackend.Create(threads, Enum.Parse<CpuInstructions>(name));
}
