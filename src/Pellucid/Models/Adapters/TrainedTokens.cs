using Pellucid.Tensors;

namespace Pellucid.Models.Adapters;

/// <summary>
/// Rows of a table that are learned while the rest of it stays: of tokens that the model never met, such as those of a chat template.
/// A run adds what they differ by from the table's own, so that the table may be stored in any type.
/// </summary>
/// <param name="Module">The module, as transformers calls it.</param>
/// <param name="Role">Which table; that of tokens is meant for the output too where both are one.</param>
/// <param name="Ids">The tokens, (n).</param>
/// <param name="Rows">Place of their rows, (n, C), in the adapter's parameters.</param>
internal sealed record TrainedTokens(string Module, ParameterRole Role, int[] Ids, int Rows)
{
    /// <summary>The end of the name of the rows in PEFT's files.</summary>
    public const string NameEnd = ".token_adapter.trainable_tokens_delta";

    /// <summary>Those that a configuration names, with the tables that they are of.</summary>
    /// <exception cref="ArgumentException">The model has no such table or token, or the table is learned otherwise too.</exception>
    public static IEnumerable<(string Module, ParameterRole Role, int[] Ids)> Of(Gpt gpt, AdapterConfig config)
    {
        var tables = AdaptedTable.Of(gpt).Where(table => table.Role != ParameterRole.PositionTable).ToArray();
        foreach (var (named, ids) in config.TrainedTokens)
        {
            var (name, role) = named.Length == 0 ? tables.First(table => table.Role == ParameterRole.TokenTable)
                : tables.FirstOrDefault(table => ModuleNames.IsNamed(table.Name, named));
            if (name is null)
                throw new ArgumentException($"'trainable_token_indices' has '{named}', which is no table of tokens");
            if (role == ParameterRole.OutputTable && gpt.Config.TiedOutput)
                throw new ArgumentException($"'trainable_token_indices' has '{named}', which is the table of tokens too: name that");
            if (config.Saved.Any(entry => ModuleNames.IsNamed(name, entry)))
                throw new ArgumentException(
                    $"{name} is in 'trainable_token_indices' and in 'modules_to_save'; it can be one of them");
            if (ids.Count == 0 || ids.Distinct().Count() < ids.Count)
                throw new ArgumentException("'trainable_token_indices' names no token, or one of them twice");
            foreach (var id in ids)
                if ((uint)id >= (uint)gpt.Config.VocabularySize)
                    throw new ArgumentException(
                        $"'trainable_token_indices' has {id}; the model has tokens 0 to {gpt.Config.VocabularySize - 1}");
            yield return (name, role, [.. ids]);
        }
    }

    /// <summary>Whether a table has these rows.</summary>
    public bool IsOf(ParameterRole role, bool isTied) =>
        Role == role || (isTied && role == ParameterRole.OutputTable && Role == ParameterRole.TokenTable);

    /// <summary>What the rows differ by from those of the table, (n, C); on a tape made of parameters alone.</summary>
    public Tensor Difference(Tensor table, ParameterSet parameters, Operations operations)
    {
        Tensor Compute() => operations.Add(parameters[Rows], operations.Scale(operations.SelectRows(table.Detached, Ids), -1));
        return operations.Tape is { } tape ? tape.OfParameters(Compute) : Compute();
    }

    /// <summary>x (R, C), vectors of tokens, with what those of the rows differ by.</summary>
    public Tensor AddTo(Tensor x, TokenRows rows, Tensor table, ParameterSet parameters, Operations operations)
    {
        var isOf = new float[rows.Count * Ids.Length]; // 1 where a row has the token
        for (var row = 0; row < rows.Count; row++)
            if (Array.IndexOf(Ids, rows.Tokens[row]) is >= 0 and var place)
                isOf[row * Ids.Length + place] = 1;
        if (!isOf.Contains(1))
            return x;
        var which = operations.Arena.Allocate(new Shape(rows.Count, Ids.Length), x.Type);
        operations.Backend.Write(isOf, which);
        return operations.Add(x, operations.Linear(which, Difference(table, parameters, operations)));
    }

    /// <summary>Puts the rows in their places in values of a table.</summary>
    public void Put(Span<float> table, ReadOnlySpan<float> rows)
    {
        var width = rows.Length / Ids.Length;
        for (var i = 0; i < Ids.Length; i++)
            rows.Slice(i * width, width).CopyTo(table[(Ids[i] * width)..]);
    }
}
