namespace Pellucid.Files;

/// <summary>Bytes of a text, which hold no zero.</summary>
internal sealed class TextStream(ForwardStream bytes, string name) : ForwardStream
{
    private long _position;

    /// <inheritdoc/>
    public override long? Most => bytes.Most;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var count = bytes.Read(buffer);
        RequireText(buffer[..count], name, _position);
        _position += count;
        return count;
    }

    /// <summary>Refuses a part of a text that holds a zero byte.</summary>
    /// <param name="part">The part.</param>
    /// <param name="name">What the message calls the text.</param>
    /// <param name="position">Where in it the part begins.</param>
    /// <exception cref="InvalidDataException">It does.</exception>
    public static void RequireText(ReadOnlySpan<byte> part, string name, long position)
    {
        if (part.IndexOf((byte)0) is >= 0 and var zero)
            throw new InvalidDataException($"{name}: byte {position + zero} is zero, which no text holds; "
                + "texts are UTF-8, or UTF-16 that begins with its mark, either of them packed by gzip or not");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => bytes.Dispose();
}
