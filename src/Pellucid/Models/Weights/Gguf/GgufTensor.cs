namespace Pellucid.Models.Weights.Gguf;

/// <summary>A tensor of a GGUF file, as the file describes it.</summary>
public sealed class GgufTensor
{
    private readonly long[] _shape;

    internal GgufTensor(GgufFile file, string name, long[] shape, GgufType type, long bytes) =>
        (File, Name, _shape, StoredType, Bytes) = (file, name, shape, type, bytes);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Sizes, the length of a row last: the reverse of the file's order.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>How it is stored, as GGUF calls it: f32, q4_K, ….</summary>
    public string Type => StoredType.Name;

    /// <summary>Numbers in all.</summary>
    public long Count => Bytes / StoredType.Bytes * StoredType.Length;

    /// <summary>Bytes that it takes in the file.</summary>
    public long Bytes { get; }

    /// <summary>Whether its numbers can be read; of other types only the bytes can.</summary>
    public bool IsSupported => StoredType.Format is not null;

    internal GgufFile File { get; }

    internal GgufType StoredType { get; }

    /// <summary>Where its data begin in the file.</summary>
    internal long Position { get; set; }
}
