using Pellucid.Models.Families;
using Pellucid.Tensors;

namespace Pellucid.Models.Adapters;

/// <summary>
/// A low-rank part of a table: of the vectors of tokens or positions, or of the output. What a run reads is the table + scale · D U,
/// where D is (rows, r) and U (r, C): of an output table they are PEFT's B and A, of an embedding its A and B, each turned.
/// </summary>
/// <param name="Name">The module, as transformers calls it.</param>
/// <param name="Role">Which table. Where tokens and output share one, each has a part of its own, which the other does not see.</param>
/// <param name="Scale">What is added is multiplied by it.</param>
/// <param name="Down">Place of D in the adapter's parameters.</param>
/// <param name="Up">Place of U.</param>
/// <param name="Whole">Place of the sum, which runs without a tape read.</param>
/// <param name="Own">Place of the model's own numbers, where the model stores them in fewer bits.</param>
internal sealed record AdaptedTable(string Name, ParameterRole Role, double Scale, int Down, int Up, int Whole, int? Own)
{
    private const string WeightEnd = ".weight";

    /// <summary>Whether rows are looked up in it, and PEFT's factors are those of an embedding.</summary>
    public bool IsEmbedding => Role != ParameterRole.OutputTable;

    /// <summary>Tables of a model that can be adapted; where the output is tied, under the name that it would have alone.</summary>
    public static IEnumerable<(string Name, ParameterRole Role)> Of(Gpt gpt) =>
        from parameter in Parameter.Of(gpt.Config with { TiedOutput = false })
        where parameter.Role is ParameterRole.TokenTable or ParameterRole.PositionTable or ParameterRole.OutputTable
        let name = gpt.Config.Family.WrittenName(parameter, gpt.Config.Family.StoredName(parameter))
        select (name.EndsWith(WeightEnd, StringComparison.Ordinal) ? name[..^WeightEnd.Length] : name, parameter.Role);

    /// <summary>Index in the model's layout of the table that it adds to.</summary>
    public int Original(Gpt gpt) => gpt.IndexOf(gpt.Config.TiedOutput && !IsEmbedding ? ParameterRole.TokenTable : Role);

    /// <summary>The sum on the tape.</summary>
    public Tensor Of(Tensor own, ParameterSet parameters, Operations operations) =>
        operations.Add(Own is { } index ? parameters[index] : own,
            operations.Scale(operations.Linear(parameters[Down], parameters[Up]), (float)Scale));

    /// <summary>Adds scale · D U to values of the table, each sum in double precision.</summary>
    public void AddTo(Span<float> table, ReadOnlySpan<float> down, ReadOnlySpan<float> up, int rank)
    {
        var columns = up.Length / rank;
        for (var i = 0; i < table.Length; i++)
        {
            var sum = 0.0;
            for (var r = 0; r < rank; r++)
                sum += (double)down[i / columns * rank + r] * up[r * columns + i % columns];
            table[i] = (float)(table[i] + Scale * sum);
        }
    }
}
