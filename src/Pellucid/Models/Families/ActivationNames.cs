using Pellucid.Tensors;

namespace Pellucid.Models.Families;

/// <summary>What configuration files call the functions of neurons. The first name of a function is the one that is written.</summary>
internal static class ActivationNames
{
    // gelu_fast writes √(2/π) with ten digits, which is the same single.
    private static readonly (string Name, Nonlinearity Function)[] Names =
    [
        ("gelu_new", Nonlinearity.GeluTanh), ("gelu_pytorch_tanh", Nonlinearity.GeluTanh), ("gelu_fast", Nonlinearity.GeluTanh),
        ("gelu", Nonlinearity.Gelu), ("gelu_python", Nonlinearity.Gelu), ("quick_gelu", Nonlinearity.QuickGelu),
        ("relu", Nonlinearity.Relu), ("silu", Nonlinearity.Silu), ("swish", Nonlinearity.Silu), ("tanh", Nonlinearity.Tanh),
    ];

    // GPT-1's code calls the approximation by tanh "gelu".
    private static readonly (string Name, Nonlinearity Function)[] Gpt1Names =
        [("gelu", Nonlinearity.GeluTanh), ("relu", Nonlinearity.Relu), ("silu", Nonlinearity.Silu), ("swish", Nonlinearity.Silu)];

    /// <summary>The function that a field names; GPT-2's, or another, where it says nothing.</summary>
    public static Nonlinearity Read(ConfigFields fields, string field, Nonlinearity otherwise = Nonlinearity.GeluTanh) =>
        Read(fields, field, Names, otherwise);

    public static Nonlinearity ReadGpt1(ConfigFields fields, string field) => Read(fields, field, Gpt1Names, Nonlinearity.GeluTanh);

    public static string NameOf(Nonlinearity function) => Names.First(name => name.Function == function).Name;

    public static string? NameInGpt1(Nonlinearity function) => Gpt1Names.FirstOrDefault(name => name.Function == function).Name;

    private static Nonlinearity Read(ConfigFields fields, string field,
        (string Name, Nonlinearity Function)[] names, Nonlinearity otherwise)
    {
        if (fields.Text(field) is not { } said)
            return otherwise;
        foreach (var (name, function) in names)
            if (name == said)
                return function;
        throw fields.Refusal(field, $"one of {string.Join(", ", names.Select(name => name.Name))}");
    }
}
