using Microsoft.Win32.SafeHandles;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>
/// One GGUF file, read at positions rather than mapped: a file that is cut short while it is read is then an error with a name,
/// not the end of the process.
/// </summary>
internal sealed class GgufFile : IDisposable
{
    private readonly SafeFileHandle? _handle;
    private readonly byte[] _contents = []; // of one that lies in memory

    /// <summary>Opens a file and reads its header; nothing of it is believed unchecked.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or of a kind that is not read; the message names file and key or tensor.
    /// </exception>
    public GgufFile(string path)
    {
        Path = path;
        _handle = File.OpenHandle(path, options: FileOptions.RandomAccess);
        try
        {
            Length = RandomAccess.GetLength(_handle);
            GgufHeader.Read(this);
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads the header of a file that is in memory.</summary>
    public GgufFile(string name, byte[] contents)
    {
        (Path, Length, _contents) = (name, contents.Length, contents);
        GgufHeader.Read(this);
    }

    /// <summary>The path that messages name.</summary>
    public string Path { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>Keys and where their values lie, in file order.</summary>
    public Dictionary<string, GgufEntry> Entries { get; } = [];

    /// <summary>Tensors, in file order.</summary>
    public Dictionary<string, GgufTensor> Tensors { get; } = [];

    /// <summary>Reads bytes at a position.</summary>
    /// <param name="position">From the beginning of the file.</param>
    /// <param name="destination">As many as it holds.</param>
    /// <param name="what">What lies there, for the message.</param>
    /// <exception cref="InvalidDataException">The file ends before.</exception>
    public void Read(long position, Span<byte> destination, string what)
    {
        while (!destination.IsEmpty)
        {
            var count = _handle is null ? Copy(position, destination) : RandomAccess.Read(_handle, destination, position);
            if (count == 0)
                throw Refusal($"ends at byte {position}, inside {what}; it had {Length} bytes when it was opened");
            destination = destination[count..];
            position += count;
        }
    }

    /// <summary>A complaint about this file.</summary>
    public InvalidDataException Refusal(string why) => new($"{Path}: {why}");

    public void Dispose() => _handle?.Dispose();

    private int Copy(long position, Span<byte> destination)
    {
        var count = (int)Math.Clamp(_contents.Length - position, 0, destination.Length);
        _contents.AsSpan((int)Math.Min(position, _contents.Length), count).CopyTo(destination);
        return count;
    }
}

/// <summary>Where a value lies in the file.</summary>
/// <param name="Type">What it is.</param>
/// <param name="ElementType">What an array is of.</param>
/// <param name="Position">Where its contents begin.</param>
/// <param name="Bytes">Bytes of its contents.</param>
/// <param name="Number">The bits of a number, the length of a text, the elements of an array.</param>
internal readonly record struct GgufEntry(GgufValueType Type, GgufValueType ElementType, long Position, long Bytes, ulong Number);
