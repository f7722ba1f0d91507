namespace Pellucid.Words;

/// <summary>
/// Words of a section of a corpus, as word2vec.c cuts them: at spaces, tabs and line ends and other control bytes; a line end is the word
/// <c>&lt;/s&gt;</c>, and what is beyond 98 bytes of a word is dropped, together with the character that would be cut in two.
/// </summary>
internal sealed class WordReader : IDisposable
{
    private const int BufferBytes = 1 << 16, LongestWord = 98, MostBytesOfCharacter = 4;
    private const byte Space = (byte)' ', NewLine = (byte)'\n';

    private static readonly byte[] AsIs = Table(TextForm.AsIs), Letters = Table(TextForm.Letters);

    private readonly byte[] _buffer = new byte[BufferBytes], _word = new byte[LongestWord], _table;
    private readonly Corpus _corpus;
    private readonly long _end;
    private FileStream? _file;
    private long _fileEnd, _position; // of the buffer's first byte, in the whole corpus
    private int _at, _filled;

    public WordReader(Corpus corpus, long start, long end)
    {
        (_corpus, _end, _position) = (corpus, end, start);
        _table = corpus.Form == TextForm.Letters ? Letters : AsIs;
        if (start < end && !corpus.IsFileStart(start))
            SkipStartedWord();
    }

    /// <summary>The next word, valid until the one after it; false at the end.</summary>
    public bool Next(out ReadOnlySpan<byte> word)
    {
        var (buffer, table, length) = (_buffer, _table, 0);
        while (_at < _filled || Fill())
        {
            if (length == 0 && _position + _at >= _end)
                break;
            var value = table[buffer[_at]];
            if (value > Space)
            {
                _at++;
                if (length < LongestWord)
                    _word[length++] = value;
            }
            else if (length > 0)
                break;
            else
            {
                _at++;
                if (value != NewLine)
                    continue;
                word = "</s>"u8;
                return true;
            }
        }
        word = _word.AsSpan(0, length == LongestWord ? WholeCharacters(_word) : length);
        return length > 0;
    }

    public void Dispose() => _file?.Dispose();

    private bool Fill()
    {
        _position += _filled;
        (var last, _at, _filled) = (_filled > 0 ? _buffer[_filled - 1] : NewLine, 0, 0);
        if (_file is not null && _position == _fileEnd)
        {
            _file.Dispose();
            _file = null;
            if (last != NewLine)
            {
                // The end of a file is the end of its last line: a line end that stands in the place of the last byte.
                (_buffer[0], _filled) = (NewLine, 1);
                _position--;
                return true;
            }
        }
        if (_position >= _corpus.Length)
            return false;
        _file ??= _corpus.Open(_position, out _fileEnd);
        _filled = _file.Read(_buffer, 0, (int)Math.Min(BufferBytes, _fileEnd - _position));
        if (_filled == 0)
            throw new EndOfStreamException($"{_file.Name} has become shorter while it was read");
        _corpus.RequireText(_buffer.AsSpan(0, _filled), _position);
        return true;
    }

    // How many bytes of a word are left without a last character of UTF-8 that lacks its end.
    private static int WholeCharacters(ReadOnlySpan<byte> word)
    {
        var start = word.Length - 1;
        while (start > 0 && word.Length - start < MostBytesOfCharacter && (word[start] & 0xC0) == 0x80)
            start--;
        var wanted = word[start] switch { >= 0xF0 => 4, >= 0xE0 => 3, >= 0xC0 => 2, _ => 1 };
        return start > 0 && start + wanted > word.Length ? start : word.Length;
    }

    // A word that began before this section belongs to the one before.
    private void SkipStartedWord()
    {
        _position--;
        Fill();
        var started = _table[_buffer[_at++]] > Space;
        while (started && (_at < _filled || Fill()) && _table[_buffer[_at]] > Space)
            _at++;
    }

    private static byte[] Table(TextForm form)
    {
        var table = new byte[256];
        for (var value = 0; value < 256; value++)
            table[value] = form switch
            {
                _ when value is NewLine => NewLine,
                TextForm.Letters => char.IsAsciiLetter((char)value) ? (byte)(value | 0x20) : Space,
                _ => value > Space ? (byte)value : Space,
            };
        return table;
    }
}
