namespace Pellucid.Words;

/// <summary>Bytes of a file one after another, with a look ahead.</summary>
internal sealed class ByteSource(string path) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _at, _filled;

    public long Length => _file.Length;

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
        {
            _buffer.AsSpan(_at, _filled - _at).CopyTo(_buffer);
            (_filled, _at) = (_filled - _at, 0);
            _filled += _file.Read(_buffer, _filled, _buffer.Length - _filled);
        }
        // Within the shortest possible row even small floats hold bytes that no number as text does.
        foreach (var value in _buffer.AsSpan(_at, Math.Min(_filled - _at, 2 * numbers - 1)))
            if (value is not ((>= (byte)'0' and <= (byte)'9') or (byte)' ' or (byte)'\t' or (byte)'-' or (byte)'+' or (byte)'.' or (byte)'e'
                or (byte)'E' or (byte)'\r' or (byte)'n' or (byte)'a' or (byte)'N' or (byte)'i' or (byte)'f'))
                return value == (byte)'\n';
        return true;
    }

    public void Dispose() => _file.Dispose();

    private bool Fill()
    {
        (_at, _filled) = (0, _file.Read(_buffer, 0, _buffer.Length));
        return _filled > 0;
    }
}
