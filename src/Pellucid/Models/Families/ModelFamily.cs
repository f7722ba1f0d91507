using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>
/// Models whose files speak one language: what <c>config.json</c> says of a shape, and what the files of weights call the
/// parameters. Nobody else knows these names.
/// </summary>
public abstract class ModelFamily
{
    private protected ModelFamily(string name, string architecture) => (Name, Architecture) = (name, architecture);

    /// <summary>GPT-2 and what descends from it.</summary>
    public static ModelFamily Gpt2 { get; } = new Gpt2Family();

    /// <summary>The first GPT.</summary>
    public static ModelFamily Gpt1 { get; } = new Gpt1Family();

    /// <summary>All families that can be computed.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } = [Gpt2, Gpt1];

    /// <summary>What <c>config.json</c> calls it: <c>model_type</c>.</summary>
    public string Name { get; }

    /// <summary>Transformers' name of the class that has an output.</summary>
    internal string Architecture { get; }

    /// <summary>What files of weights call a parameter; where they cut it into several, what they would call it whole.</summary>
    public abstract string StoredName(Parameter parameter);

    /// <summary>What a file of weights that we write calls it: transformers puts everything below the output under a prefix.</summary>
    internal string WrittenName(Parameter parameter) =>
        parameter.Role == ParameterRole.OutputTable ? StoredName(parameter) : Prefix + StoredName(parameter);

    /// <summary>All that files may call what has a <see cref="StoredName"/>: with a prefix, without, or by an older name.</summary>
    internal virtual IEnumerable<string> WrittenNames(string storedName) => [storedName, Prefix + storedName];

    /// <summary>Whether a tensor of a file is known to change nothing.</summary>
    internal abstract bool IsHarmless(string written);

    private protected abstract string Prefix { get; }

    /// <summary>The shape that a file describes. What it says is taken from the fields, and what is left there is refused by the caller.</summary>
    internal abstract GptConfig Read(ConfigFields fields);

    /// <summary>Writes what <see cref="Read"/> reads.</summary>
    /// <exception cref="NotSupportedException">The file has no place for such a shape.</exception>
    internal abstract void Write(GptConfig config, Utf8JsonWriter json);

    /// <summary>Refuses a shape that the family's files cannot describe.</summary>
    internal void RequirePlace(bool exists, string what)
    {
        if (!exists)
            throw new NotSupportedException($"the files of the family '{Name}' have no place for {what}");
    }
}
