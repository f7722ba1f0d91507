using Pellucid.Files;

namespace Pellucid.Words;

/// <summary>Bytes one after another, with a look ahead.</summary>
internal sealed class ByteSource(ForwardStream file) : IDisposable
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _at, _filled;

    /// <summary>How many there are, where that is known before they are read.</summary>
    public long? Length => file.Most;

    /// <summary>The line that comes next, which stays; its beginning where it is longer than the buffer.</summary>
    public ReadOnlySpan<byte> PeekLine()
    {
        Refill();
        var held = _buffer.AsSpan(_at, _filled - _at);
        return held.IndexOf((byte)'\n') is >= 0 and var end ? held[..end] : held;
    }

    /// <summary>Passes over the line that comes next.</summary>
    public void SkipLine()
    {
        while (Next() is >= 0 and not '\n')
        {
        }
    }

    /// <summary>The next byte, or −1 at the end.</summary>
    public int Next() => _at < _filled || Fill() ? _buffer[_at++] : -1;

    /// <summary>Fills a span; false when the file ends before.</summary>
    public bool Read(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            if (_at == _filled && !Fill())
                return false;
            var count = Math.Min(destination.Length, _filled - _at);
            _buffer.AsSpan(_at, count).CopyTo(destination);
            _at += count;
            destination = destination[count..];
        }
        return true;
    }

    /// <summary>Whether what follows are characters of numbers, as far as the numbers of a row must reach at least.</summary>
    public bool LooksLikeText(int numbers)
    {
        if (_filled - _at < 2 * numbers)
            Refill();
        // Within the shortest possible row even small floats hold bytes that no number as text does.
        foreach (var value in _buffer.AsSpan(_at, Math.Min(_filled - _at, 2 * numbers - 1)))
            if (value is not ((>= (byte)'0' and <= (byte)'9') or (byte)' ' or (byte)'\t' or (byte)'-' or (byte)'+' or (byte)'.' or (byte)'e'
                or (byte)'E' or (byte)'\r' or (byte)'n' or (byte)'a' or (byte)'N' or (byte)'i' or (byte)'f'))
                return value == (byte)'\n';
        return true;
    }

    public void Dispose() => file.Dispose();

    // What is left comes first, and the rest of the buffer is filled.
    private void Refill()
    {
        _buffer.AsSpan(_at, _filled - _at).CopyTo(_buffer);
        (_filled, _at) = (_filled - _at, 0);
        _filled += file.ReadAtLeast(_buffer.AsSpan(_filled), _buffer.Length - _filled, throwOnEndOfStream: false);
    }

    private bool Fill()
    {
        (_at, _filled) = (0, file.Read(_buffer));
        return _filled > 0;
    }
}
