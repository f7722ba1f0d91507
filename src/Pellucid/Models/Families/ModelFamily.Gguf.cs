namespace Pellucid.Models.Families;

public abstract partial class ModelFamily
{
    /// <summary>What GGUF files call models of the family, <c>general.architecture</c>; null where they have no place for them.</summary>
    internal virtual string? GgufArchitecture => null;

    /// <summary>Whether a file of that architecture holds a model of this family: several may share one.</summary>
    internal virtual bool IsOf(GgufFields fields) => true;

    /// <summary>The shape that a GGUF file describes.
    /// What it says is taken from the fields, and what is left there is refused by the caller.</summary>
    internal virtual GptConfig Read(GgufFields fields) => throw NoGguf();

    /// <summary>Writes what <see cref="Read(GgufFields)"/> reads.</summary>
    internal virtual void Write(GptConfig config, GgufKeys keys) => throw NoGguf();

    /// <summary>Of which tensors of a GGUF file a parameter is made.</summary>
    internal virtual IEnumerable<StoredPiece> GgufPieces(Parameter parameter, GptConfig config) => throw NoGguf();

    private NotSupportedException NoGguf() => new($"GGUF has no place for a model of the family '{Name}'");
}
