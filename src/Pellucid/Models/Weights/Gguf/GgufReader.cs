namespace Pellucid.Models.Weights.Gguf;

/// <summary>
/// Reads a model in GGUF, versions 2 and 3, of one file or of several (<c>…-00001-of-00003.gguf</c>). Everything a header claims
/// is checked before anything is read; data are read when they are asked for.
/// </summary>
public sealed class GgufReader : IDisposable
{
    /// <summary>How the names of such files end.</summary>
    public const string Extension = ".gguf";

    private const int ChunkBytes = 1 << 16;

    private readonly List<GgufFile> _files = [];
    private readonly Dictionary<string, GgufTensor> _tensors;

    /// <summary>Opens a model: the file, or the first of its files.</summary>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, or of a kind that is not read; the message names file and key or tensor.
    /// </exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public GgufReader(string path)
        : this(() => new GgufFile(path))
    {
    }

    /// <summary>Reads a file that is in memory.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="contents">All of it.</param>
    internal GgufReader(string name, byte[] contents)
        : this(() => new GgufFile(name, contents))
    {
    }

    private GgufReader(Func<GgufFile> open)
    {
        try
        {
            _files.Add(open());
            Metadata = new GgufMetadata(_files[0]);
            _tensors = GgufParts.Open(_files);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether a path is that of a GGUF file, by its name or its first bytes.</summary>
    public static bool IsGguf(string path)
    {
        if (!File.Exists(path))
            return false;
        if (System.IO.Path.GetExtension(path).Equals(Extension, StringComparison.OrdinalIgnoreCase))
            return true;
        Span<byte> magic = stackalloc byte[4];
        using var stream = File.OpenRead(path);
        return stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.SequenceEqual("GGUF"u8);
    }

    /// <summary>The path that messages name.</summary>
    public string Path => _files[0].Path;

    /// <summary>Keys and values; of several files those of the first.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>Tensors, in file order.</summary>
    public IReadOnlyCollection<GgufTensor> Tensors => _tensors.Values;

    /// <summary>The tensor of a name, or null.</summary>
    public GgufTensor? Find(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>Reads a tensor, or a part of it, as single precision; see docs/models.md for what each type stands for.</summary>
    /// <param name="tensor">One of this reader's.</param>
    /// <param name="destination">A whole number of blocks of the tensor's type.</param>
    /// <param name="first">The number to begin with, at the beginning of a block.</param>
    /// <exception cref="NotSupportedException">Its type can only be recognised; the message says which can be read.</exception>
    /// <exception cref="InvalidDataException">The file has become shorter.</exception>
    public void ReadFloat32(GgufTensor tensor, Span<float> destination, long first = 0)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var format = tensor.StoredType.Format ?? throw new NotSupportedException($"{tensor.File.Path}: tensor {tensor.Name} "
            + $"is stored as {tensor.Type}, which cannot be computed with; supported are {GgufType.Supported}");
        var isWhole = first % format.Length == 0 && destination.Length % format.Length == 0;
        if (!isWhole || first < 0 || destination.Length > tensor.Count - first)
            throw new ArgumentException(
                $"numbers {first} to {first + destination.Length} are no whole blocks of tensor {tensor.Name}", nameof(first));
        var buffer = new byte[Math.Min((long)destination.Length / format.Length, ChunkBytes / format.Bytes) * format.Bytes];
        for (var offset = first / format.Length * format.Bytes; !destination.IsEmpty;)
        {
            var count = Math.Min(destination.Length, buffer.Length / format.Bytes * format.Length);
            var bytes = buffer.AsSpan(0, count / format.Length * format.Bytes);
            ReadBytes(tensor, bytes, offset);
            format.Dequantise(bytes, destination[..count]);
            destination = destination[count..];
            offset += bytes.Length;
        }
    }

    /// <summary>Reads a whole tensor as single precision.</summary>
    /// <inheritdoc cref="ReadFloat32(GgufTensor, Span{float}, long)"/>
    public float[] ReadFloat32(GgufTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.Count > Array.MaxLength)
            throw new NotSupportedException($"{tensor.File.Path}: tensor {tensor.Name} has {tensor.Count} numbers, too many at once");
        var values = new float[tensor.Count];
        ReadFloat32(tensor, values);
        return values;
    }

    /// <summary>Reads bytes of a tensor as they are stored.</summary>
    /// <param name="tensor">One of this reader's.</param>
    /// <param name="destination">As many as it holds.</param>
    /// <param name="offset">From the beginning of the tensor.</param>
    /// <exception cref="InvalidDataException">The file has become shorter.</exception>
    public void ReadBytes(GgufTensor tensor, Span<byte> destination, long offset = 0)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (offset < 0 || destination.Length > tensor.Bytes - offset)
            throw new ArgumentOutOfRangeException(nameof(offset), $"tensor {tensor.Name} has {tensor.Bytes} bytes");
        tensor.File.Read(tensor.Position + offset, destination, $"tensor {tensor.Name}");
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }
}
