using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Pellucid.Training;

/// <summary>
/// Tokens one after another: in memory, or in files of 16-bit or 32-bit numbers that are read where they are needed, so
/// that there may be more of them than memory. Files are read and not mapped into memory: one that another program cuts
/// off then is an error that can be told, not the end of the process.
/// </summary>
public sealed class TokenStore : IDisposable
{
    // llm.c's shards begin with 256 integers: a magic number, a version, a count.
    private const int ShardHeaderBytes = 1024, Magic16 = 20240520, Magic32 = 20240801;

    private const int BufferBytes = 1 << 16;

    private readonly List<Shard> _shards = [];
    private readonly int[]? _memory;
    private byte[] _buffer = [];

    /// <summary>Of tokens in memory.</summary>
    public TokenStore(int[] tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        (_memory, Count) = (tokens, tokens.Length);
    }

    private TokenStore()
    {
    }

    /// <summary>Number of tokens.</summary>
    public long Count { get; private set; }

    /// <summary>Whether a file's name says that it holds tokens:
    /// <c>.bin</c> as nanoGPT and llm.c write them, <c>.u16</c> or <c>.u32</c> for bare little-endian numbers.</summary>
    public static bool IsShard(string path) => Path.GetExtension(path) is ".bin" or ".u16" or ".u32";

    /// <summary>Opens files of tokens, one after another.</summary>
    /// <param name="paths">The files; a <c>.bin</c> without llm.c's header is 16-bit numbers.</param>
    /// <param name="vocabularySize">Every token must be below it; all of them are looked at.</param>
    /// <exception cref="InvalidDataException">A file has a wrong length, or a token that the vocabulary lacks.</exception>
    public static TokenStore Open(IReadOnlyList<string> paths, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var store = new TokenStore();
        try
        {
            foreach (var path in paths)
            {
                var shard = Shard.Open(path);
                store._shards.Add(shard with { Start = store.Count });
                store.Count += shard.Count;
                store.Check(vocabularySize);
            }
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Copies tokens from a place on.</summary>
    public void CopyTo(long start, Span<int> destination)
    {
        if (start < 0 || start + destination.Length > Count)
            throw new ArgumentOutOfRangeException(nameof(start));
        if (_memory is not null)
        {
            _memory.AsSpan((int)start, destination.Length).CopyTo(destination);
            return;
        }
        for (var index = FindShard(start); !destination.IsEmpty; index++)
        {
            var shard = _shards[index];
            var count = (int)Math.Min(destination.Length, shard.Start + shard.Count - start);
            Read(shard, start - shard.Start, destination[..count]);
            start += count;
            destination = destination[count..];
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var shard in _shards)
            shard.Handle.Dispose();
    }

    private int FindShard(long start)
    {
        var index = 0;
        while (start >= _shards[index].Start + _shards[index].Count)
            index++;
        return index;
    }

    private void Read(Shard shard, long first, Span<int> destination)
    {
        if (_buffer.Length == 0)
            _buffer = new byte[BufferBytes];
        while (!destination.IsEmpty)
        {
            var count = Math.Min(destination.Length, _buffer.Length / shard.Width);
            var bytes = _buffer.AsSpan(0, count * shard.Width);
            for (var done = 0; done < bytes.Length;)
            {
                var read = RandomAccess.Read(shard.Handle, bytes[done..], shard.Offset + first * shard.Width + done);
                done += read > 0 ? read : throw new IOException($"{shard.Path} has been cut off while it was read");
            }
            for (var i = 0; i < count; i++)
                destination[i] = shard.Width == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..])
                    : BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]);
            first += count;
            destination = destination[count..];
        }
    }

    // The last shard that was opened.
    private void Check(int vocabularySize)
    {
        var shard = _shards[^1];
        var tokens = new int[Math.Min(BufferBytes, Math.Max(1, shard.Count))];
        for (var first = 0L; first < shard.Count; first += tokens.Length)
        {
            var part = tokens.AsSpan(0, (int)Math.Min(tokens.Length, shard.Count - first));
            Read(shard, first, part);
            for (var i = 0; i < part.Length; i++)
                if ((uint)part[i] >= (uint)vocabularySize)
                    throw new InvalidDataException(
                        $"{shard.Path}: token {first + i} is {(uint)part[i]}, but the vocabulary has only {vocabularySize}");
        }
    }

    private sealed record Shard(string Path, SafeFileHandle Handle, int Width, long Offset, long Count)
    {
        public long Start { get; init; }

        public static Shard Open(string path)
        {
            var handle = File.OpenHandle(path);
            try
            {
                var (length, offset, width, claimed) = (RandomAccess.GetLength(handle), 0,
                    System.IO.Path.GetExtension(path) == ".u32" ? 4 : 2, -1L);
                Span<byte> header = stackalloc byte[12];
                if (System.IO.Path.GetExtension(path) == ".bin" && length >= ShardHeaderBytes
                    && RandomAccess.Read(handle, header, 0) == header.Length
                    && BinaryPrimitives.ReadInt32LittleEndian(header) is (Magic16 or Magic32) and var magic)
                    (offset, width, claimed) = (ShardHeaderBytes, magic == Magic32 ? 4 : 2,
                        BinaryPrimitives.ReadUInt32LittleEndian(header[8..]));
                if ((length - offset) % width != 0)
                    throw new InvalidDataException($"{path}: {length - offset} bytes are no whole number of {8 * width}-bit tokens");
                var count = (length - offset) / width;
                if (claimed >= 0 && claimed != count)
                    throw new InvalidDataException($"{path}: its header claims {claimed} tokens, but it holds {count}");
                return new Shard(path, handle, width, offset, count);
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }
    }
}
