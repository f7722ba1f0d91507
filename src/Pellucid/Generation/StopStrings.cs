using System.Text;

namespace Pellucid.Generation;

/// <summary>Passes text on until one of some strings comes, and holds back what could be the beginning of one.</summary>
public sealed class StopStrings
{
    private readonly byte[][] _stops;
    private readonly int _longest;
    private byte[] _held = [];

    /// <summary>Of those strings; with none everything passes.</summary>
    /// <exception cref="ArgumentException">One is empty.</exception>
    public StopStrings(params IEnumerable<string> stops)
    {
        _stops = [.. stops.Select(Encoding.UTF8.GetBytes)];
        if (_stops.Any(stop => stop.Length == 0))
            throw new ArgumentException("a stop string cannot be empty");
        _longest = _stops.Select(stop => stop.Length).DefaultIfEmpty().Max();
    }

    /// <summary>Whether one of them has come.</summary>
    public bool Found { get; private set; }

    /// <summary>What can be passed on now that these bytes have come: never the stop string itself nor anything after it.</summary>
    public byte[] Pass(ReadOnlySpan<byte> bytes)
    {
        if (Found)
            return [];
        byte[] text = [.. _held, .. bytes];
        var end = text.Length;
        foreach (var stop in _stops)
            if (text.AsSpan().IndexOf(stop) is >= 0 and var at && at < end)
                (end, Found) = (at, true);
        var passed = Found ? end : text.Length - Beginning(text);
        _held = Found ? [] : text[passed..];
        return text[..passed];
    }

    /// <summary>What was held back, once no more comes.</summary>
    public byte[] Rest()
    {
        var rest = _held;
        _held = [];
        return rest;
    }

    // Bytes at the end that a stop string may begin with.
    private int Beginning(byte[] text)
    {
        for (var length = Math.Min(_longest - 1, text.Length); length > 0; length--)
            foreach (var stop in _stops)
                if (stop.Length > length && text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                    return length;
        return 0;
    }
}
