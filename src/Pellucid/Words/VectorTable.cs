using System.Text;

namespace Pellucid.Words;

/// <summary>Words and vectors as they are read: it grows with what is there, and not with what a header says.</summary>
internal sealed class VectorTable(int size)
{
    private const int FirstNumbers = 4096;

    private readonly WordList _words = new();
    private float[] _values = [];

    public int Count => _words.Count;

    /// <summary>Vectors of words that were there before.</summary>
    public long Repeated { get; private set; }

    /// <summary>The first of those words.</summary>
    public string FirstRepeated { get; private set; } = "";

    /// <summary>Makes room for so many words.</summary>
    public void Reserve(long words)
    {
        if (words * size <= _values.Length)
            return;
        var values = WordVectors.Allocate(words, size);
        _values.AsSpan(0, Count * size).CopyTo(values);
        _values = values;
    }

    /// <summary>Where the next word's vector goes, which counts when the word has been added.</summary>
    public Span<float> Next()
    {
        if ((long)(Count + 1) * size > _values.Length)
            Reserve(Math.Min(Math.Max(FirstNumbers / size + 1, 2L * Count), Math.Max(Count + 1L, Array.MaxLength / size)));
        return _values.AsSpan(Count * size, size);
    }

    /// <summary>Adds the word whose vector has been written; not if it was there before.</summary>
    public void Add(ReadOnlySpan<byte> word)
    {
        var before = Count;
        if (_words.FindOrAdd(word) == before)
            return;
        if (Repeated++ == 0)
            FirstRepeated = Encoding.UTF8.GetString(word);
    }

    /// <summary>All of them.</summary>
    /// <exception cref="InvalidDataException">A vector is not finite.</exception>
    public WordVectors ToVectors()
    {
        if (_values.Length > Count * size)
            Array.Resize(ref _values, Count * size);
        return new WordVectors(_words, _values, size);
    }
}
