namespace Pellucid.Words;

/// <summary>Text files, read one after another as a stream of words; they may be larger than memory.</summary>
public sealed class Corpus
{
    private readonly string[] _paths;
    private readonly long[] _starts; // of each file in the whole, and the end of the last

    /// <summary>A corpus of these files.</summary>
    /// <exception cref="FileNotFoundException">One of them is not there.</exception>
    /// <exception cref="InvalidDataException">They are empty.</exception>
    public Corpus(IReadOnlyList<string> paths, TextForm form = TextForm.AsIs)
    {
        ArgumentNullException.ThrowIfNull(paths);
        (_paths, Form) = ([.. paths], form);
        _starts = new long[_paths.Length + 1];
        for (var i = 0; i < _paths.Length; i++)
        {
            if (Directory.Exists(_paths[i]))
                throw new InvalidDataException($"{_paths[i]} is a folder, not a text file");
            if (!File.Exists(_paths[i]))
                throw new FileNotFoundException($"there is no file {_paths[i]}");
            _starts[i + 1] = _starts[i] + new FileInfo(_paths[i]).Length;
        }
        if (Length == 0)
            throw new InvalidDataException($"{Name} is empty");
    }

    /// <summary>The files, for messages.</summary>
    public string Name => string.Join(", ", _paths);

    /// <summary>Bytes of all files.</summary>
    public long Length => _starts[^1];

    internal TextForm Form { get; }

    /// <summary>Reads the words whose first byte lies in that range; sections that touch have every word once.</summary>
    internal WordReader Read(long start, long end) => new(this, start, end);

    internal bool IsFileStart(long position) => Array.IndexOf(_starts, position) >= 0;

    /// <summary>Opens the file at a position of the whole; <paramref name="end"/> is where that file ends.</summary>
    internal FileStream Open(long position, out long end)
    {
        var file = 0;
        while (position >= _starts[file + 1])
            file++;
        end = _starts[file + 1];
        return new FileStream(_paths[file], FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0)
        {
            Position = position - _starts[file]
        };
    }
}
