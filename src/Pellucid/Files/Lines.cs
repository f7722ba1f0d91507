namespace Pellucid.Files;

/// <summary>Lines of a file as bytes, of which one at a time lies in memory.</summary>
internal static class Lines
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Lines of a text file, as <see cref="PlainText"/> reads it, without the line ends.
    /// A line is valid until the next one is asked for.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Of(string path)
    {
        using var stream = PlainText.Open(path);
        foreach (var line in Of(stream))
            yield return line.Span.EndsWith("\r"u8) ? line[..^1] : line;
    }

    /// <summary>What lies between line feeds. A line is valid until the next one is asked for.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Of(Stream stream)
    {
        var (buffer, start, held) = (new byte[BufferBytes], 0, 0);
        while (true)
        {
            var end = buffer.AsSpan(start, held - start).IndexOf((byte)'\n');
            if (end >= 0)
            {
                yield return buffer.AsMemory(start, end);
                start += end + 1;
                continue;
            }
            buffer.AsSpan(start, held - start).CopyTo(buffer);
            (start, held) = (0, held - start);
            if (held == buffer.Length)
                Array.Resize(ref buffer, Longer(held, stream));
            var count = stream.Read(buffer, held, buffer.Length - held);
            if (count == 0)
                break;
            held += count;
        }
        if (held > 0)
            yield return buffer.AsMemory(0, held);
    }

    // Twice as long, but no longer than the file, and a byte to see that it ends.
    private static int Longer(int held, Stream stream)
    {
        var twice = 2L * held;
        var whole = 1 + (stream is ForwardStream { Most: { } most } ? most : stream.CanSeek ? stream.Length : twice);
        return checked((int)(whole > held ? Math.Min(twice, whole) : twice));
    }
}
