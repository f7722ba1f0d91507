using Pellucid.Files;

namespace Pellucid.Words;

/// <summary>
/// Text files, read one after another as a stream of words; they may be larger than memory. They are read where they lie;
/// UTF-16 and what gzip packed is first written out as UTF-8 into temporary files, which go with the corpus.
/// </summary>
public sealed class Corpus : IDisposable
{
    private readonly string[] _paths, _readable;
    private readonly int[] _marks; // bytes before the text
    private readonly long[] _starts; // of each file in the whole, and the end of the last
    private readonly List<FileStream> _unpacked = [];

    /// <summary>A corpus of these files.</summary>
    /// <exception cref="FileNotFoundException">One of them is not there.</exception>
    /// <exception cref="InvalidDataException">They are empty, or one is no text.</exception>
    public Corpus(IReadOnlyList<string> paths, TextForm form = TextForm.AsIs)
    {
        ArgumentNullException.ThrowIfNull(paths);
        (_paths, _readable, Form) = ([.. paths], [.. paths], form);
        (_marks, _starts) = (new int[_paths.Length], new long[_paths.Length + 1]);
        try
        {
            for (var i = 0; i < _paths.Length; i++)
            {
                if (Directory.Exists(_paths[i]))
                    throw new InvalidDataException($"{_paths[i]} is a folder, not a text file");
                if (!File.Exists(_paths[i]))
                    throw new FileNotFoundException($"there is no file {_paths[i]}");
                if (PlainText.Start(_paths[i]) is { } mark)
                    _marks[i] = mark;
                else
                    _readable[i] = Unpack(_paths[i]);
                _starts[i + 1] = _starts[i] + FileSize.Of(_readable[i]) - _marks[i];
            }
            if (Length == 0)
                throw new InvalidDataException($"{Name} is empty");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The files, for messages.</summary>
    public string Name => string.Join(", ", _paths);

    /// <summary>Bytes of all files as UTF-8.</summary>
    public long Length => _starts[^1];

    internal TextForm Form { get; }

    /// <summary>Takes away what was unpacked.</summary>
    public void Dispose() => _unpacked.ForEach(file => file.Dispose());

    /// <summary>Reads the words whose first byte lies in that range; sections that touch have every word once.</summary>
    internal WordReader Read(long start, long end) => new(this, start, end);

    internal bool IsFileStart(long position) => Array.IndexOf(_starts, position) >= 0;

    /// <summary>Opens the file at a position of the whole; <paramref name="end"/> is where that file ends.</summary>
    internal FileStream Open(long position, out long end)
    {
        var file = FileAt(position);
        end = _starts[file + 1];
        return new FileStream(_readable[file], FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0)
        {
            Position = position - _starts[file] + _marks[file]
        };
    }

    /// <summary>Refuses bytes, which begin at a position of the whole, that are no text.</summary>
    internal void RequireText(ReadOnlySpan<byte> bytes, long position)
    {
        if (!bytes.Contains((byte)0))
            return;
        var file = FileAt(position);
        TextStream.RequireText(bytes, _paths[file], position - _starts[file]);
    }

    private int FileAt(long position)
    {
        var file = 0;
        while (position >= _starts[file + 1])
            file++;
        return file;
    }

    private string Unpack(string path)
    {
        var file = Path.GetTempFileName();
        try
        {
            using (var text = PlainText.Open(path))
            using (var unpacked = new FileStream(file, FileMode.Open, FileAccess.Write))
                text.CopyTo(unpacked);
        }
        catch
        {
            File.Delete(file);
            throw;
        }
        _unpacked.Add(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1,
            FileOptions.DeleteOnClose));
        return file;
    }
}
