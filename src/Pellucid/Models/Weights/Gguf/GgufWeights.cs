using Pellucid.Files;
using Pellucid.Models.Families;
using Pellucid.Tensors;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>The weights of a GGUF file.</summary>
internal sealed class GgufWeights(GgufReader reader) : IWeightSource
{
    // Read with the keys: they are a part of the shape.
    private static readonly string[] Tables = [GgufNames.RotaryFactors, GgufNames.LongFactors, GgufNames.ShortFactors];

    public string Path => reader.Path;

    public string Description => "its header";

    public IEnumerable<string> Names => reader.Tensors.Select(tensor => tensor.Name);

    public IReadOnlyList<long>? Shape(string name)
    {
        if (reader.Find(name) is not { } tensor)
            return null;
        return tensor.IsSupported ? tensor.Shape : throw new NotSupportedException($"{Path}: tensor {name} is stored as {tensor.Type}, "
            + $"which cannot be computed with; supported are {GgufType.Supported}");
    }

    public BlockFormat? Format(string name) => reader.Find(name)!.StoredType.Format;

    public void Read(string name, Span<float> destination, long first = 0)
    {
        reader.ReadFloat32(reader.Find(name)!, destination, first);
        if (FiniteNumbers.IndexOfOther(destination) is var other and >= 0)
            throw new InvalidDataException(
                $"{Path}: tensor {Excerpt.Of(name)} holds {FiniteNumbers.Text(destination[other])} at element {first + other}");
    }

    public void ReadBytes(string name, Span<byte> destination, long first) => reader.ReadBytes(reader.Find(name)!, destination, first);

    public IEnumerable<StoredPiece> Pieces(Parameter parameter, GptConfig config) => config.Family.GgufPieces(parameter, config);

    public IEnumerable<string> WrittenNames(string name, GptConfig config) => [name];

    public bool IsHarmless(string name, GptConfig config) => Tables.Contains(name);

    public void Dispose() => reader.Dispose();
}
