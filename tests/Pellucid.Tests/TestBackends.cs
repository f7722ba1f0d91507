using Pellucid.Tensors;
using Pellucid.Tensors.Reference;

namespace Pellucid.Tests;

/// <summary>Every backend that this machine can run; the same tests run on all of them.</summary>
internal static class TestBackends
{
    public static TheoryData<string> Names => ["reference"];

    public static Backend Create(string name) => name switch
    {
        "reference" => new ReferenceBackend(),
        _ => throw new ArgumentException($"no backend named {name}", nameof(name)),
    };
}
